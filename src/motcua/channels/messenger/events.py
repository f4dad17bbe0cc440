"""What an event of Messenger means. Lenient in reading, complete in keeping: an event nobody knows becomes a line for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from motcua.channels.calls import instant
from motcua.channels.messenger import CODE, PAGE_INBOX, hook
from motcua.channels.shown import FETCHED, MEDIA_TOLD, MEDIA_WORDS, word_of
from motcua.kernel.results import gettext_noop as _
from motcua.messaging.rules import Changed, Echo, Found, Happened, Incoming, Receipt

GET_STARTED = "GET_STARTED"
SAY = "say:"  # an entry of the menu: its words are said as if typed
NOTES = {
    "optin": _("Khách đồng ý nhận tin trên Messenger."),
    "response_feedback": _("Khách đánh giá câu trả lời: %(what)s."),
    "account_linking": _("Khách nối hoặc bỏ nối tài khoản trên Messenger; chưa phải bằng chứng là ai."),
    "pass_thread_control": _("Cuộc trò chuyện được chuyển cho ứng dụng %(what)s."),
    "take_thread_control": _("Ứng dụng khác đã giành cuộc trò chuyện (trước là %(what)s)."),
    "request_thread_control": _("Ứng dụng %(what)s xin trả lời cuộc trò chuyện này."),
}
WHAT = {
    "response_feedback": "feedback", "pass_thread_control": "new_owner_app_id", "take_thread_control": "previous_owner_app_id",
    "request_thread_control": "requested_owner_app_id",
}  # fmt: skip
SIGNS = frozenset({"optin", "account_linking", "response_feedback"})
NOBODYS = frozenset({"app_roles", "policy_enforcement"})


@dataclass(frozen=True)
class Told:
    """One event, its person, its instant; `is_standby`: another app of the Page has the conversation now."""

    event: Mapping[str, Any]
    kind: str
    address: str
    at: datetime | None
    is_standby: bool
    own_app: str

    def part(self) -> dict[str, Any]:
        found = self.event.get(self.kind)
        return found if isinstance(found, dict) else {}


def parse(payload: Any, *, own_page: str, own_app: str) -> Sequence[Found]:
    """What the stored event says. Raises ValueError for what is no event, or another Page's."""
    event = payload.get("event") if isinstance(payload, dict) else None
    if not isinstance(event, dict):
        raise ValueError("no event")
    page = str(payload.get("page", ""))
    if own_page and page != own_page:
        raise ValueError("of another page")
    person = hook.person_of(event, page)[:120]
    at = instant(str(event.get("timestamp", "")))
    told = Told(event, hook.kind_of(event), person, at, payload.get("where") == "standby", own_app)
    if payload.get("where") == "changes" or told.kind in NOBODYS or not person:
        return [Happened("", str(event.get("field") or told.kind or "?")[:60], at)]
    read = _READERS.get(told.kind, _note)
    return read(told)


# ---- what the customer says


def _message(told: Told) -> Sequence[Found]:
    message = told.part()
    if message.get("is_echo"):
        return [_echo(told, message)]
    key = str(message.get("mid") or "")
    if message.get("is_deleted"):
        return [Changed(told.address, key, None, told.at)]
    words = str(message.get("text") or "").strip()
    facts: dict[str, object] = {"channel": CODE}
    quoted = message.get("reply_to")
    if isinstance(quoted, dict) and quoted.get("mid"):
        facts["quotes"] = str(quoted["mid"])
    chosen = message.get("quick_reply")
    value = str(chosen.get("payload") or "") if isinstance(chosen, dict) else ""
    attachments = _attachments(message)
    if words and not attachments:
        return [_choice(told, words, value, key, facts)]
    if not attachments:
        raise ValueError("a message without words")
    return _media(told, words, attachments, key, facts)


def _choice(told: Told, words: str, value: str, key: str, facts: Mapping[str, object]) -> Incoming:
    """Words, or a tapped choice: its label, with the value behind it."""
    tapped: dict[str, object] = {}
    if value.startswith(SAY):
        words = value.removeprefix(SAY)
    elif value and value != GET_STARTED:
        tapped = {"button": value}
    return Incoming(
        address=told.address, text=words, client_msg_id=key, at=told.at, payload={**facts, **tapped},
        is_asking=not told.is_standby,
    )  # fmt: skip


