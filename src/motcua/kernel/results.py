"""Expected errors, in words a person can read and with a code a program can compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar


def gettext_noop(text: str) -> str:
    """Mark a Vietnamese text for translation; the face that shows it translates it."""
    return text


def fill(template: str, facts: Mapping[str, object]) -> str:
    """Put the facts into a `%(name)s` template; a missing fact leaves a gap instead of an error page."""
    return template % _Facts(facts) if "%(" in template else template.replace("%%", "%")


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field: a stable code, a Vietnamese template, and the facts for it."""

    code: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return fill(self.message, self.facts)


class Refused(Exception):
    """An expected refusal. Subclasses set `code` and `message`, beside the operation that raises them.

    `raise MeterElsewhere(field="meter_serial", serial=serial)`; `str()` gives the Vietnamese sentence.
    """

    code: ClassVar[str] = "REFUSED"
    message: ClassVar[str] = gettext_noop("Không thực hiện được yêu cầu này.")

    def __init__(self, *, field: str | None = None, **facts: object) -> None:
        super().__init__(self.code)
        self.field = field
        self.facts: dict[str, object] = facts

    def __str__(self) -> str:
        return fill(self.message, self.facts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, field={self.field!r}, facts={sorted(self.facts)})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.field, self.facts)

    def problems(self) -> dict[str, list[Problem]]:
        """The same refusal by field; the empty name means the whole form."""
        return {self.field or "": [Problem(self.code, self.message, self.facts)]}


class Invalid(Refused):
    """Several fields are wrong at once."""

    code = "INVALID"
    message = gettext_noop("Có thông tin chưa đúng. Vui lòng xem lại các ô được đánh dấu.")

    def __init__(self, errors: Mapping[str, list[Problem]], **facts: object) -> None:
        super().__init__(field=None, **facts)
        self.errors: dict[str, list[Problem]] = {name: list(found) for name, found in errors.items() if found}

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_invalid, (type(self), self.errors, self.facts)

    def problems(self) -> dict[str, list[Problem]]:
        return self.errors


def _rebuild(kind: type[Refused], field: str | None, facts: dict[str, object]) -> Refused:
    return kind(field=field, **facts)


def _rebuild_invalid(
    kind: type[Invalid], errors: dict[str, list[Problem]], facts: dict[str, object]
) -> Invalid:
    return kind(errors, **facts)


class NotFound(Refused):
    """There is no such thing for this person; said the same way whether or not it exists."""

    code = "NOT_FOUND"
    message = gettext_noop("Không tìm thấy thông tin này.")


class NotAllowed(Refused):
    """The person is known, and may not do this."""

    code = "NOT_ALLOWED"
    message = gettext_noop("Bạn không có quyền thực hiện việc này.")


class Conflict(Refused):
    """Somebody else was first."""

    code = "CONFLICT"
    message = gettext_noop("Thông tin vừa được người khác thay đổi. Vui lòng tải lại trang và thử lại.")
