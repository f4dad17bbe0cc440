"""Answering: what waits in a conversation is understood, carried out and answered in one transaction.

Called by the inbox under its lock of the sender; the memory's row is locked too, so a conversation has one
turn at a
time. A turn's words have keys made of the message they answer: whatever is repeated is said once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation

from motcua.assistant import rules, texts
from motcua.assistant.knowledge import queries as knowledge
from motcua.assistant.knowledge.filling import Facts
from motcua.assistant.knowledge.library import Library, Written
from motcua.assistant.models import DialogueState
from motcua.assistant.state import (
    Discard,
    Draft,
    HandOver,
    LookForOutage,
    MarkUrgent,
    OutageSeen,
    OutagesSeen,
    Outcome,
    Reply,
    Said,
    Save,
    Sent,
    StartDraft,
    State,
    Submit,
    World,
    join,
)
from motcua.companies import queries as company_queries
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView, MessageView
from motcua.messaging.rules import render
from motcua.outages import operations as outage_ops
from motcua.outages import queries as outage_queries
from motcua.outages.queries import OutageView
from motcua.outages.states import CAUSE_NAMES, Cause
from motcua.requests import knowing
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.states import Channel
from motcua.services import catalogue
from motcua.services.declaration import Text

MOST_AT_ONCE = 50
BURST_CHARACTERS = 60
IDLE_FOR = timedelta(days=30)
BACK_TO_BOT = "x|bot"
OTHER_PAPER = "OTHER"


def handle_inbound(conversation_id: UUID, at: datetime) -> int:
    """Answer what the customer wrote and nobody has answered yet. Returns how many turns were taken.

    While a person owns the conversation the assistant says nothing but what to do in danger.
    """
    with transaction.atomic():
        memory = _lock_memory(conversation_id, at)
        waiting = [
            message
            for message in messaging_queries.list_messages(
                conversation_id, after=memory.handled_seq, limit=MOST_AT_ONCE, with_internal=True
            )
            if message.is_from_customer
        ]
        turns = 0
        for burst in _bursts(waiting):
            _take_turn(memory, burst, at)
            turns += 1
        memory.save()
        return turns


def resume(*, conversation_id: UUID, at: datetime) -> None:
    """Staff gave the conversation back: go on where the customer was."""
    with transaction.atomic():
        memory = _lock_memory(conversation_id, at)
        conversation = messaging_queries.get_conversation(conversation_id)
        memory.handled_seq = conversation.last_seq
        outcome = rules.after_release(State.from_json(memory.state), _world(conversation, at))
        _say(conversation, outcome.replies, f"resumed:{conversation.last_seq}", at)
        memory.state, memory.changed_at = outcome.state.as_json(), at
        memory.save()


def begin_service(*, conversation_id: UUID, service_code: str, at: datetime) -> None:
    """Staff (or a page) sends the form of a service into the conversation, filled in as far as we know."""
    with transaction.atomic():
        memory = _lock_memory(conversation_id, at)
        conversation = messaging_queries.get_conversation(conversation_id)
        _respond(memory, conversation, Said(button=f"s|{service_code}"), f"begun:{conversation.last_seq}", at)
        memory.save()


def close_idle(*, at: datetime, limit: int = 500) -> int:
    """Close conversations that nobody touched for a month; drafts stay."""
    from motcua.messaging.models import Conversation, ConversationStatus, Owner

    rows = Conversation.objects.filter(
        status=ConversationStatus.OPEN, owner=Owner.BOT, last_in_at__lt=at - IDLE_FOR
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


def _bursts(messages: Sequence[MessageView]) -> list[list[MessageView]]:
    """Short texts that wait together are one turn: people send "alo", "ad oi", "mat dien roi" one by one."""
    bursts: list[list[MessageView]] = []
    for message in messages:
        may_join = _is_short_text(message) and bool(bursts) and all(map(_is_short_text, bursts[-1]))
        if may_join:
            bursts[-1].append(message)
        else:
            bursts.append([message])
    return bursts


def _is_short_text(message: MessageView) -> bool:
    return (
        message.kind == "TEXT" and not message.payload.get("button") and len(message.text) <= BURST_CHARACTERS
    )


def _take_turn(memory: DialogueState, burst: Sequence[MessageView], at: datetime) -> None:
    last = burst[-1]
    memory.handled_seq = last.seq
    memory.changed_at = at
    conversation = messaging_queries.get_conversation(memory.conversation_id)
    said = Said(
        text="\n".join(
            message.text for message in burst if message.text and not message.payload.get("button")
        ),
        button=str(last.payload.get("button", "")),
        document_id=last.document_id,
        file_name=str(last.payload.get("file_name", "")),
    )
    if conversation.owner == "QUEUE" and said.button == BACK_TO_BOT:
        messaging_ops.release(conversation_id=conversation.id, actor=messaging_ops.BOT, at=at)
        outcome = rules.after_release(State.from_json(memory.state), _world(conversation, at))
        _say(conversation, outcome.replies, f"turn:{last.seq}", at)
        memory.state = outcome.state.as_json()
        return
    if conversation.owner != "BOT":
        _watch(conversation, said, last.seq, at)
        return
    _respond(memory, conversation, said, f"turn:{last.seq}", at)


def _watch(conversation: ConversationView, said: Said, seq: int, at: datetime) -> None:
    """A person answers; only danger makes the assistant speak."""
    warning = rules.silent_danger(_bare_world(conversation, at), said.text)
    if warning is None:
        return
    messaging_ops.mark_urgent(conversation_id=conversation.id, at=at)
    messaging_ops.append_out(
        conversation_id=conversation.id,
        text=warning.text,
        author=messaging_ops.BOT,
        key=f"danger:{seq}",
        at=at,
        is_notice=True,
    )


def _respond(
    memory: DialogueState, conversation: ConversationView, said: Said, key: str, at: datetime
) -> None:
    world = _world(conversation, at)
    outcome = rules.respond(State.from_json(memory.state), world, said)
    further = _carry_out(conversation, outcome, said, at)
    replies = [*outcome.replies, *(further.replies if further else ())]
    _say(conversation, replies, key, at)
    memory.state = (further.state if further else outcome.state).as_json()
    for act in outcome.acts:
        if isinstance(act, HandOver):
            messaging_ops.queue_for_staff(
                conversation_id=conversation.id,
                at=at,
                unit_code=conversation.unit_code or company_queries.get_centre().code,
                is_urgent=act.is_urgent,
            )


def _say(conversation: ConversationView, replies: Sequence[Reply], key: str, at: datetime) -> None:
    for number, reply in enumerate(replies):
        messaging_ops.append_out(
            conversation_id=conversation.id,
            text=reply.text,
            author=messaging_ops.BOT,
            key=f"{key}:{number}",
            at=at,
            buttons=reply.buttons,
        )


# ---- carrying out


def _carry_out(conversation: ConversationView, outcome: Outcome, said: Said, at: datetime) -> Outcome | None:
    """Do what the turn wants, in its order. A submission leads to a further outcome: the receipt, or what
    is wrong.
    """
    actor = _actor(conversation)
    drafts = {draft.service_code: draft.id for draft in _open_drafts(conversation)}
    further = None
    for act in outcome.acts:
        if isinstance(act, StartDraft):
            drafts[act.service] = request_ops.start_draft(
                service_code=act.service,
                channel=_channel(conversation).value,
                actor=actor,
                at=at,
                visitor_id=conversation.visitor_id,
                customer_id=conversation.customer_id,
                conversation_id=conversation.id,
                answers=dict(act.answers),
            ).id
        elif isinstance(act, Save) and act.service in drafts:
            request_ops.save_answers(draft_id=drafts[act.service], values=act.values, actor=actor, at=at)
        elif isinstance(act, Discard) and act.service in drafts:
            request_ops.discard_draft(draft_id=drafts.pop(act.service), actor=actor, at=at)
        elif isinstance(act, MarkUrgent):
            messaging_ops.mark_urgent(conversation_id=conversation.id, at=at)
        elif isinstance(act, LookForOutage):
            further = _look(conversation, outcome.state, act.where, at)
            _carry_out(conversation, further, said, at)
        elif isinstance(act, Submit) and act.service in drafts:
            _keep_photos(outcome.state, drafts, actor, at)
            further = _submit(conversation, outcome.state, drafts[act.service], actor, at)
    if further is None:
        _keep_photos(outcome.state, drafts, actor, at)
    return further


def _keep_photos(state: State, drafts: dict[str, UUID], actor: Actor, at: datetime) -> None:
    """A photo that was named becomes a paper of the draft, where the form on the pages shows it too."""
    draft_id = drafts.get(state.service)
    if draft_id is None:
        return
    declared = {paper.code: paper for paper in request_queries.get_draft(draft_id).service.papers}
    for photo in state.photos:
        paper = declared.get(photo.get("paper", ""))
        if paper is None or photo.get("kept"):
            continue
        _copy(
            UUID(photo["document_id"]),
            "draft",
            draft_id,
            paper.code,
            photo,
            actor,
            at,
            sensitive=paper.sensitive,
        )
        photo["kept"] = "yes"


def _copy(
    document_id: UUID,
    subject_type: str,
    subject_id: UUID,
    kind: str,
    photo: dict[str, str],
    actor: Actor,
    at: datetime,
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
        actor=actor,
        at=at,
    ).id


def _submit(
    conversation: ConversationView, state: State, draft_id: UUID, actor: Actor, at: datetime
) -> Outcome:
    draft = request_queries.get_draft(draft_id)
    world = _world(conversation, at)
    try:
        with transaction.atomic():
            receipt = request_ops.submit(
                service_code=draft.service_code,
                answers=draft.answers,
                channel=_channel(conversation).value,
                actor=actor,
                at=at,
                key=f"chat:{draft_id}",
                draft_id=draft_id,
                customer_id=conversation.customer_id,
                conversation_id=conversation.id,
            )
    except Refused as refused:
        return rules.after_refusal(state, world, refused.problems())
    request = request_queries.get_request(receipt.request_id)
    messaging_ops.link(
        conversation_id=conversation.id, request_id=receipt.request_id, unit_code=request.unit_code
    )
    _give_papers(state, draft_id, receipt.request_id, actor, at)
    return rules.after_submit(
        state,
        world,
        Sent(
            number=receipt.number,
            due=_day_and_hour(receipt.due_at) if receipt.due_at else "",
            code_word=receipt.code_word,
            link=f"{world.follow_address}/theo-doi/{receipt.number}/",
            was_sent_before=receipt.was_sent_before,
        ),
    )


def _give_papers(state: State, draft_id: UUID, request_id: UUID, actor: Actor, at: datetime) -> None:
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
        _copy(document_id, "request", request_id, kind, photo, actor, at, sensitive=sensitive)
        for document_id, kind, photo, sensitive in given
    ]
    request_ops.add_papers(
        request_id=request_id,
        papers=[kind for _, kind, _, _ in given],
        documents=copies,
        actor=actor,
        at=at,
        key=f"chat-papers:{request_id}",
    )


def _look(conversation: ConversationView, state: State, where: str, at: datetime) -> Outcome:
    """What is known at the place. Whoever asks from within an outage becomes a report of it, and opens no request."""
    place = outage_queries.where_of_account(where) or outage_queries.where_of_text(
        where, local_time.local_date(at), company_queries.get_company().code
    )
    found = outage_queries.find_at(place, at)
    for view in found.now:
        outage_ops.attach_report(
            outage_id=view.id, key=f"conversation:{conversation.id}", conversation_id=conversation.id, at=at
        )
    seen = OutagesSeen(_seen(found.now), _seen(found.restored), _seen(found.ahead))
    return rules.after_looking(state, _world(conversation, at), seen, where)


def _seen(views: Sequence[OutageView]) -> tuple[OutageSeen, ...]:
    return tuple(
        OutageSeen(
            view.state.place,
            _cause(view.state.cause),
            view.state.begins_at,
            view.state.restored_at or view.state.expected_at,
        )
        for view in views
    )


def _cause(code: str) -> Text:
    name = CAUSE_NAMES[Cause(code)]
    with translation.override("en"):
        return Text(name, translation.gettext(name))


# ---- what the assistant may know


def _open_drafts(conversation: ConversationView) -> list[request_queries.DraftView]:
    """The customer's open drafts, whichever door they were begun at, the last touched first: one a service."""
    found = request_queries.list_open_drafts(conversation.visitor_id, conversation_id=conversation.id)
    return list({draft.service_code: draft for draft in reversed(found)}.values())[::-1]


