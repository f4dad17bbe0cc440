"""Carrying out what a turn wants: drafts, photos, submissions, and what is looked up and proven on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

from django.db import transaction

from motcua.assistant import learning, looking, proving, rules, world
from motcua.assistant.here import Here
from motcua.assistant.state import (
    Act,
    AskProof,
    CallStaff,
    ChooseWho,
    Discard,
    EnterCode,
    HandOver,
    Learn,
    LookAtOwn,
    LookAtPrices,
    LookAtRequests,
    LookForCounter,
    LookForOutage,
    Outcome,
    Reply,
    Resume,
    Save,
    Sent,
    StartDraft,
    State,
    Submit,
)
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.kernel.results import Refused
from motcua.messaging import operations as messaging_ops
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.states import Channel

OTHER_PAPER = "OTHER"


@dataclass
class Done:
    """What came of a turn: where it stands, all it says, whether a person is to answer, who was proven on the way."""

    here: Here
    state: State
    replies: list[Reply] = field(default_factory=list)
    hand_over: HandOver | None = None
    proven: UUID | None = None


def carry_out(here: Here, outcome: Outcome) -> Done:
    """Do what the turn wants, in its order. Some acts lead to a further outcome: a receipt, what is wrong, what was found."""
    done = Done(here, outcome.state)
    _carry_out(done, outcome, {draft.service_code: draft.id for draft in here.drafts()})
    return done


def _carry_out(done: Done, outcome: Outcome, drafts: dict[str, UUID]) -> None:
    done.state = outcome.state
    done.replies += outcome.replies
    for act in outcome.acts:
        if isinstance(act, HandOver):
            done.hand_over = act
        elif isinstance(act, Learn):
            learning.keep(act, at=done.here.at)
        elif not _do_to_draft(done, act, drafts):
            further = _find_out(done, act)
            if further is not None:
                _carry_out(done, further, drafts)
    _keep_photos(done.here, done.state, drafts)


def _do_to_draft(done: Done, act: Act, drafts: dict[str, UUID]) -> bool:
    """Acts on drafts and on the conversation; False for what is none."""
    here = done.here
    if isinstance(act, StartDraft):
        drafts[act.service] = _start_draft(here, act)
    elif isinstance(act, CallStaff):
        messaging_ops.call_staff(
            conversation_id=here.conversation.id, at=here.at, unit_code=here.unit_or_centre(), topic=act.topic
        )
    elif isinstance(act, Save | Discard | Submit):
        draft_id = drafts.get(act.service)
        if draft_id is None:
            return True
        if isinstance(act, Save):
            request_ops.save_answers(draft_id=draft_id, values=act.values, actor=here.actor, at=here.at)
        elif isinstance(act, Discard):
            request_ops.discard_draft(draft_id=drafts.pop(act.service), actor=here.actor, at=here.at)
        else:
            _keep_photos(here, done.state, drafts)
            _carry_out(done, _submit(here, done.state, draft_id), drafts)
    else:
        return False
    return True


def _start_draft(here: Here, act: StartDraft) -> UUID:
    conversation = here.conversation
    return request_ops.start_draft(
        service_code=act.service,
        channel=Channel(conversation.channel).value,
        actor=here.actor,
        at=here.at,
        visitor_id=conversation.visitor_id,
        customer_id=here.customer_id,
        conversation_id=conversation.id,
        answers=dict(act.answers),
    ).id


def _find_out(done: Done, act: Act) -> Outcome | None:
    """What is looked up, and what the turn makes of it."""
    here, state = done.here, done.state
    tell: Callable[..., Outcome]
    if isinstance(act, LookForOutage):
        tell = partial(rules.after_looking, seen=looking.look_for_outage(here, act.where), where=act.where)
    elif isinstance(act, LookForCounter):
        tell = partial(rules.after_counters, seen=looking.look_for_counter(here, act), act=act)
    elif isinstance(act, LookAtPrices):
        tell = partial(rules.after_prices, seen=looking.look_at_prices(here, act))
    elif isinstance(act, LookAtRequests):
        tell = partial(rules.after_requests, seen=looking.look_at_requests(here, act))
    elif isinstance(act, AskProof):
        tell = partial(rules.after_proof_asked, asked=proving.ask(here, act.said))
    elif isinstance(act, EnterCode | ChooseWho):
        if isinstance(act, EnterCode):
            seen, proven = proving.enter(here, state, act.code)
        else:
            seen, proven = proving.choose(here, state, act.account)
        if proven is not None:
            done.proven, done.here = proven, replace(here, customer_id=proven)
        tell = partial(rules.after_proof, seen=seen)
    elif isinstance(act, LookAtOwn) and here.customer_id is not None:
        tell = partial(rules.after_own, seen=looking.look_at_own(here, act), act=act)
    elif isinstance(act, Resume):
        tell = partial(rules.after_resuming, service=_resume(here, act))
    else:
        return None
    return tell(state, world.gather(done.here))


def _resume(here: Here, act: Resume) -> str:
    """The service of the draft that a code from another door opens here; empty when it opens nothing."""
    try:
        return request_ops.resume_in_conversation(
            resume_code=act.code, conversation_id=here.conversation.id, visitor_id=here.conversation.visitor_id, at=here.at
        ).service_code  # fmt: skip
    except Refused:
        return ""


def _keep_photos(here: Here, state: State, drafts: dict[str, UUID]) -> None:
    """A photo that was named becomes a paper of the draft, where the form on the pages shows it too."""
    draft_id = drafts.get(state.service)
    if draft_id is None or not any(photo.get("paper") for photo in state.photos):
        return
    declared = {paper.code: paper for paper in request_queries.get_draft(draft_id).service.papers}
    for photo in state.photos:
        paper = declared.get(photo.get("paper", ""))
        if paper is None or photo.get("kept"):
            continue
        _copy(
            here, UUID(photo["document_id"]), "draft", draft_id, paper.code, photo, sensitive=paper.sensitive
        )
        photo["kept"] = "yes"


def _copy(
    here: Here,
    document_id: UUID,
    subject_type: str,
    subject_id: UUID,
    kind: str,
    photo: dict[str, str],
    *,
    sensitive: bool,
) -> UUID:
    return document_ops.store(
        content=document_ops.read_for_machine(document_id),
        name=photo.get("file_name") or "anh",
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        sensitive=sensitive,
        actor=here.actor,
        at=here.at,
    ).id


def _submit(here: Here, state: State, draft_id: UUID) -> Outcome:
    draft = request_queries.get_draft(draft_id)
    known, conversation = world.gather(here), here.conversation
    try:
        with transaction.atomic():
            receipt = request_ops.submit(
                service_code=draft.service_code,
                answers=draft.answers,
                channel=Channel(conversation.channel).value,
                actor=here.actor,
                at=here.at,
                key=f"chat:{draft_id}",
                draft_id=draft_id,
                customer_id=here.customer_id,
                conversation_id=conversation.id,
            )
    except Refused as refused:
        return rules.after_refusal(state, known, refused.problems())
    request = request_queries.get_request(receipt.request_id)
    messaging_ops.link(
        conversation_id=conversation.id, request_id=receipt.request_id, unit_code=request.unit_code
    )
    _give_papers(here, state, draft_id, receipt.request_id)
    return rules.after_submit(
        state,
        known,
        Sent(
            number=receipt.number,
            due=world.day_and_hour(receipt.due_at) if receipt.due_at else "",
            code_word=receipt.code_word,
            link=f"{known.follow_address}/theo-doi/{receipt.number}/",
            was_sent_before=receipt.was_sent_before,
        ),
    )


def _give_papers(here: Here, state: State, draft_id: UUID, request_id: UUID) -> None:
    """Papers given with the draft, in the chat or on the pages, and loose photos belong to the request."""
    given = [
        (document.id, document.kind, {"file_name": document.name}, document.sensitive)
        for document in document_queries.list_documents("draft", draft_id)
    ]
    given += [
        (UUID(photo["document_id"]), OTHER_PAPER, photo, False)
        for photo in state.photos
        if not photo.get("paper")
    ]
    if not given:
        return
    copies = [
        _copy(here, document_id, "request", request_id, kind, photo, sensitive=sensitive)
        for document_id, kind, photo, sensitive in given
    ]
    request_ops.add_papers(
        request_id=request_id,
        papers=[kind for _, kind, _, _ in given],
        documents=copies,
        actor=here.actor,
        at=here.at,
        key=f"chat-papers:{request_id}",
    )
