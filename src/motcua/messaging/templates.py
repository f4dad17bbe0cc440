"""Declared texts by code, Vietnamese and English, with named placeholders. Services' notices bring their
own texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from motcua.messaging import rules
from motcua.messaging.rules import Kind


@dataclass(frozen=True)
class Template:
    """A text we send. Both languages must name the same placeholders; `is_secret` params are erased once
    sent.
    """

    code: str
    vi: str
    en: str
    kind: Kind = Kind.TRANSACTIONAL
    is_secret: bool = False

    def __post_init__(self) -> None:
        if rules.placeholders(self.vi) != rules.placeholders(self.en):
            raise ValueError(f"template {self.code}: the two languages name different placeholders")

    def texts(self) -> dict[str, str]:
        return {"vi": self.vi, "en": self.en}


class UnknownTemplate(KeyError):
    """No template is declared under this code."""


_templates: dict[str, Template] = {}


def declare(template: Template) -> Template:
    """Declare a text. Raises ValueError when another text already has the code."""
    known = _templates.get(template.code)
    if known is not None and known != template:
        raise ValueError(f"two templates are called {template.code!r}")
    _templates[template.code] = template
    return template


def get(code: str) -> Template:
    try:
        return _templates[code]
    except KeyError:
        raise UnknownTemplate(code) from None


def render(texts: Mapping[str, str], params: Mapping[str, object], language: str) -> str:
    """The text in the language asked for, else in Vietnamese, else in any there is."""
    chosen = texts.get(language) or texts.get("vi") or next(iter(texts.values()), "")
    return rules.render(chosen, params)


declare(
    Template(
        code="proof.code",
        vi="{brand}: Mã xác thực của quý khách là {code}, có hiệu lực {minutes} phút. Không đưa mã này cho bất kỳ ai.",
        en="{brand}: Your code is {code}, valid for {minutes} minutes. Do not give it to anyone.",
        kind=Kind.CODE,
        is_secret=True,
    )
)
declare(
    Template(
        code="request.received",
        vi="{brand}: Đã nhận yêu cầu {number} ({service}). Hạn giải quyết: {due}. Theo dõi: {link}",
        en="{brand}: Request {number} ({service}) received. Due: {due}. Follow it: {link}",
    )
)
declare(
    Template(
        code="request.resume",
        vi="{brand}: Mã để tiếp tục điền yêu cầu của quý khách: {code}. Mở {link}",
        en="{brand}: Code to go on with your request: {code}. Open {link}",
    )
)
declare(
    Template(
        code="conversation.answered",
        vi="{brand}: Nhân viên đã trả lời quý khách trong cuộc trò chuyện. Xem tại {link}",
        en="{brand}: Our staff has answered you in the chat. See {link}",
    )
)
