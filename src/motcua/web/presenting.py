"""Messages as the templates draw them, for the customer's page and the desk alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from motcua.assistant import turn
from motcua.messaging.queries import InboxView, MessageView
from motcua.services.declaration import Service

NOTICES = "system:notices"
WELCOMED = 5  # services an empty chat offers before anything is asked
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")
_IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})


def present(message: MessageView, *, file_url: str = "chat:file", is_earlier: bool = False) -> dict[str, Any]:
    """One message for `components/chat_message.html`. `is_earlier`: it stands in a conversation that was joined to the one
    shown, where numbers begin anew.
    """
    is_told = (
        message.author == NOTICES
    )  # a notice about a request is read like a message, not like a side remark
    return {
        "seq": f"{message.conversation_id.hex[-6:]}-{message.seq}" if is_earlier else message.seq,
        "direction": message.direction,
        "kind": "TEXT" if is_told else message.kind,
        "author_kind": _author_kind(message),
        "author_name": _author_name(message),
        "text": message.text,
        "at": message.at,
        "buttons": [] if is_earlier else _buttons(message, with_links=is_told),
        "file": _file(message, file_url, is_earlier),
    }


def present_all(messages: Iterable[MessageView], *, file_url: str = "chat:file") -> list[dict[str, Any]]:
    return [present(message, file_url=file_url) for message in messages]


def mark_read(drawn: Sequence[dict[str, Any]], read_seq: int, *, direction: str) -> None:
    """The last message of one side (IN, OUT) that the other side has seen says so."""
    seen = [
        message
        for message in drawn
        if message["direction"] == direction
        and message["kind"] != "EVENT"
        and not message.get("is_note")
        and isinstance(message["seq"], int)
        and 0 < message["seq"] <= read_seq
    ]
    if seen:
        seen[-1]["is_last_seen"] = True


def on_the_way(events: Sequence[InboxView], *, is_bot: bool) -> list[dict[str, Any]]:
    """What the customer just sent and is not taken in yet, as it will stand, and a word that the answer comes."""
    drawn: list[dict[str, Any]] = [
        {
            "seq": f"w{event.id}",
            "direction": "IN",
            "kind": "TEXT",
            "author_kind": "CUSTOMER",
            "author_name": "",
            "text": event.payload.get("text") or event.payload.get("file_name", ""),
            "at": event.received_at,
            "buttons": [],
            "file": None,
            "state": "waiting",
        }
        for event in events
    ]
    if drawn:
        text = _("Đã nhận tin của anh/chị.")
        if is_bot:
            text = _("Đã nhận tin của anh/chị. Câu trả lời đang đến, thường trong vài giây.")
        drawn.append(
            {
                "seq": "waiting",
                "direction": "OUT",
                "kind": "EVENT",
                "text": text,
                "at": events[-1].received_at,
                "state": "waiting",
            }
        )
    return drawn


def welcome(services: Sequence[Service], brand: str, language: str, at: Any) -> dict[str, Any]:
    """What stands in an empty chat: a greeting, what most people come for, and the rest. It is not stored."""
    first = turn.most_asked(services, WELCOMED)
    others = [] if len(first) == len(services) else [{"label": _("Việc khác"), "value": "x|menu"}]
    return {
        "seq": 0,
        "direction": "OUT",
        "kind": "TEXT",
        "author_kind": "BOT",
        "author_name": _("Trợ lý"),
        "text": _("Dạ, em chào anh/chị. Em là trợ lý tự động của %(brand)s. Anh/chị cần em giúp việc gì ạ?")
        % {"brand": brand},
        "at": at,
        "buttons": [
            *[{"label": service.name.get(language), "value": f"s|{service.code}"} for service in first],
            *others,
            {"label": _("Gặp nhân viên"), "value": "x|person"},
        ],
        "file": None,
    }


def _author_kind(message: MessageView) -> str:
    if message.is_from_customer:
        return "CUSTOMER"
    kind = message.author.partition(":")[0]
    return {"bot": "BOT", "staff": "STAFF"}.get(kind, "SYSTEM")


def _author_name(message: MessageView) -> str:
    kind = _author_kind(message)
    if kind == "BOT":
        return _("Trợ lý")
    if kind == "STAFF":
        return message.author_name or _("Nhân viên")
    return "" if kind == "CUSTOMER" else _("Thông báo")


def _buttons(message: MessageView, *, with_links: bool) -> list[dict[str, str]]:
    found = [
        {"label": button["label"], "value": button.get("value", ""), "href": button.get("url", "")}
        for button in message.buttons
    ]
    if with_links and not found:
        found = [{"label": _("Xem"), "value": "", "href": link} for link in _LINK.findall(message.text)[:1]]
    return found


def _file(message: MessageView, file_url: str, is_earlier: bool) -> dict[str, str] | None:
    if not message.document_id:
        return None
    href = reverse(
        file_url, args=[message.seq] if file_url == "chat:file" else [message.conversation_id, message.seq]
    )
    if is_earlier and file_url == "chat:file":
        href += f"?truoc={message.conversation_id}"
    is_image = str(message.payload.get("mime", "")) in _IMAGES
    return {
        "href": href,
        "name": str(message.payload.get("file_name") or _("Tệp")),
        "thumb": f"{href}{'&' if '?' in href else '?'}thumb=1" if is_image else "",
        "kind": "image" if is_image else "file",
    }