def _world(conversation: ConversationView, at: datetime) -> World:
    bare = _bare_world(conversation, at)
    drafts = {
        draft.service_code: Draft(draft.service, draft.answers, draft.resume_code)
        for draft in _open_drafts(conversation)
    }
    return World(
        services=catalogue.list_services(local_time.local_date(at)),
        drafts=drafts,
        now=at,
        language=bare.language,
        brand=bare.brand,
        hotline=bare.hotline,
        waiting=_waiting(bare, at),
        follow_address=company_queries.public_address("").rstrip("/"),
        known_phone=conversation.address if conversation.channel == "SMS" else "",
        known=knowing.known_to(_actor(conversation)),
        library=_library(bare, at),
        has_outages=outage_queries.is_any_known(at),
    )


def _library(world: World, at: datetime) -> Library:
    """The company's own answers, with today's facts."""
    known = knowledge.known()
    services = {service.code: service for service in catalogue.list_services(local_time.local_date(at))}
    site = company_queries.public_address("").rstrip("/")
    written = {
        id: Written(row.title, row.answer, row.title_en, row.answer_en) for id, row in known.articles.items()
    }
    return Library(known.index, written, Facts(world.brand, world.hotline, site, services))


def _bare_world(conversation: ConversationView, at: datetime) -> World:
    company = company_queries.get_company()
    language = "en" if conversation.language.startswith("en") else "vi"
    return World(
        services=(), drafts={}, now=at, language=language, brand=company.brand, hotline=company.hotline
    )


def _waiting(world: World, at: datetime) -> str:
    calendar = company_queries.get_calendar()
    if calendar.is_open(at):
        return texts.WAIT_OPEN.get(world.language)
    facts: dict[str, Any] = {"opening": _day_and_hour(calendar.next_opening(at)), "hotline": world.hotline}
    return render(texts.WAIT_CLOSED.get(world.language), facts)


def _day_and_hour(at: datetime) -> str:
    return local_time.to_local(at).strftime("%H:%M %d/%m/%Y")


def _actor(conversation: ConversationView) -> Actor:
    if conversation.customer_id is not None:
        return Actor.customer(conversation.customer_id)
    return Actor.anonymous(conversation.visitor_id or conversation.id)


def _channel(conversation: ConversationView) -> Channel:
    return Channel(conversation.channel)
