"""What a Zalo event means. Lenient in reading, complete in keeping: an event nobody knows becomes a line for staff."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from motcua.channels.shown import FETCHED, MEDIA_TOLD, MEDIA_WORDS, word_of
from motcua.channels.zalo import BY_PHONE, hook
from motcua.kernel import phones
from motcua.kernel.results import gettext_noop as _
from motcua.messaging.rules import Echo, Found, Happened, Incoming, Receipt

Event = Mapping[str, Any]

FETCHED_FOR = {"photo": "image"}
NOTES = {
    "follow": _("Khách quan tâm trang Zalo."),
    "unfollow": _("Khách bỏ quan tâm trang Zalo."),
    "user_click_chatnow": _("Khách bấm nút nhắn tin."),
    "user_withdraw": _(
        "Khách rút lại quyền đã cho trên Zalo; hãy xóa dữ liệu lấy từ Zalo nếu khách yêu cầu."
    ),
    "update_user_info": _("Khách sửa thông tin trên Zalo."),
    "oa_send_consent": _("Đã xin phép gọi điện qua Zalo."),
    "user_reply_consent": _("Khách trả lời việc xin phép gọi điện."),
    "oa_call_user": _("Đã gọi khách qua Zalo."),
    "user_call_oa": _("Khách gọi qua Zalo."),
    "widget_interaction_accepted": _("Khách bắt đầu từ tiện ích trên trang web."),
    "add_user_to_tag": _("Được gắn nhãn trên Zalo: %(what)s."),
    "remove_user_from_tag": _("Được bỏ nhãn trên Zalo: %(what)s."),
}
SIGNS = frozenset(
    {"follow", "user_click_chatnow", "user_reply_consent", "user_call_oa", "widget_interaction_accepted"}
)
NOBODYS = (
    "change_", "event_journey_", "remove_tag", "widget_failed_", "permission_revoked", "extension_", "shop_", "create_group",
)  # fmt: skip
TEMPLATE_EVENTS = frozenset({"user_feedback", "user_click_response_button"})


def parse(payload: Any, *, own_id: str, event_id: str) -> Sequence[Found]:
    """What the stored call says. Raises ValueError for what is no event, or another account's."""
    event = payload.get("event") if isinstance(payload, dict) else None
    if not isinstance(event, dict) or not event.get("event_name"):
        raise ValueError("no event")
    if own_id and own_id not in _accounts_of(event):
        raise ValueError("of another account")
    name = str(event["event_name"])
    person = hook.person_of(event, own_id)
    at = hook.instant(str(event.get("timestamp", "")))
    for belongs, read in _READERS:
        if belongs(name, event):
            return read(event, name, _address(event, person), at)
    return [_note(event, name, _address(event, person), at)]


def _accounts_of(event: Event) -> set[str]:
    sides = [event.get("sender"), event.get("recipient")]
    ids = {str(side["id"]) for side in sides if isinstance(side, dict) and side.get("id")}
    return ids | {str(event[name]) for name in ("oa_id", "oaId") if event.get(name)}


def _address(event: Event, person: str) -> str:
    """The address of the conversation; an anonymous visitor is reached by two ids together."""
    message = event.get("message")
    conversation = str(message.get("conversation_id", "")) if isinstance(message, dict) else ""
    is_anonymous = "anonymous" in str(event.get("event_name", ""))
    return f"anon:{person}:{conversation}"[:120] if is_anonymous and conversation else person[:120]


def _message(event: Event) -> dict[str, Any]:
    found = event.get("message")
    return found if isinstance(found, dict) else {}


def _attachments(event: Event) -> list[tuple[str, dict[str, Any]]]:
    found = _message(event).get("attachments")
    rows = found if isinstance(found, list) else []
    return [
        (str(row.get("type", "")), row["payload"] if isinstance(row.get("payload"), dict) else {})
        for row in rows
        if isinstance(row, dict)
    ]


# ---- what the customer says


def _is_said(name: str, event: Event) -> bool:
    begins = name.startswith(("user_send_", "anonymous_send_"))
    return begins and "_group_" not in name and name.rpartition("_")[2] in _KINDS