def _attachments(message: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Kinds and payloads. A sticker used to come as a picture with a number."""
    found = message.get("attachments")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    pairs = [
        (str(row.get("type", "")), row["payload"] if isinstance(row.get("payload"), dict) else {"title": row.get("title")})
        for row in rows
    ]  # fmt: skip
    return [("sticker" if payload.get("sticker_id") else kind, payload) for kind, payload in pairs]


def _media(
    told: Told,
    words: str,
    attachments: Sequence[tuple[str, dict[str, Any]]],
    key: str,
    facts: Mapping[str, object],
) -> list[Found]:
    found: list[Found] = []
    for number, (kind, payload) in enumerate(attachments):
        url, title = str(payload.get("url") or ""), str(payload.get("title") or "")
        is_known = kind in MEDIA_WORDS
        shown = word_of(kind, title) if is_known else _link_of(kind, payload)
        media = {"media": {"type": kind, "url": url, "name": title}} if kind in FETCHED and url else {}
        is_last = number == len(attachments) - 1
        is_paper = kind in {"image", "file"}
        found.append(
            Incoming(
                address=told.address,
                text=f"{shown} {words}".strip() if number == 0 else shown,
                client_msg_id=key,
                at=told.at,
                kind="FILE" if kind in FETCHED else "TEXT",
                payload={**facts, **media},
                is_asking=bool(words) and not is_known and number == 0 and not told.is_standby,
                told=gettext(MEDIA_TOLD) if is_last and is_paper and not told.is_standby else "",
            )
        )
    return found


def _link_of(kind: str, payload: Mapping[str, Any]) -> str:
    """A shared page, reel, post or place: what can be read of it."""
    place = payload.get("coordinates")
    if isinstance(place, dict):
        return gettext("[Vị trí] %(where)s") % {"where": f"{place.get('lat', '')}, {place.get('long', '')}"}
    parts = [str(payload.get(name) or "") for name in ("title", "url")]
    return "\n".join(part for part in parts if part) or gettext("[Đường dẫn]")


def _echo(told: Told, message: Mapping[str, Any]) -> Echo:
    """Ours comes back with the id we gave it; what another app or Meta's inbox sent was written elsewhere."""
    app = str(message.get("app_id") or "")
    is_ours = bool(told.own_app) and app == told.own_app
    attachments = _attachments(message)
    marks = [
        word_of(kind, str(payload.get("title") or "")) for kind, payload in attachments if kind in MEDIA_WORDS
    ]
    words = str(message.get("text") or "").strip() or next(
        (str(payload.get("text") or "") for _kind, payload in attachments if payload.get("text")), ""
    )
    is_person = app in {"", PAGE_INBOX}
    return Echo(
        address=told.address,
        ref=str(message.get("mid") or ""),
        text=" ".join([*marks, words]).strip() or gettext("[Đường dẫn]"),
        at=told.at,
        author_name=gettext("Nhân viên (viết trên Facebook)") if is_person else gettext("Ứng dụng khác của trang Facebook"),
        payload={"channel": CODE},
        key=str(message.get("metadata") or "") if is_ours else "",
    )  # fmt: skip


def _edit(told: Told) -> Sequence[Found]:
    part = told.part()
    return [Changed(told.address, str(part.get("mid") or ""), str(part.get("text") or ""), told.at)]


def _postback(told: Told) -> Sequence[Found]:
    """A tapped button, an entry of the menu, or the start of a conversation."""
    part = told.part()
    value, title = str(part.get("payload") or ""), str(part.get("title") or "").strip()
    words = title or (gettext("Bắt đầu") if value == GET_STARTED else value)
    if not words:
        raise ValueError("a postback without words")
    said = _choice(told, words, value, str(part.get("mid") or ""), {"channel": CODE})
    referral = part.get("referral")
    return [said, _came_by(told, referral)] if isinstance(referral, dict) else [said]


def _referral(told: Told) -> Sequence[Found]:
    return [_came_by(told, told.part())]


def _came_by(told: Told, referral: Mapping[str, Any]) -> Happened:
    text = gettext("Khách đến từ đường dẫn hoặc mã QR: %(ref)s.") % {
        "ref": str(referral.get("ref") or "?")[:100]
    }
    return Happened(
        told.address, text, told.at, is_sign=True, payload={"ref": str(referral.get("ref") or "")[:100]}
    )


# ---- what is no message


def _reaction(told: Told) -> Sequence[Found]:
    part = told.part()
    icon = str(part.get("emoji") or part.get("reaction") or "")[:20]
    if part.get("action") == "unreact":
        return [Happened(told.address, gettext("Khách bỏ biểu tượng cảm xúc."), told.at)]
    return [
        Happened(
            told.address, gettext("Khách thả biểu tượng %(icon)s.") % {"icon": icon}, told.at, is_sign=True
        )
    ]


def _watermark(told: Told) -> Sequence[Found]:
    """The messages that are named, and all there were until the mark."""
    part = told.part()
    state = "READ" if told.kind == "read" else "DELIVERED"
    names = part.get("mids")
    named = [
        Receipt(str(name), state, told.at, address=told.address)
        for name in (names if isinstance(names, list) else [])
        if name
    ]
    until = instant(str(part.get("watermark", "")))
    if until is not None:
        named.append(Receipt("", state, told.at, address=told.address, up_to=until))
    if not named:
        raise ValueError("a receipt of nothing")
    return named


def _note(told: Told) -> Sequence[Found]:
    if told.kind in NOTES:
        what = str(told.part().get(WHAT.get(told.kind, ""), ""))[:60]
        words = gettext(NOTES[told.kind])
        text = words % {"what": what or "?"} if "%(" in words else words
        return [
            Happened(
                told.address, text, told.at, is_sign=told.kind in SIGNS, payload={"event_name": told.kind}
            )
        ]
    sides = {"sender", "recipient", "timestamp"}
    name = next((name for name in told.event if name not in sides), "?")[:60]
    text = gettext("Messenger báo một việc chưa biết: %(name)s.") % {"name": name}
    return [Happened(told.address, text, told.at, payload={"event_name": name})]


_READERS = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "referral": _referral,
    "reaction": _reaction,
    "delivery": _watermark,
    "read": _watermark,
}
