"""The forms of a text: short for phones, rich for chats, mail. What a text may name, and how long it is as an SMS. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from motcua.kernel.results import Problem, gettext_noop
from motcua.kernel.vietnamese import ascii_text
from motcua.messaging import rules


class Form(StrEnum):
    """Which channels a text is written for."""

    SHORT = "SHORT"
    RICH = "RICH"
    MAIL = "MAIL"


LANGUAGES = ("vi", "en")
LABELS = {
    Form.SHORT: gettext_noop("Tin ngắn: SMS, thông báo trên máy"),
    Form.RICH: gettext_noop("Tin trò chuyện: Zalo, Messenger, trang web"),
    Form.MAIL: gettext_noop("E-mail"),
}
_SHORT = frozenset({"SMS", "WEBPUSH", "ZBS"})
LIMITS = {Form.SHORT: 918, Form.RICH: 2000, Form.MAIL: 8000}

# GSM 03.38: the default alphabet, and what takes two places of it. Source: 3GPP TS 23.038, 6.2.1.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWICE = frozenset("^{}\\[~]|€\f")
ONE, MANY = {"GSM-7": 160, "UCS-2": 70}, {"GSM-7": 153, "UCS-2": 67}


def form_of(channel: str) -> Form:
    """The form of text that goes on a channel."""
    if channel == "EMAIL":
        return Form.MAIL
    return Form.SHORT if channel in _SHORT else Form.RICH


@dataclass(frozen=True)
class SmsLength:
    """How long a text is as an SMS: its alphabet, units of it, and how many messages are paid for."""

    alphabet: str
    units: int
    segments: int


def measure_sms(text: str, *, plain: bool = True) -> SmsLength:
    """Length and segments; `plain`: without marks, as we send it to brand names."""
    said = ascii_text(text) if plain else text
    if all(letter in GSM_7 or letter in GSM_7_TWICE for letter in said):
        alphabet, units = "GSM-7", sum(2 if letter in GSM_7_TWICE else 1 for letter in said)
    else:
        alphabet, units = "UCS-2", len(said.encode("utf-16-be")) // 2
    segments = 1 if units <= ONE[alphabet] else -(-units // MANY[alphabet])
    return SmsLength(alphabet, units, segments)


def check_text(
    texts: Mapping[str, str], *, known: Collection[str], needed: Collection[str] = (), limit: int = 0
) -> dict[str, list[Problem]]:
    """What is wrong with a text in its languages, by language: a variable nobody knows, one that is missing, a brace that
    stands alone, too long. Empty when it can be used.
    """
    found: dict[str, list[Problem]] = {}
    for language, text in texts.items():
        named = rules.placeholders(text)
        wrong = [
            Problem(
                "UNKNOWN_VARIABLE",
                gettext_noop("Không có biến {%(name)s}. Dùng được: %(known)s."),
                {"name": name, "known": ", ".join(f"{{{one}}}" for one in sorted(known))},
            )
            for name in sorted(named - set(known))
        ]
        wrong += [
            Problem("MISSING_VARIABLE", gettext_noop("Thiếu biến {%(name)s}."), {"name": name})
            for name in sorted(set(needed) - named)
        ]
        if _has_lone_brace(text):
            wrong.append(
                Problem("LONE_BRACE", gettext_noop("Có dấu ngoặc nhọn đứng lẻ hoặc tên biến viết sai."))
            )
        if not text.strip():
            wrong.append(Problem("EMPTY", gettext_noop("Hãy viết nội dung.")))
        if limit and len(text) > limit:
            wrong.append(Problem("TOO_LONG", gettext_noop("Dài quá %(limit)s ký tự."), {"limit": limit}))
        if wrong:
            found[language] = wrong
    return found


def _has_lone_brace(text: str) -> bool:
    bare = text
    for name in rules.placeholders(text):
        bare = bare.replace(f"{{{name}}}", "")
    return "{" in bare or "}" in bare
