"""A day of webhooks, planned: the same for every company, so that their threads can be compared afterwards."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SAID = (
    "nhà em mất điện rồi", "mat dien tu sang den gio", "cho hỏi giá điện bậc 1", "Tôi muốn đăng ký mua điện sinh hoạt",
    "hóa đơn tháng này sao cao thế", "thủ tục sang tên hợp đồng", "alo", "cảm ơn em", "công tơ nhà tôi chạy nhanh quá",
    "gap nhan vien", "bao giờ có điện lại", "Tra cứu tiến độ hồ sơ", "chị ở 12 ngõ 34 Tây Sơn", "0901234567", "ok", "dạ vâng ạ ⚡",
    "Đóng tiền điện qua Momo được không", "lịch cắt điện tuần này", "dây điện trước nhà bị chùng", "Nhà em tên là Nguyễn Thị Hoa",
)  # fmt: skip
# What comes how often, in a hundred.
ZALO = {
    "text": 58,
    "image": 4,
    "sticker": 6,
    "location": 3,
    "audio": 2,
    "follow": 3,
    "react": 3,
    "received": 7,
    "seen": 6,
    "echo": 6,
    "new": 2,
}
PAGE = {"text": 54, "image": 4, "sticker": 6, "edit": 4, "deleted": 3, "postback": 4, "react": 3, "delivery": 7, "read": 6, "echo": 6, "new": 3}  # fmt: skip
BATCHED = 0.1  # of Messenger's calls bring two events


@dataclass(frozen=True)
class Event:
    """One webhook: whose it is is filled in for a company when it goes out."""

    number: int
    door: str
    told: tuple[dict[str, Any], ...]
    at: int  # milliseconds


@dataclass
class _Person:
    id: str
    texts: list[str] = field(default_factory=list)


def make(count: int, *, begins: int, ends: int, media: str, seed: int = 20261123) -> list[Event]:
    """So many webhooks between two instants (milliseconds), of one sender for each twenty, each later than the one before.

    `media` is the address of a picture, with {door}.
    """
    dice = random.Random(seed)
    people = {
        "zalo": [_Person(f"5{n:018d}") for n in range(max(3, count // 40))],
        "messenger": [_Person(f"7{n:015d}") for n in range(max(3, count // 40))],
    }
    step = max(1, (ends - begins) // (count * 2))
    instants = iter(range(begins, ends + step * count * 4, step))
    events = []
    for number in range(count):
        door = dice.choice(["zalo", "messenger"])
        many = 2 if door == "messenger" and dice.random() < BATCHED else 1
        told = tuple(
            _TELL[door](
                dice, dice.choice(people[door]), next(instants), number * 2 + n, media.format(door=door)
            )
            for n in range(many)
        )
        events.append(Event(number, door, told, int(told[-1]["timestamp"])))
    return events


def _kind(dice: random.Random, kinds: dict[str, int]) -> str:
    return dice.choices(list(kinds), list(kinds.values()))[0]


def _zalo(dice: random.Random, person: _Person, at: int, number: int, media: str) -> dict[str, Any]:
    kind, key = _kind(dice, ZALO), f"z{number}"
    from_person = {"sender": {"id": person.id}, "recipient": {"id": "{own}"}}
    from_us = {"sender": {"id": "{own}"}, "recipient": {"id": person.id}}
    told: dict[str, Any] = {"app_id": "{app}", "timestamp": str(at)}
    if kind == "text":
        return (
            told
            | from_person
            | {"event_name": "user_send_text", "message": {"text": dice.choice(SAID), "msg_id": key}}
        )
    if kind in {"image", "sticker", "audio"}:
        payload = {"id": "9", "url": ""} if kind != "image" else {"url": media, "thumbnail": media}
        message = {"msg_id": key, "attachments": [{"type": kind, "payload": payload}]}
        return told | from_person | {"event_name": f"user_send_{kind}", "message": message}
    if kind == "location":
        place = {"coordinates": {"latitude": "21.0285", "longitude": "105.8542"}}
        return told | from_person | {
            "event_name": "user_send_location", "message": {"msg_id": key, "attachments": [{"type": "location", "payload": place}]}
        }  # fmt: skip
    if kind == "follow":
        return told | {
            "oa_id": "{own}",
            "follower": {"id": person.id},
            "event_name": "follow",
            "source": "oa_profile",
        }
    if kind == "react":
        return (
            told
            | from_person
            | {"event_name": "user_reacted_message", "message": {"msg_id": key, "react_icon": "/-heart"}}
        )
    if kind == "received":
        return (
            told
            | from_us
            | {"event_name": "user_received_message", "message": {"msg_id": f"unknown{number}"}}
        )
    if kind == "seen":
        return (
            told
            | from_us
            | {"event_name": "user_seen_message", "message": {"msg_ids": [f"unknown{number}", key]}}
        )
    if kind == "echo":
        return (
            told
            | from_us
            | {"event_name": "oa_send_text", "message": {"text": f"Nhân viên viết {number}", "msg_id": key}}
        )
    return told | from_person | {"event_name": "user_does_something_new", "message": {"msg_id": key}}


def _page(dice: random.Random, person: _Person, at: int, number: int, media: str) -> dict[str, Any]:
    kind, key = _kind(dice, PAGE), f"m_{number}"
    if kind in {"edit", "deleted"} and not person.texts:
        kind = "text"
    told: dict[str, Any] = {"sender": {"id": person.id}, "recipient": {"id": "{own}"}, "timestamp": at}
    if kind == "text":
        person.texts.append(key)
        return told | {"message": {"mid": key, "text": dice.choice(SAID)}}
    if kind == "edit":
        return told | {
            "message_edit": {
                "mid": dice.choice(person.texts),
                "text": f"{dice.choice(SAID)} (sửa)",
                "num_edit": number,
            }
        }
    if kind == "deleted":
        return told | {"message": {"mid": person.texts.pop(), "is_deleted": True}}
    if kind in {"image", "sticker"}:
        payload = {"url": media} if kind == "image" else {"sticker_id": 369239263222822}
        return told | {"message": {"mid": key, "attachments": [{"type": kind, "payload": payload}]}}
    if kind == "postback":
        return told | {"postback": {"mid": key, "title": "Bắt đầu", "payload": "GET_STARTED"}}
    if kind == "react":
        return told | {"reaction": {"reaction": "like", "emoji": "👍", "action": "react", "mid": key}}
    if kind in {"delivery", "read"}:
        return told | {kind: {"watermark": at}}
    if kind == "echo":
        ours = {"sender": {"id": "{own}"}, "recipient": {"id": person.id}}
        return (
            told
            | ours
            | {"message": {"mid": key, "is_echo": True, "app_id": 1, "text": f"Nhân viên viết {number}"}}
        )
    return told | {"something_new": {"mid": key}}


_TELL = {"zalo": _zalo, "messenger": _page}


def body_of(event: Event, *, own: str, app: str) -> bytes:
    """The call's body for one company's account."""
    if event.door == "zalo":
        text = json.dumps(event.told[0], ensure_ascii=False)
    else:
        entries = [{"id": "{own}", "time": int(one["timestamp"]), "messaging": [one]} for one in event.told]
        text = json.dumps({"object": "page", "entry": entries})
    return text.replace("{own}", own).replace("{app}", app).encode()


def doubled(events: list[Event], dice: random.Random, within: int = 60) -> list[Event]:
    """Each once more, some time after."""
    again = [(place + dice.uniform(0.5, within), event) for place, event in enumerate(events)]
    return [event for _, event in sorted([*enumerate(events), *again], key=lambda one: one[0])]


def shuffled(events: list[Event], dice: random.Random, within: int = 40) -> list[Event]:
    """Each a little earlier or later than it should come."""
    return [event for _, event in sorted(((place + dice.uniform(0, within), event) for place, event in enumerate(events)), key=lambda one: one[0])]  # fmt: skip


def keys_of(events: list[Event]) -> Iterator[tuple[str, int]]:
    for event in events:
        yield event.door, event.number
