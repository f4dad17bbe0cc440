"""One turn of the dialogue: state, world and message in; state, replies and acts out. Pure.

The order of understanding: button, danger, commands that always work, the question of ours that waits for yes
or no,
corrections, the answer to the question asked, values given ahead, questions about a service, another service,
and only
then "I did not understand". Nothing a customer answered is dropped but by their own word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from motcua.assistant import texts, wording
from motcua.assistant.answering import Answering
from motcua.assistant.state import (
    CountersSeen,
    LookAtOwn,
    LookForCounter,
    OutagesSeen,
    Outcome,
    OwnSeen,
    PricesSeen,
    ProofAsked,
    ProofSeen,
    Reply,
    RequestsSeen,
    Said,
    Sent,
    State,
    World,
)
from motcua.kernel.results import Problem
from motcua.messaging.rules import Button, render
from motcua.services.declaration import (
    Text,
)


def respond(state: State, world: World, said: Said) -> Outcome:
    """Answer one message."""
    turn = Answering(state, world, said)
    turn.notice_form_closed_elsewhere()
    turn.understand()
    return turn.outcome()


def after_submit(state: State, world: World, sent: Sent) -> Outcome:
    """The open form became a request: say so, and go on with what waited below it."""
    turn = Answering(state, world, Said())
    service = turn.open_service
    name = service.name if service else Text("", "")
    if sent.was_sent_before:
        turn.say(texts.SENT_BEFORE, number=sent.number)
    else:
        turn.say(
            texts.SENT,
            service=turn.tell(name),
            number=sent.number,
            due=turn.fill(texts.SENT_DUE, due=sent.due) if sent.due else "",
            code_word=turn.fill(texts.SENT_CODE_WORD, code_word=sent.code_word) if sent.code_word else "",
            promise=turn.tell(service.promise.text) if service else "",
        )
    if sent.link:
        turn.buttons.append(Button(turn.tell(texts.FOLLOW), url=sent.link))
    turn.state.last_number = sent.number
    turn.close_form()
    turn.take_up_suspended()
    return turn.outcome()


def after_refusal(state: State, world: World, problems: Mapping[str, Sequence[Problem]]) -> Outcome:
    """The form could not be sent: say why, and ask the first thing that is wrong again."""
    turn = Answering(state, world, Said())
    turn.say(texts.NOT_SENT)
    for found in problems.values():
        for problem in found[:1]:
            turn.lines.append(turn.explain(problem))
    asked = next((q for q in turn.questions if q.name in problems), None)
    if asked is not None:
        turn.ask(asked)
    else:
        turn.go_on()
    return turn.outcome()


def after_looking(state: State, world: World, seen: OutagesSeen, where: str) -> Outcome:
    """It was looked up whether an outage is known at the place: say so, or take the report."""
    turn = Answering(state, world, Said())
    turn.tell_outages(seen, where)
    return turn.outcome()


def after_counters(state: State, world: World, seen: CountersSeen, act: LookForCounter) -> Outcome:
    """Where to go in person was looked up: name it, or ask where they are."""
    turn = Answering(state, world, Said())
    turn.tell_counters(seen, act)
    return turn.outcome()


def after_prices(state: State, world: World, seen: PricesSeen) -> Outcome:
    """Today's prices were looked up."""
    turn = Answering(state, world, Said())
    turn.tell_prices(seen)
    return turn.outcome()


def after_proof_asked(state: State, world: World, asked: ProofAsked) -> Outcome:
    """A code is on its way, or is said to be."""
    turn = Answering(state, world, Said())
    turn.told_proof_asked(asked)
    return turn.outcome()


def after_proof(state: State, world: World, seen: ProofSeen) -> Outcome:
    """A code was typed: what is theirs, or why not."""
    turn = Answering(state, world, Said())
    turn.told_proof_end(seen)
    return turn.outcome()


def after_own(state: State, world: World, seen: OwnSeen, act: LookAtOwn) -> Outcome:
    """What a proven customer has here was looked up."""
    turn = Answering(state, world, Said())
    turn.tell_own(seen, act)
    return turn.outcome()


def after_requests(state: State, world: World, seen: RequestsSeen) -> Outcome:
    """Where requests stand was looked up."""
    turn = Answering(state, world, Said())
    turn.tell_requests(seen)
    return turn.outcome()


def after_resuming(state: State, world: World, service: str) -> Outcome:
    """A code from another door opened the draft of this service here; or nothing."""
    turn = Answering(state, world, Said())
    turn.take_up(service)
    return turn.outcome()


def after_release(state: State, world: World) -> Outcome:
    """The conversation is the assistant's again: take up the form, or offer the menu."""
    turn = Answering(state, world, Said())
    turn.state.misses = 0
    turn.notice_form_closed_elsewhere()
    turn.go_on() if turn.open_service else turn.menu()
    return turn.outcome()


def silent_danger(world: World, text: str) -> Reply | None:
    """While a person owns the conversation the assistant says one thing only: what to do in danger."""
    if not wording.is_dangerous(text):
        return None
    return Reply(render(texts.DANGER.get(world.language), {"hotline": world.hotline}))
