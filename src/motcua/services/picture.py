"""The process of a service as a picture: an SVG with today's step marked, and the same in words.

Two layouts of the same drawing: `TALL` for a phone of 360 px, `WIDE` for a desk; `figure` holds both and the
steps in words, and the page's style sheet shows what fits (`process-picture--tall`, `--wide`). There is
no inline style, so a strict content security policy holds; a style sheet may change the colours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString, mark_safe

from motcua.kernel.worktime import Span
from motcua.services import flow
from motcua.services.declaration import CUSTOMER, SYSTEM, Service, Step, Text

TALL = "tall"
WIDE = "wide"


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    SKIPPED = "skipped"
    NEXT = "next"


@dataclass(frozen=True)
class Mark:
    """A step as it is shown: its number, its state and its words."""

    number: int
    step: Step
    state: State
    name: str
    who: str
    time: str
    state_words: str

    @property
    def words(self) -> str:
        details = ", ".join(part for part in (self.who, self.time) if part)
        tail = f" – {self.state_words}" if self.state_words else ""
        return f"{self.name} ({details}){tail}" if details else f"{self.name}{tail}"


_WHO = {
    "INTAKE": Text("nhân viên tiếp nhận", "service desk"),
    "BUSINESS": Text("nhân viên kinh doanh", "business staff"),
    "CREW": Text("tổ công tác", "crew"),
    "SUPERVISOR": Text("người giám sát", "supervisor"),
    "ADMIN": Text("quản trị viên", "administrator"),
    "DESK_CLERK": Text("cán bộ một cửa", "desk clerk"),
    "DIRECTOR": Text("lãnh đạo", "director"),
    CUSTOMER: Text("anh/chị", "you"),
    SYSTEM: Text("tự động", "automatic"),
}
_STATES = {
    State.DONE: Text("đã xong", "done"),
    State.NOW: Text("đang làm", "now"),
    State.SKIPPED: Text("không cần", "not needed"),
    State.NEXT: Text("", ""),
}
_UNITS = {
    "working_day": Text("{n} ngày làm việc", "{n} working day(s)"),
    "working_hour": Text("{n} giờ làm việc", "{n} working hour(s)"),
    "working_minute": Text("{n} phút làm việc", "{n} working minute(s)"),
    "day": Text("{n} ngày", "{n} day(s)"),
    "hour": Text("{n} giờ", "{n} hour(s)"),
    "minute": Text("{n} phút", "{n} minute(s)"),
}
_FILLS = {State.DONE: "#1b6e3c", State.NOW: "#1d4e89", State.SKIPPED: "#ffffff", State.NEXT: "#ffffff"}
_STROKES = {State.DONE: "#1b6e3c", State.NOW: "#1d4e89", State.SKIPPED: "#6b7580", State.NEXT: "#3d4852"}
_CURRENT = ' aria-current="step"'
_INK = "#1f2933"
_QUIET = "#4a5560"
_LINE = "#6b7580"


def who_words(role: str, lang: str = "vi") -> str:
    """Who does a step, as the customer is told."""
    known = _WHO.get(role)
    return known.get(lang) if known else role


def span_words(span: Span | None, lang: str = "vi") -> str:
    """A length of time in words: "5 ngày làm việc"."""
    if span is None:
        return ""
    words = _UNITS[span.unit].get(lang).format(n=span.amount)
    return words.replace("(s)", "" if span.amount == 1 else "s")


def list_marks(
    service: Service, current_step: str | None = None, done_steps: Collection[str] = (), lang: str = "vi"
) -> tuple[Mark, ...]:
    """The steps in order with their states. What was passed over and is not done was not needed."""
    order = [step.code for step in service.steps]
    at = order.index(current_step) if current_step in order else -1
    marks = []
    for index, step in enumerate(service.steps):
        if step.code == current_step:
            state = State.DONE if step.final else State.NOW
        elif step.code in done_steps:
            state = State.DONE
        else:
            state = State.SKIPPED if index < at else State.NEXT
        marks.append(
            Mark(
                number=index + 1,
                step=step,
                state=state,
                name=step.name.get(lang),
                who=who_words(step.role, lang),
                time=span_words(step.within, lang),
                state_words=_STATES[state].get(lang),
            )
        )
    return tuple(marks)


def figure(
    service: Service,
    current_step: str | None = None,
    done_steps: Collection[str] = (),
    lang: str = "vi",
    *,
    uid: str = "process",
) -> SafeString:
    """Both layouts and the list in words. `uid` keeps ids apart when a page has several pictures."""
    items = "".join(
        f'<li class="process-words__step process-words__step--{mark.state}"'
        f"{_CURRENT if mark.state is State.NOW else ''}>{escape(mark.words)}</li>"
        for mark in list_marks(service, current_step, done_steps, lang)
    )
    caption = Text("Các bước bằng lời", "The steps in words").get(lang)
    return mark_safe(  # noqa: S308 - every text in it is escaped above or in svg()
        '<figure class="process-figure">'
        + svg(service, current_step, done_steps, lang, layout=TALL, uid=uid)
        + svg(service, current_step, done_steps, lang, layout=WIDE, uid=uid)
        + f'<figcaption><details class="process-words"><summary>{escape(caption)}</summary>'
        + f"<ol>{items}</ol></details></figcaption></figure>"
    )


def svg(
    service: Service,
    current_step: str | None = None,
    done_steps: Collection[str] = (),
    lang: str = "vi",
    *,
    layout: str = TALL,
    uid: str = "process",
) -> SafeString:
    """The picture in one layout, with a title and a description for those who cannot see it."""
    marks = list_marks(service, current_step, done_steps, lang)
    drawing = _tall(service, marks) if layout == TALL else _wide(service, marks)
    name = f"{uid}-{layout}"
    title = Text("Các bước của dịch vụ", "The steps of the service").get(lang) + f": {service.name.get(lang)}"
    described = "; ".join(f"{mark.number}. {mark.words}" for mark in marks)
    return mark_safe(  # noqa: S308 - every text in it is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" class="process-picture process-picture--{layout}"'
        f' role="img" viewBox="0 0 {drawing.width} {drawing.height}" width="100%" lang="{escape(lang)}"'
        f' aria-labelledby="{escape(name)}-title {escape(name)}-desc" focusable="false">'
        f'<title id="{escape(name)}-title">{escape(title)}</title>'
        f'<desc id="{escape(name)}-desc">{escape(described)}</desc>'
        f"{''.join(drawing.parts)}</svg>"
    )


@dataclass(frozen=True)
class _Drawing:
    width: int
    height: int
    parts: tuple[str, ...]


def _tall(service: Service, marks: Sequence[Mark]) -> _Drawing:
    """One step below the other: a number, the name, who and how long; ways round on the right-hand side."""
    x, top, width = 22, 26, 328
    rows: list[tuple[Mark, int, list[str], list[str]]] = []
    y = top
    for mark in marks:
        lines = _wrap(mark.name, 29)
        details = _wrap(" · ".join(part for part in (mark.who, mark.time, mark.state_words) if part), 35)
        rows.append((mark, y, lines, details))
        y += 28 + 18 * len(lines) + 16 * len(details)
    parts = []
    places = {mark.step.code: at for mark, at, _, _ in rows}
    by_code = {mark.step.code: mark for mark in marks}
    for (before, above, _, _), (mark, below, _, _) in pairwise(rows):
        parts.append(_straight(x, above + 16, x, below - 18, walked=_walked(marks, before, mark)))
    for lane, (start, end) in enumerate(_ways_round(service)):
        out = 292 + 9 * (lane % 4)
        a, b = places[start] + 4, places[end] - 4
        turn = 6 * _sign(b - a)
        walked = _walked(marks, by_code[start], by_code[end])
        parts.append(
            _way_round(
                f"M276 {a} H{out - 6} Q{out} {a} {out} {a + turn} V{b - turn} Q{out} {b} {out - 6} {b} H276",
                walked=walked,
            )
        )
        parts.append(_head(276, b, "left", _colour(walked)))
    for mark, at, lines, details in rows:
        parts.append(_dot(mark, x, at))
        parts += [
            _text(50, at + 5 + 18 * i, line, 15, bold=mark.state is State.NOW, klass="name")
            for i, line in enumerate(lines)
        ]
        parts += [
            _text(50, at + 6 + 18 * len(lines) + 16 * i, line, 13, klass="who", ink=_QUIET)
            for i, line in enumerate(details)
        ]
    return _Drawing(width, y - 10, tuple(parts))


def _wide(service: Service, marks: Sequence[Mark]) -> _Drawing:
    """One step beside the other; ways round above."""
    column = 118
    width = column * len(marks)
    ways = _ways_round(service)
    y = 34 + 12 * min(len(ways), 4)
    parts = []
    places = {mark.step.code: column // 2 + column * i for i, mark in enumerate(marks)}
    for before, mark in pairwise(marks):
        left, right = places[before.step.code] + 18, places[mark.step.code] - 20
        parts.append(_straight(left, y, right, y, walked=_walked(marks, before, mark)))
    by_code = {mark.step.code: mark for mark in marks}
    for lane, (start, end) in enumerate(ways):
        up = y - 26 - 12 * (lane % 4)
        a, b = places[start], places[end]
        turn = 6 * _sign(b - a)
        walked = _walked(marks, by_code[start], by_code[end])
        across = f"Q{a} {up} {a + turn} {up} H{b - turn} Q{b} {up} {b} {up + 6}"
        parts.append(_way_round(f"M{a} {y - 18} V{up + 6} {across} V{y - 22}", walked=walked))
        parts.append(_head(b, y - 20, "down", _colour(walked)))
    deepest = 0
    for mark in marks:
        x = places[mark.step.code]
        parts.append(_dot(mark, x, y))
        lines = _wrap(mark.name, 15)
        details = [
            line for part in (mark.who, mark.time, mark.state_words) if part for line in _wrap(part, 18)
        ]
        for i, line in enumerate(lines):
            parts.append(
                _text(x, y + 38 + 17 * i, line, 14, bold=mark.state is State.NOW, middle=True, klass="name")
            )
        for i, line in enumerate(details):
            parts.append(
                _text(x, y + 40 + 17 * len(lines) + 15 * i, line, 12, middle=True, klass="who", ink=_QUIET)
            )
        deepest = max(deepest, 17 * len(lines) + 15 * len(details))
    return _Drawing(width, y + 44 + deepest, tuple(parts))


def _ways_round(service: Service) -> list[tuple[str, str]]:
    """The transitions that do not simply lead to the next step: ahead over others, or back."""
    order = {step.code: index for index, step in enumerate(service.steps)}
    return [
        (step.code, after)
        for step in service.steps
        for after in flow.list_successors(step)
        if order[after] not in (order[step.code], order[step.code] + 1)
    ]


def _wrap(text: str, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _sign(number: int) -> int:
    return 1 if number >= 0 else -1


def _walked(marks: Sequence[Mark], before: Mark, after: Mark) -> bool:
    """True when the request went from the one to the other: both were reached, and nothing between was."""
    reached = (State.DONE, State.NOW)
    between = marks[before.number : after.number - 1]
    return (
        before.number < after.number
        and before.state is State.DONE
        and after.state in reached
        and all(mark.state is State.SKIPPED for mark in between)
    )


def _colour(walked: bool) -> str:
    return _STROKES[State.DONE] if walked else _LINE


def _straight(x1: int, y1: int, x2: int, y2: int, *, walked: bool) -> str:
    line = (
        f'<line class="process-picture__way" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
        f' stroke="{_colour(walked)}" stroke-width="{3 if walked else 2}"/>'
    )
    return line + _head(x2, y2, "down" if x1 == x2 else "right", _colour(walked))


def _way_round(path: str, *, walked: bool) -> str:
    look = 'stroke-width="3"' if walked else 'stroke-width="1.5" stroke-dasharray="4 4"'
    return (
        f'<path class="process-picture__way-round" d="{path}" fill="none" stroke="{_colour(walked)}" {look}/>'
    )


def _head(x: int, y: int, direction: str, colour: str = _LINE) -> str:
    points = {
        "down": f"{x - 5},{y - 6} {x + 5},{y - 6} {x},{y + 2}",
        "right": f"{x - 6},{y - 5} {x - 6},{y + 5} {x + 2},{y}",
        "left": f"{x + 6},{y - 5} {x + 6},{y + 5} {x - 2},{y}",
    }[direction]
    return f'<polygon class="process-picture__head" points="{points}" fill="{colour}"/>'


def _dot(mark: Mark, x: int, y: int) -> str:
    """The circle of a step: ticked when done, ringed when it is now, dashed when not needed."""
    state = mark.state
    dash = ' stroke-dasharray="3 3"' if state is State.SKIPPED else ""
    ring = (
        f'<circle class="process-picture__ring" cx="{x}" cy="{y}" r="18" fill="none"'
        f' stroke="{_STROKES[state]}" stroke-width="2"/>'
        if state is State.NOW
        else ""
    )
    circle = (
        f'<circle class="process-picture__dot process-picture__dot--{state}" cx="{x}" cy="{y}" r="14"'
        f' fill="{_FILLS[state]}" stroke="{_STROKES[state]}" stroke-width="2"{dash}/>'
    )
    if state is State.DONE:
        inside = (
            f'<path class="process-picture__tick" d="M{x - 6} {y} l4 5 l8 -9" fill="none" stroke="#ffffff"'
            ' stroke-width="2.5"/>'
        )
    else:
        ink = "#ffffff" if state is State.NOW else _STROKES[state]
        inside = _text(x, y + 5, str(mark.number), 14, bold=True, middle=True, klass="number", ink=ink)
    return ring + circle + inside


def _text(
    x: int,
    y: int,
    words: str,
    size: int,
    *,
    klass: str,
    bold: bool = False,
    middle: bool = False,
    ink: str = _INK,
) -> str:
    weight = ' font-weight="700"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return (
        f'<text class="process-picture__{klass}" x="{x}" y="{y}" font-size="{size}" fill="{ink}"'
        f'{weight}{anchor} aria-hidden="true">{escape(words)}</text>'
    )
