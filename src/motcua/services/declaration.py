"""The shape of a declared service: frozen, plain values, the same whatever face shows it.

Conditions (`when`, `ok_when`) are `kernel.expressions`: `question.when.holds(facts)`. The facts are the
customer's answers and the inputs of the steps done so far, by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from motcua.kernel.expressions import ALWAYS, Condition
from motcua.kernel.worktime import Span

# The one step role that is no role of staff, and the one that needs nobody.
CUSTOMER = "CUSTOMER"
SYSTEM = "SYSTEM"

# What a notice may say about a request: `{name}` in its text.
PLACEHOLDERS: frozenset[str] = frozenset(
    {
        "account_code",
        "amount",
        "answer",
        "code_word",
        "company",
        "crew",
        "customer_name",
        "due_date",
        "energised_at",
        "follow_link",
        "hotline",
        "papers",
        "payment_code",
        "reason",
        "request_number",
        "service_name",
        "step_status",
        "unit_name",
        "visit_date",
        "visit_window",
    }
)

# What an action may demand before it is done; the requests room and its guests know how to look.
REQUIREMENTS: frozenset[str] = frozenset(
    {"PACK_SIGNED", "CHARGE_PAID", "DEBT_SETTLED", "LETTER_TIME_OVER", "PHOTOS_TAKEN"}
)


@dataclass(frozen=True)
class Text:
    """A text in Vietnamese and English."""

    vi: str
    en: str

    def get(self, lang: str | None = "vi") -> str:
        return self.en if lang and lang.startswith("en") else self.vi

    def __str__(self) -> str:
        return self.vi


class Category(StrEnum):
    """Under which heading the catalogue lists a service."""

    SUPPLY = "SUPPLY"
    CHANGE = "CHANGE"
    HELP = "HELP"
    FAULT = "FAULT"


class QuestionType(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    PERSON_NAME = "person_name"
    PHONE = "phone"
    EMAIL = "email"
    ID_NUMBER = "id_number"
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    MULTI = "multi"
    YES_NO = "yes_no"
    DATE = "date"
    MOMENT = "moment"  # local date and time; an input of staff
    PLACE = "place"
    ACCOUNT_CODE = "account_code"


class KnownAs(StrEnum):
    """What on record answers a question, so that it is not asked again of somebody whose account is proven."""

    BY_TYPE = "BY_TYPE"  # a name, phone, e-mail, identity number or account code is the holder's own
    NOTHING = "NOTHING"  # somebody else's, or something new
    PURPOSE = "PURPOSE"
    QUOTA = "QUOTA"
    CAPACITY = "CAPACITY"
    PHASES = "PHASES"


# What on record is a person's own.
OWN_TYPES = frozenset(
    {
        QuestionType.ACCOUNT_CODE,
        QuestionType.PERSON_NAME,
        QuestionType.PHONE,
        QuestionType.EMAIL,
        QuestionType.ID_NUMBER,
    }
)

# The parts of a place answer. `text` is the whole as typed; the others as far as they are known.
PLACE_PARTS: tuple[str, ...] = (
    "text",
    "province_code",
    "district",
    "commune",
    "hamlet",
    "detail",
    "pole_number",
    "neighbour_account_code",
    "lat",
    "lon",
)


@dataclass(frozen=True)
class Source:
    """A rule of law or of the company that the declaration rests on, with its time of validity."""

    title: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Option:
    value: str
    label: Text
    help: Text | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of the form that holds several questions; a question without a page has one of its own."""

    code: str
    title: Text
    help: Text | None = None


@dataclass(frozen=True)
class Question:
    """Something asked of the customer, or of staff as the input of an action."""

    name: str
    type: QuestionType
    label: Text
    help: Text | None = None
    required: bool = True
    options: tuple[Option, ...] = ()
    when: Condition = ALWAYS
    min: Decimal | None = None
    max: Decimal | None = None
    pattern: str = ""
    max_length: int | None = None
    personal: bool = False
    page: str = ""
    ask_in_chat: bool = True
    autocomplete: str = ""
    example: str = ""
    unit: str = ""  # shown behind a number: kW, kWh, đ
    short: Text | None = None  # the name of the question in a summary: "Số điện thoại"
    synonyms: tuple[str, ...] = ()  # other words for it, in "sửa ..."
    known: KnownAs = KnownAs.BY_TYPE

    @property
    def short_label(self) -> Text:
        return self.short or self.label

    @property
    def is_known_of_customers(self) -> bool:
        """Whether it need not be asked of a customer whose account is proven."""
        return self.known is not KnownAs.NOTHING and self.type in OWN_TYPES

    def option(self, value: object) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


