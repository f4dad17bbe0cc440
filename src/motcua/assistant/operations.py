"""Answering: what waits in a conversation is understood, carried out and answered in one transaction.

Called by the inbox under its lock of the sender; the memory's row is locked too, so a conversation has one
turn at a
time. A turn's words have keys made of the message they answer: whatever is repeated is said once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from motcua.assistant import doing, learning, rules, wording, world
from motcua.assistant.here import OWN_CHANNEL, Here, here
from motcua.assistant.models import DialogueState
from motcua.assistant.state import HandOver, Learn, Mode, Reply, Said, State, Why, join
from motcua.config.env import ENV
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import MessageView

MOST_AT_ONCE = 50
BURST_CHARACTERS = 60
BURST_WAIT, LONGEST_BURST = timedelta(seconds=ENV.burst_seconds), timedelta(seconds=8)
IDLE_FOR = timedelta(days=30)
BACK_TO_BOT = "x|bot"


def handle_inbound(conversation_id: UUID, at: datetime, *, is_due: bool = False) -> int:
    """Answer what the customer wrote and nobody has answered yet. Returns how many turns were taken.

    While a person owns the conversation the assistant says nothing but what to do in danger. Where nobody waits before a
    page, a short message waits a moment for more of the same burst (`is_due`: it has waited).
    """
    with transaction.atomic():
        memory = _lock_memory(conversation_id, at)
        waiting = [
            message
            for message in messaging_queries.list_messages(
                conversation_id, after=memory.handled_seq, limit=MOST_AT_ONCE, with_internal=True
            )
            if message.is_from_customer and not message.payload.get("answered")  # at once, by its channel
        ]
        if waiting and not is_due and _may_go_on(memory, waiting):
            last = max(message.at for message in waiting)
            memory.answer_at = min(max(at, last) + BURST_WAIT, waiting[0].at + LONGEST_BURST)
            memory.save()
            return 0
        memory.answer_at = None
        turns = 0
        for burst in _bursts(waiting):
            _take_turn(memory, burst, at)
            turns += 1
        if not turns:
            memory.save()
        return turns


def answer_bursts(*, at: datetime, limit: int = 100) -> int:
    """Answer bursts that nothing was added to for a while. How many. One that is being added to just now waits on."""
    from motcua.messaging.models import Conversation

    due = DialogueState.objects.filter(answer_at__lte=at).order_by("answer_at")
    answered = 0
    for conversation_id in list(due.values_list("conversation_id", flat=True)[:limit]):
        with transaction.atomic():
            # conversation before memory, as where a message comes in
            held = Conversation.objects.select_for_update(skip_locked=True).filter(id=conversation_id)
            if held.first() is not None:
                handle_inbound(conversation_id, at, is_due=True)
                answered += 1
    return answered


def resume(*, conversation_id: UUID, at: datetime) -> None:
    """Staff gave the conversation back: go on where the customer was."""
    with transaction.atomic():
        memory = _lock_memory(conversation_id, at)
        place = here(messaging_queries.get_conversation(conversation_id), at)
        memory.handled_seq = place.conversation.last_seq
        _go_on(memory, place, f"resumed:{memory.handled_seq}")


def begin_service(*, conversation_id: UUID, service_code: str, at: datetime) -> None:
    """Staff (or a page) sends the form of a service into the conversation, filled in as far as we know.

    What the customer wrote and the assistant did not know how to take meant this service.
    """
    with transaction.atomic():
        memory = _lock_memory(conversation_id, at)
        place = here(messaging_queries.get_conversation(conversation_id), at)
        state = State.from_json(memory.state)
        if meant := state.unsure or state.begun_by:
            learning.keep(Learn(meant, Why.CORRECTED, state.service, service_code), at=at)
            state.unsure = state.begun_by = ""
            memory.state = state.as_json()
        _respond(memory, place, Said(button=f"s|{service_code}"), f"begun:{place.conversation.last_seq}")


def close_idle(*, at: datetime, limit: int = 500) -> int:
    """Close conversations that nobody touched for a month; drafts stay, and so does danger that no person has looked at."""
    from motcua.messaging.models import Conversation, ConversationStatus, Owner

    rows = Conversation.objects.filter(
        status=ConversationStatus.OPEN, owner=Owner.BOT, is_urgent=False, last_in_at__lt=at - IDLE_FOR
    ).values_list("id", flat=True)[:limit]
    for conversation_id in list(rows):
        messaging_ops.close(conversation_id=conversation_id, actor=messaging_ops.BOT, at=at)
        DialogueState.objects.filter(conversation_id=conversation_id).delete()
    return len(rows)


def follow(kept_id: UUID, ended_id: UUID, at: datetime) -> None:
    """A conversation became part of another: where the customer was there, they are here, unless something is open here."""
    with transaction.atomic():
        ended = DialogueState.objects.select_for_update().filter(conversation_id=ended_id).first()
        if ended is None:
            return
        kept = _lock_memory(kept_id, at)
        kept.state = join(State.from_json(kept.state), State.from_json(ended.state)).as_json()
        kept.changed_at = at
        kept.save()
        ended.delete()


def _lock_memory(conversation_id: UUID, at: datetime) -> DialogueState:
    DialogueState.objects.bulk_create(
        [DialogueState(conversation_id=conversation_id, changed_at=at)], ignore_conflicts=True
    )
    return DialogueState.objects.select_for_update().get(conversation_id=conversation_id)


def _may_go_on(memory: DialogueState, waiting: Sequence[MessageView]) -> bool:
    """Whether these may be the beginning of more: short words on a channel that tells us later, answering no question."""
    if not BURST_WAIT or not all(map(_is_short_text, waiting)):
        return False
    place = messaging_queries.get_conversation(memory.conversation_id)
    if place.channel == OWN_CHANNEL or place.owner != "BOT":
        return False
    state = State.from_json(memory.state)
    text = "\n".join(message.text for message in waiting)
    is_answer = state.mode not in (Mode.IDLE, Mode.CHOOSE) or wording.choice_number(text) is not None
    return not is_answer and not wording.is_dangerous(text) and wording.find_command(text) is None


def _bursts(messages: Sequence[MessageView]) -> list[list[MessageView]]:
    """Short texts that wait together are one turn: people send "alo", "ad oi", "mat dien roi" one by one."""
    bursts: list[list[MessageView]] = []
    for message in messages:
        may_join = _is_text(message) and bool(bursts) and all(map(_is_short_text, bursts[-1]))
        if may_join:
            bursts[-1].append(message)
        else:
            bursts.append([message])
    return bursts


def _is_text(message: MessageView) -> bool:
    return message.kind == "TEXT" and not message.payload.get("button")


def _is_short_text(message: MessageView) -> bool:
    return _is_text(message) and len(message.text) <= BURST_CHARACTERS


def _take_turn(memory: DialogueState, burst: Sequence[MessageView], at: datetime) -> None:
    last = burst[-1]
    memory.handled_seq = last.seq
    place = here(messaging_queries.get_conversation(memory.conversation_id), at)
    said = Said(
        text="\n".join(
            message.text for message in burst if message.text and not message.payload.get("button")
        ),
        button=str(last.payload.get("button", "")),
        document_id=last.document_id,
        file_name=str(last.payload.get("file_name", "")),
    )
    if place.conversation.owner == "QUEUE" and said.button == BACK_TO_BOT:
        messaging_ops.release(conversation_id=place.conversation.id, actor=messaging_ops.BOT, at=at)
        _go_on(memory, place, f"turn:{last.seq}")
    elif place.conversation.owner != "BOT":
        _watch(place, said, last.seq)
        memory.changed_at = at
        memory.save()
    else:
        _respond(memory, place, said, f"turn:{last.seq}")


def _watch(place: Here, said: Said, seq: int) -> None:
    """A person answers; only danger makes the assistant speak."""
    warning = rules.silent_danger(world.bare_world(place), said.text)
    if warning is None:
        return
    messaging_ops.call_staff(conversation_id=place.conversation.id, at=place.at)
    messaging_ops.append_out(
        conversation_id=place.conversation.id,
        text=warning.text,
        author=messaging_ops.BOT,
        key=f"danger:{seq}",
        at=place.at,
        is_notice=True,
    )


def _go_on(memory: DialogueState, place: Here, key: str) -> None:
    """The conversation is the assistant's again."""
    outcome = rules.after_release(State.from_json(memory.state), world.gather(place))
    _say(place, outcome.replies, key)
    memory.state, memory.changed_at = outcome.state.as_json(), place.at
    memory.save()