def _said(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    message = _message(event)
    key = str(message.get("msg_id") or "")
    facts: dict[str, object] = {"channel": "ZALO"}
    if quoted := message.get("quote_msg_id"):
        facts["quotes"] = str(quoted)
    words = str(message.get("text") or "").strip()
    if name.endswith("_text"):
        if not words:
            raise ValueError("a text without words")
        return [Incoming(address=address, text=words, client_msg_id=key, at=at, payload=facts)]
    if name.endswith("_location"):
        return [_location(event, words, address, key, at, facts)]
    if name.endswith("_link"):
        return [_link(event, words, address, key, at, facts)]
    if name.endswith("_card"):
        return [_card(event, words, address, key, at, facts)]
    return _media(event, name, words, address, key, at, facts)


def _location(
    event: Event, words: str, address: str, key: str, at: datetime | None, facts: dict[str, object]
) -> Incoming:
    """A place: the words of the address where there are any, else the coordinates; both are kept."""
    places = [payload.get("coordinates") for _kind, payload in _attachments(event)] + [
        _message(event).get("location")
    ]
    place = next((one for one in places if isinstance(one, dict)), {})
    latitude = str(place.get("latitude") or place.get("lat") or "")
    longitude = str(place.get("longitude") or place.get("long") or place.get("lng") or "")
    text = words or gettext("[Vị trí] %(where)s") % {"where": f"{latitude}, {longitude}"}
    placed = {**facts, "latitude": latitude, "longitude": longitude}
    return Incoming(
        address=address, text=text, client_msg_id=key, at=at, payload=placed, is_asking=bool(words)
    )


def _link(
    event: Event, words: str, address: str, key: str, at: datetime | None, facts: dict[str, object]
) -> Incoming:
    payload = next((payload for _kind, payload in _attachments(event)), {})
    parts = [words, str(payload.get("title") or ""), str(payload.get("url") or "")]
    text = "\n".join(part for part in parts if part) or gettext("[Đường dẫn]")
    return Incoming(
        address=address, text=text, client_msg_id=key, at=at, payload=facts, is_asking=bool(words)
    )


def _card(
    event: Event, words: str, address: str, key: str, at: datetime | None, facts: dict[str, object]
) -> Incoming:
    """Somebody's card: a name and a number, as words for staff. A number in it proves nothing."""
    payload = next((payload for _kind, payload in _attachments(event)), {})
    try:
        told = json.loads(str(payload.get("description") or "{}"))
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    parts = [str(told.get(part) or "") for part in ("name", "phone")]
    shown = " · ".join(part for part in parts if part) or words
    text = gettext("[Danh thiếp] %(who)s") % {"who": shown}
    return Incoming(address=address, text=text, client_msg_id=key, at=at, payload=facts, is_asking=False)


def _media(
    event: Event, name: str, words: str, address: str, key: str, at: datetime | None, facts: dict[str, object]
) -> list[Found]:
    rows = _attachments(event) or [(name.rpartition("_")[2], {})]
    found: list[Found] = []
    for number, (kind, payload) in enumerate(rows):
        title = str(payload.get("name") or "")
        shown = word_of(kind, title)
        media = {"type": FETCHED_FOR.get(kind, kind), "url": str(payload.get("url") or ""), "name": title}
        is_last = number == len(rows) - 1
        found.append(
            Incoming(
                address=address,
                text=f"{shown} {words}".strip() if number == 0 else shown,
                client_msg_id=key,
                at=at,
                kind="FILE" if kind in FETCHED else "TEXT",
                payload={**facts, **({"media": media} if kind in FETCHED and media["url"] else {})},
                is_asking=False,
                told=gettext(MEDIA_TOLD) if is_last and kind in {"image", "photo", "file"} else "",
            )
        )
    return found


_KINDS = frozenset({"text", "image", "gif", "link", "audio", "video", "sticker", "file", "location", "card"})


# ---- what is played back of our side


def _is_echo(name: str, event: Event) -> bool:
    return name.startswith("oa_send_") and name != "oa_send_consent" and "_group_" not in name


def _echo(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    message = _message(event)
    words = str(message.get("text") or "").strip()
    shown = [gettext(MEDIA_WORDS.get(kind, "")) for kind, _payload in _attachments(event)]
    names = [str(payload.get("name") or "") for _kind, payload in _attachments(event)]
    marks = [
        (mark % {"name": title} if "%(" in mark else mark)
        for mark, title in zip(shown, names, strict=True)
        if mark
    ]
    return [
        Echo(
            address=address,
            ref=str(message.get("msg_id") or ""),
            text=" ".join([*marks, words]).strip() if not words or marks else words,
            at=at,
            author_name=gettext("Nhân viên (viết trên Zalo)"),
            payload={"channel": "ZALO"},
        )
    ]


# ---- receipts


def _is_receipt(name: str, event: Event) -> bool:
    return name in hook.RECEIPTS


def _receipts(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    message = _message(event)
    if "tracking_id" in message or "delivery_time" in message:
        delivered = hook.instant(str(message.get("delivery_time", ""))) or at
        ref = str(message.get("tracking_id") or message.get("msg_id") or "")
        return [Receipt(ref, "DELIVERED", delivered, channel=BY_PHONE)]
    many = message.get("msg_ids")
    refs = [str(one) for one in many] if isinstance(many, list) else [str(message.get("msg_id") or "")]
    state = "READ" if name == "user_seen_message" else "DELIVERED"
    return [Receipt(ref, state, at, address=address) for ref in refs if ref]


# ---- what is no message


def _is_info(name: str, event: Event) -> bool:
    return name == "user_submit_info"


def _info(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    """Name and number that the customer gave by Zalo's own form: a hint who it may be, proof of nothing."""
    info = event.get("info")
    info = info if isinstance(info, dict) else {}
    number = phones.normalise(str(info.get("phone") or "").replace("+", "")) or phones.normalise(
        "+" + str(info.get("phone") or "").lstrip("+")
    )
    parts = [str(info.get("name") or ""), phones.display(number) if number else "", _place(info)]
    shown = ", ".join(part for part in parts if part)
    text = gettext("Khách chia sẻ qua Zalo: %(what)s. Chưa phải bằng chứng là chủ hợp đồng.") % {
        "what": shown
    }
    return [Happened(address, text, at, is_sign=True, payload={"shared_phone": number or ""})]


def _place(info: Mapping[str, Any]) -> str:
    full = info.get("full_address")
    full = full if isinstance(full, dict) else {}
    names = [
        full.get("user_address") or info.get("address"), full.get("user_ward") or info.get("ward"), info.get("district"),
        full.get("user_city") or info.get("city"),
    ]  # fmt: skip
    return ", ".join(str(name) for name in names if name)


def _is_reaction(name: str, event: Event) -> bool:
    return name in hook.REACTIONS


def _reaction(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    icon = str(_message(event).get("react_icon") or "")
    is_theirs = name.startswith("user_")
    text = (
        gettext("Khách thả biểu tượng %(icon)s.")
        if is_theirs
        else gettext("Đã thả biểu tượng %(icon)s cho khách.")
    )
    return [Happened(address, text % {"icon": icon}, at, is_sign=is_theirs)]


def _is_tag(name: str, event: Event) -> bool:
    return name in {"add_user_to_tag", "remove_user_from_tag"}


def _tags(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    tag = event.get("tag")
    tag = tag if isinstance(tag, dict) else {}
    people = tag.get("user_ids")
    text = gettext(NOTES[name]) % {"what": str(tag.get("name") or "")}
    return [Happened(str(person), text, at) for person in (people if isinstance(people, list) else [])]


def _is_about_template(name: str, event: Event) -> bool:
    return name in TEMPLATE_EVENTS


def _about_template(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    """What somebody who got a template did with it: whoever reads it has read it."""
    tracking = str(_message(event).get("tracking_id") or "")
    return [Receipt(tracking, "READ", at, channel=BY_PHONE)] if tracking else [Happened("", name, at)]


def _is_nobodys(name: str, event: Event) -> bool:
    return name.startswith(NOBODYS) or "_group_" in name


def _nobodys(event: Event, name: str, address: str, at: datetime | None) -> list[Found]:
    return [Happened("", name, at, payload={"event_name": name})]


def _note(event: Event, name: str, address: str, at: datetime | None) -> Happened:
    if name in NOTES:
        return Happened(
            address, gettext(NOTES[name]), at, is_sign=name in SIGNS, payload={"event_name": name}
        )
    text = gettext("Zalo báo một việc chưa biết: %(name)s.") % {"name": name[:60]}
    return Happened(address, text, at, payload={"event_name": name[:60]})


Reader = Callable[[Event, str, str, datetime | None], list[Found]]
_READERS: tuple[tuple[Callable[[str, Event], bool], Reader], ...] = (
    (_is_said, _said),
    (_is_echo, _echo),
    (_is_receipt, _receipts),
    (_is_info, _info),
    (_is_reaction, _reaction),
    (_is_tag, _tags),
    (_is_about_template, _about_template),
    (_is_nobodys, _nobodys),
)
