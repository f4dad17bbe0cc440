"""Declared texts by code, Vietnamese and English, with named placeholders. Services' notices bring their
own texts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from motcua.kernel.results import gettext_noop as _
from motcua.messaging import rules
from motcua.messaging.forms import Form, form_of
from motcua.messaging.rules import Kind

# Variables without which a text misses its point: where a declared text has one, an edited one must have it too.
POINTS = frozenset(
    {
        "code",
        "amount",
        "payment_code",
        "pay_link",
        "link",
        "reopened_amount",
        "reopened_code",
        "visit_date",
        "until",
    }
)
Facts = Callable[[str], Mapping[str, object] | None]


@dataclass(frozen=True)
class Template:
    """A text we send, as it is declared: version 0. `is_secret` params are erased once sent.

    `topic` and `label` are what staff find it by. `localised` variables have a value in each language: `{papers}` is filled
    from `papers_vi` or `papers_en`. `known`: what an edited text may name beside the declared one's. `facts(subject)` gives
    real values for a preview (of a request by its number); None when there is no such subject.
    """

    code: str
    vi: str
    en: str
    kind: Kind = Kind.TRANSACTIONAL
    is_secret: bool = False
    topic: str = ""
    label: str = ""
    localised: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    facts: Facts | None = field(default=None, compare=False)

    @property
    def names(self) -> frozenset[str]:
        """What the declared text says of its subject, in one language or another."""
        return rules.placeholders(self.vi) | rules.placeholders(self.en)

    @property
    def needed(self) -> frozenset[str]:
        """What no text of it may leave out."""
        return rules.placeholders(self.vi) & rules.placeholders(self.en) & POINTS

    def texts(self) -> dict[str, str]:
        return self.filled_by({"vi": self.vi, "en": self.en})

    def filled_by(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Texts whose variables are named as their values are: by language, where they differ by it."""
        return {lang: _localise(text, lang, self.localised) for lang, text in texts.items()}


def _localise(text: str, lang: str, names: Collection[str]) -> str:
    for name in names:
        text = text.replace(f"{{{name}}}", f"{{{name}_{lang}}}")
    return text


@dataclass(frozen=True)
class Words:
    """What a notice says, by form of channel and language, and which version that is (0: as declared)."""

    template: str
    forms: Mapping[Form, tuple[Mapping[str, str], int]]

    def texts(self, channel: str) -> Mapping[str, str]:
        return self.forms[form_of(channel)][0]

    def version(self, channel: str) -> int:
        return self.forms[form_of(channel)][1]

    @property
    def names(self) -> frozenset[str]:
        """Every variable that any of its texts names."""
        said = (text for texts, _version in self.forms.values() for text in texts.values())
        return frozenset().union(*map(rules.placeholders, said))


class UnknownTemplate(KeyError):
    """No template is declared under this code."""


class Source(Protocol):
    """Templates that are declared elsewhere: the notices of services."""

    def find(self, code: str) -> Template | None: ...

    def list_all(self) -> Iterable[Template]: ...


_templates: dict[str, Template] = {}
_sources: list[Source] = []


def declare(template: Template) -> Template:
    """Declare a text. Raises ValueError when another text already has the code, or the languages name different things."""
    if rules.placeholders(template.vi) != rules.placeholders(template.en):
        raise ValueError(f"template {template.code}: the two languages name different placeholders")
    known = _templates.get(template.code)
    if known is not None and known != template:
        raise ValueError(f"two templates are called {template.code!r}")
    _templates[template.code] = template
    return template


def add_source(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def find(code: str) -> Template | None:
    if code in _templates:
        return _templates[code]
    return next((found for source in _sources if (found := source.find(code)) is not None), None)


def get(code: str) -> Template:
    found = find(code)
    if found is None:
        raise UnknownTemplate(code)
    return found


def list_all() -> list[Template]:
    """Every declared text, by topic and label."""
    found = [*_templates.values(), *(one for source in _sources for one in source.list_all())]
    return sorted(found, key=lambda one: (one.topic, one.label, one.code))


def render(texts: Mapping[str, str], params: Mapping[str, object], language: str) -> str:
    """The text in the language asked for, else in Vietnamese, else in any there is."""
    chosen = texts.get(language) or texts.get("vi") or next(iter(texts.values()), "")
    return rules.render(chosen, params)


PROVING, OF_REQUEST, OF_TALK, OF_OUTAGE = _("Mã xác thực"), _("Yêu cầu"), _("Hội thoại"), _("Mất điện")

declare(
    Template(
        code="proof.code",
        vi="{brand}: Mã xác thực của quý khách là {code}, có hiệu lực {minutes} phút. Không đưa mã này cho bất kỳ ai.",
        en="{brand}: Your code is {code}, valid for {minutes} minutes. Do not give it to anyone.",
        kind=Kind.CODE,
        is_secret=True,
        topic=PROVING,
        label=_("Mã gửi đến điện thoại"),
    )
)
declare(
    Template(
        code="request.received",
        vi="{brand}: Đã nhận yêu cầu {number} ({service}). Hạn giải quyết: {due}. Theo dõi: {link}",
        en="{brand}: Request {number} ({service}) received. Due: {due}. Follow it: {link}",
        topic=OF_REQUEST,
        label=_("Đã nhận yêu cầu"),
    )
)
declare(
    Template(
        code="request.resume",
        vi="{brand}: Mã để tiếp tục điền yêu cầu của quý khách: {code}. Mở {link}",
        en="{brand}: Code to go on with your request: {code}. Open {link}",
        topic=OF_REQUEST,
        label=_("Điền tiếp phiếu đang dở"),
    )
)
declare(
    Template(
        code="conversation.answered",
        vi="{brand}: Nhân viên đã trả lời quý khách trong cuộc trò chuyện. Xem tại {link}",
        en="{brand}: Our staff has answered you in the chat. See {link}",
        topic=OF_TALK,
        label=_("Nhân viên đã trả lời"),
    )
)