def _respond(memory: DialogueState, place: Here, said: Said, key: str) -> None:
    done = doing.carry_out(place, rules.respond(State.from_json(memory.state), world.gather(place), said))
    _say(place, done.replies, key)
    memory.state, memory.changed_at = done.state.as_json(), place.at
    memory.save()
    if done.hand_over is not None:
        _hand_over(
            place,
            done.hand_over,
            key,
            topic=done.state.wishes[-1] if done.state.wishes else done.state.service,
        )
    proven = done.proven or place.customer_id
    if proven is not None and place.conversation.customer_id != proven:
        # last of all: the customer's other conversations become part of this one, and what was in hand there follows
        messaging_ops.identify(conversation_id=place.conversation.id, customer_id=proven, at=place.at)


def _hand_over(place: Here, act: HandOver, key: str, *, topic: str) -> None:
    """To the queue of what was wanted last, with the summary as a note."""
    messaging_ops.queue_for_staff(
        conversation_id=place.conversation.id,
        at=place.at,
        unit_code=place.unit_or_centre(),
        is_urgent=act.is_urgent,
        topic=topic,
    )
    if act.summary:
        messaging_ops.note(
            conversation_id=place.conversation.id, text=act.summary, key=f"{key}:summary", at=place.at
        )


def _say(place: Here, replies: Sequence[Reply], key: str) -> None:
    for number, reply in enumerate(replies):
        messaging_ops.append_out(
            conversation_id=place.conversation.id,
            text=reply.text,
            author=messaging_ops.BOT,
            key=f"{key}:{number}",
            at=place.at,
            buttons=reply.buttons,
        )
