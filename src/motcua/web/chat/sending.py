"""From a posted form to what the channel accepts: text, a tapped button, files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from motcua.assistant import texts
from motcua.channels import webchat
from motcua.channels.webchat import Said
from motcua.kernel import local_time
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.desk import rating
from motcua.messaging.queries import ConversationView
from motcua.services import catalogue
from motcua.web import chat_files
from motcua.web.visitors import Visitor

MOST_A_MINUTE = 30
# Buttons a page draws by itself, beside those under stored messages.
PAGE_BUTTONS = {
    "x|person": texts.PERSON,
    "x|bot": texts.TO_BOT,
    "x|menu": texts.OTHER,
}


class TooManyMessages(Refused):
    code = "TOO_MANY_MESSAGES"
    message = gettext_noop("Anh/chị gửi nhanh quá. Vui lòng chờ một phút rồi gửi tiếp.")


def send(request: HttpRequest, visitor: Visitor, at: datetime) -> ConversationView:
    """Store what was posted, then answer at once when nobody is at it. Each file is a message of its own.

    Raises MessageEmpty, TooManyMessages, TooManyFiles, and what the documents room refuses; then nothing is
    stored.
    """
    text = request.POST.get("text", "")
    files: Sequence[Any] = request.FILES.getlist("file")
    if not text.strip() and not files:
        raise messaging_ops.MessageEmpty(field="text")
    chat_files.check(files)
    language = (get_language() or "vi")[:2]
    rated = rating.find_answered(channel=webchat.CODE, address=str(visitor.id), text=text, at=at)
    if rated is not None and not files:
        return _rate(request, visitor, rated, text, language, at)
    with transaction.atomic():
        conversation = messaging_ops.open_conversation(
            channel=webchat.CODE,
            address=str(visitor.id),
            at=at,
            visitor_id=visitor.id,
            customer_id=visitor.session.customer_id,
            language=language,
        )
        _slow_down(conversation, at)
        if conversation.language != language:
            messaging_ops.link(conversation_id=conversation.id, language=language)
        proven = visitor.session.customer_id
        if proven is not None and conversation.customer_id != proven:
            messaging_ops.identify(conversation_id=conversation.id, customer_id=proven, at=at)
        for said in _read(request, conversation, visitor, text, files, language, at):
            webchat.accept(visitor_id=visitor.id, said=said, at=at)
    webchat.answer_now(visitor_id=visitor.id, at=at)
    return conversation


def _rate(
    request: HttpRequest, visitor: Visitor, rated: UUID, text: str, language: str, at: datetime
) -> ConversationView:
    """How they liked it: said to the conversation that is over, and none is opened for it."""
    key = request.POST.get("client_msg_id", "")[:60] or uuid4().hex
    webchat.accept(
        visitor_id=visitor.id, said=Said(client_msg_id=key, text=text.strip(), language=language), at=at
    )
    webchat.answer_now(visitor_id=visitor.id, at=at)
    return messaging_queries.get_conversation(rated)


def _read(
    request: HttpRequest,
    conversation: ConversationView,
    visitor: Visitor,
    text: str,
    files: Sequence[Any],
    language: str,
    at: datetime,
) -> list[Said]:
    key = request.POST.get("client_msg_id", "")[:60] or uuid4().hex
    page = request.POST.get("page", "")[:200]
    customer_id = str(visitor.session.customer_id or "")
    found = []
    for number, upload in enumerate(files):
        stored = chat_files.keep(upload, conversation, visitor.actor, at)
        found.append(
            Said(
                client_msg_id=f"{key}:{number}:{stored.sha256[:16]}",
                document_id=str(stored.id),
                file_name=stored.name,
                mime=stored.mime,
                page=page,
                language=language,
                customer_id=customer_id,
            )
        )
    if text.strip():
        label = label_of(text.strip(), conversation, language, at)
        if label:  # two buttons under one message share its key: the value tells them apart
            key = f"{key}:{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        found.append(
            Said(
                client_msg_id=key,
                text=label or text,
                button=text.strip() if label else "",
                page=page,
                language=language,
                customer_id=customer_id,
            )
        )
    return found


def label_of(value: str, conversation: ConversationView, language: str, at: datetime) -> str:
    """The label of the button with this value, when there is such a button; else the words are words."""
    if ("|" not in value and ":" not in value) or len(value) > 200:
        return ""
    for message in reversed(messaging_queries.list_last_messages(conversation.id, limit=100)):
        for button in message.buttons:
            if button.get("value") == value:
                return button["label"]
    kind, _, code = value.partition("|")
    if kind == "s":
        service = catalogue.find(code, local_time.local_date(at))
        return service.name.get(language) if service else ""
    if value in PAGE_BUTTONS:
        return PAGE_BUTTONS[value].get(language)
    return ""


def _slow_down(conversation: ConversationView, at: datetime) -> None:
    recent = messaging_queries.count_recent_from_customer(conversation.id, since=at - timedelta(minutes=1))
    if recent >= MOST_A_MINUTE:
        raise TooManyMessages