class Need(StrEnum):
    MANDATORY = "MANDATORY"
    OPTIONAL = "OPTIONAL"
    INFORMATIVE = "INFORMATIVE"


class Give(StrEnum):
    """How a paper may reach us."""

    UPLOAD = "UPLOAD"
    LOOKUP = "LOOKUP"
    AT_VISIT = "AT_VISIT"


@dataclass(frozen=True)
class Paper:
    """A paper, or a look-up in its place. Plain copies do; a declaration that asks for more is refused."""

    code: str
    name: Text
    need: Need
    give: tuple[Give, ...]
    sensitive: bool = False
    when: Condition = ALWAYS
    help: Text | None = None
    accepts: tuple[str, ...] = ("image/jpeg", "image/png", "image/heic", "application/pdf")


@dataclass(frozen=True)
class Eligibility:
    """When the answer does not meet `ok_when`, the customer is told at once, and what to do instead."""

    question: str
    ok_when: Condition
    refusal: Text
    instead: Text
    instead_service: str = ""


class FeeRule(StrEnum):
    NONE = "NONE"
    FIXED = "FIXED"
    ITEMS = "ITEMS"


@dataclass(frozen=True)
class Factor:
    """What multiplies the price of a fee item when its condition holds."""

    times: Decimal
    when: Condition = ALWAYS


@dataclass(frozen=True)
class FeeItem:
    """A line of a fee. Its amount stands here, or is the dated price named by `tariff` times the factors that hold, or
    comes from the step input named in `Fee.amount_from`."""

    code: str
    label: Text
    amount_vnd: int | None = None
    when: Condition = ALWAYS
    tariff: str = ""
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True)
class Fee:
    """What the customer pays before `pay_before` begins; `kind` is the kind of charge: CM, TC, DD or NG."""

    kind: str
    rule: FeeRule
    text: Text
    items: tuple[FeeItem, ...] = ()
    vat_kind: str = "SERVICE"
    amount_from: str = ""
    pay_before: str = ""


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


@dataclass(frozen=True)
class Service:
    """One version of a service, valid from `valid_from` up to the day before `valid_to`."""

    code: str
    version: int
    valid_from: date
    valid_to: date | None
    name: Text
    summary: Text
    synonyms: tuple[str, ...]
    category: Category
    icon: str
    legal: tuple[Source, ...]
    questions: tuple[Question, ...]
    papers: tuple[Paper, ...]
    eligibility: tuple[Eligibility, ...]
    fee: Fee | None
    steps: tuple[Step, ...]
    promise: Promise
    notices: tuple[Notice, ...]
    pages: tuple[Page, ...] = ()
    is_internal: bool = False  # nobody asks for it: the company orders it of itself
    content_hash: str = field(default="", compare=False)
    source_file: str = field(default="", compare=False)

    @cached_property
    def _steps(self) -> Mapping[str, Step]:
        return {step.code: step for step in self.steps}

    @cached_property
    def _questions(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    @cached_property
    def _notices(self) -> Mapping[str, Notice]:
        return {notice.code: notice for notice in self.notices}

    @property
    def first_step(self) -> Step:
        return self.steps[0]

    def step(self, code: str) -> Step:
        """The step of that code; KeyError when there is none."""
        return self._steps[code]

    def question(self, name: str) -> Question:
        """The question of that name; KeyError when there is none."""
        return self._questions[name]

    def notice(self, code: str) -> Notice:
        return self._notices[code]

    def paper(self, code: str) -> Paper:
        for paper in self.papers:
            if paper.code == code:
                return paper
        raise KeyError(code)

    def inputs(self) -> Iterator[Question]:
        """Every input of every action."""
        for step in self.steps:
            for action in step.actions:
                yield from action.inputs

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
