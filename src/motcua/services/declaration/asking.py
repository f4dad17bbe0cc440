"""What is asked: questions, papers, and what is told at once to whom the service is not for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from motcua.kernel.expressions import ALWAYS, Condition
from motcua.services.declaration.texts import Text


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
