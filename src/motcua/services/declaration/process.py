"""What is done: steps, their actions and notices, and the promise of when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from motcua.kernel.expressions import ALWAYS, Condition
from motcua.kernel.worktime import Span
from motcua.services.declaration.asking import Question
from motcua.services.declaration.texts import Text

# The one step role that is no role of staff, and the one that needs nobody.
CUSTOMER = "CUSTOMER"
SYSTEM = "SYSTEM"
# What an action may demand before it is done; the requests room and its guests know how to look.
REQUIREMENTS: frozenset[str] = frozenset(
    {"PACK_SIGNED", "CHARGE_PAID", "DEBT_SETTLED", "LETTER_TIME_OVER", "PHOTOS_TAKEN"}
)


class WhoseTime(StrEnum):
    """Whose time a step takes. Only the company's own counts against its promise."""

    COMPANY = "COMPANY"
    CUSTOMER = "CUSTOMER"
    THIRD_PARTY = "THIRD_PARTY"


class Style(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    DANGER = "danger"


@dataclass(frozen=True)
class Transition:
    """Where an action leads when its condition holds; the first that holds counts."""

    step: str
    when: Condition = ALWAYS


@dataclass(frozen=True)
class Action:
    """Something that can be done at a step. Without `to` the request stays where it is."""

    code: str
    label: Text
    inputs: tuple[Question, ...] = ()
    to: tuple[Transition, ...] = ()
    effects: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    role: str = ""  # another role than the step's
    when: Condition = ALWAYS  # offered only when it holds
    requires: tuple[str, ...] = ()  # of REQUIREMENTS
    needs_reason: bool = False
    style: Style = Style.PRIMARY
    extends_promise: str | None = None

    def input(self, name: str) -> Question:
        return next(question for question in self.inputs if question.name == name)


@dataclass(frozen=True)
class Step:
    """A step of the process.

    - A step of role SYSTEM is done at once when it is entered, by its first action.
    - A step that `waits_for` CHARGE is done by its action of role SYSTEM when the charge is paid.
    - `settles`: when this step is done the request is settled, and the promise kept or not.
    - `final`: nothing more must happen; actions here (a rating, say) are welcome and lead nowhere else.
    """

    code: str
    name: Text
    role: str
    clock: WhoseTime
    status: Text
    portal_status: int
    within: Span | None = None
    actions: tuple[Action, ...] = ()
    waits_for: str | None = None
    settles: bool = False
    on_enter: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    final: bool = False
    allows_reject: bool = True
    allows_cancel: bool = True

    def action(self, code: str) -> Action:
        """The action of that code; KeyError when the step has none."""
        for action in self.actions:
            if action.code == code:
                return action
        raise KeyError(code)

    def role_of(self, action: Action) -> str:
        return action.role or self.role

    def system_action(self) -> Action | None:
        """What the system itself does here: at once, or when what the step waits for has come."""
        return next((action for action in self.actions if self.role_of(action) == SYSTEM), None)


class Audience(StrEnum):
    CUSTOMER = "CUSTOMER"
    ROLE = "ROLE"


@dataclass(frozen=True)
class Notice:
    """A message to the customer, or to the staff of a role; `{name}` are PLACEHOLDERS."""

    code: str
    audience: Audience
    text: Text
    role: str = ""


@dataclass(frozen=True)
class Extension:
    """A longer promise, when something makes the work longer; told to the customer when it begins to hold."""

    code: str
    within: Span
    text: Text
    when: Condition = ALWAYS


@dataclass(frozen=True)
class Target:
    """The company's own aim: from the end of step `since` to the end of step `until`."""

    code: str
    since: str
    until: str
    within: Span
    text: Text


@dataclass(frozen=True)
class Promise:
    within: Span
    text: Text
    extended: tuple[Extension, ...] = ()
    targets: tuple[Target, ...] = ()

    def extension(self, code: str) -> Extension:
        for extension in self.extended:
            if extension.code == code:
                return extension
        raise KeyError(code)
