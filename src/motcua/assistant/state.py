"""Where a conversation stands, what the assistant may know, and what it wants done. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from motcua.assistant.knowledge.library import Library
from motcua.kernel.results import Problem
from motcua.messaging.rules import Button
from motcua.services.declaration import Service, Text
from motcua.services.known import NOTHING, Known
from motcua.tariffs import retail

NO_LIBRARY = Library()


class Mode(StrEnum):
    IDLE = "IDLE"  # nothing open
    CHOOSE = "CHOOSE"  # services were offered
    ASKING = "ASKING"  # a question of the open form was asked
    REVIEW = "REVIEW"  # the summary was shown
    REFUSED = "REFUSED"  # an answer made the service impossible
    CONFIRM_CHANGE = "CONFIRM_CHANGE"
    CONFIRM_CANCEL = "CONFIRM_CANCEL"
    CONFIRM_RESTART = "CONFIRM_RESTART"
    CONFIRM_SWITCH = "CONFIRM_SWITCH"
    CONFIRM_RESUME = "CONFIRM_RESUME"
    WHICH_PAPER = "WHICH_PAPER"
    WHERE = "WHERE"  # where the power is out was asked
    NEAR = "NEAR"  # near which place a counter is wanted was asked
    WHO = "WHO"  # an account code or phone was asked, to send a code to the phone on the contract
    CODE = "CODE"  # a code was sent and is waited for
    ACCOUNT = "ACCOUNT"  # which of several accounts was asked


@dataclass
class State:
    """The assistant's memory of a conversation. The open form's answers are in its draft."""

    mode: str = Mode.IDLE.value
    service: str = ""
    asked: str = ""
    skipped: list[str] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)  # services whose drafts wait below the open one
    offered: list[str] = field(default_factory=list)  # button values, for those who reply with a number
    change: dict[str, Any] = field(default_factory=dict)
    other_service: str = ""
    photos: list[dict[str, str]] = field(default_factory=list)  # document_id, paper, file_name
    misses: int = 0
    is_danger_told: bool = False
    is_greeted: bool = False
    last_number: str = ""
    last_at: str = ""
    outage_wish: str = ""  # what was wanted when it was asked where the power is out, and in which words
    outage_text: str = ""
    own_wish: str = ""  # what is wanted of one's own: told once it is proven who asks
    own_account: str = ""
    proof_id: str = ""  # of the code sent last; empty when none could be sent, which nobody is told
    proof_said: str = ""  # the account code or phone it was asked with
    proof_at: str = ""
    proof_tries: int = 0
    proof_is_shared: bool = (
        False  # the phone is proven and several customers have it: which is asked by account code
    )
    unsure: str = ""  # a message not understood, without its values: what it meant may come out
    begun_by: str = ""  # the message a form was begun with, until something is answered in it
    wishes: list[str] = field(default_factory=list)  # what was wanted last: codes of services and intents

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> State:
        known = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
        return cls(**known)


def join(kept: State, ended: State) -> State:
    """One memory out of two conversations of one customer: what is open here goes on, what was open there waits below it."""
    if kept.mode == Mode.IDLE and not kept.service:
        return replace(
            ended,
            last_number=kept.last_number or ended.last_number,
            is_greeted=kept.is_greeted or ended.is_greeted,
        )
    below = [code for code in (*ended.suspended, ended.service) if code and code != kept.service]
    suspended = list(dict.fromkeys([*below, *kept.suspended]))
    return replace(kept, suspended=suspended, last_number=kept.last_number or ended.last_number)


@dataclass(frozen=True)
class Draft:
    """An open draft: the version of the service it was begun under, and what was answered, right or wrong."""

    service: Service
    answers: Mapping[str, Any]
    resume_code: str = ""


@dataclass(frozen=True)
class World:
    """All the assistant may know besides the conversation."""

    services: Sequence[Service]
    drafts: Mapping[str, Draft]  # by service code
    now: datetime
    language: str = "vi"
    brand: str = ""
    hotline: str = ""
    waiting: str = ""
    follow_address: str = ""
    known_phone: str = ""
    known: Known = NOTHING  # what is on record of the customer, when the conversation is proven to be theirs
    library: Library = NO_LIBRARY
    takes_files: bool = (
        True  # papers may be sent right here; identity papers go to our own pages alone from elsewhere
    )
    is_proven: bool = False  # it is proven whose conversation this is
    has_outages: bool = False  # somewhere the power is out, came back hours ago, or will be cut within days

    def service(self, code: str) -> Service | None:
        return next((service for service in self.services if service.code == code), None)


@dataclass(frozen=True)
class Said:
    """What the customer sent: words, a button, or a file."""

    text: str = ""
    button: str = ""
    document_id: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class StartDraft:
    service: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Save:
    """Values of the open draft as typed; None takes one away."""

    service: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Discard:
    service: str


@dataclass(frozen=True)
class Submit:
    service: str


@dataclass(frozen=True)
class HandOver:
    """A person is to answer. `summary`: what they should know, in Vietnamese, for staff alone."""

    is_urgent: bool = False
    summary: str = ""


@dataclass(frozen=True)
class CallStaff:
    """There is danger: a person is to look at once, while the assistant goes on. `topic`: the service it is about."""

    topic: str = ""


@dataclass(frozen=True)
class LookForOutage:
    """An account code, or an address in words."""

    where: str


@dataclass(frozen=True)
class LookForCounter:
    """Where to go in person, near what these words name. `was_asked`: they answer where the customer is."""

    where: str
    was_asked: bool = False


@dataclass(frozen=True)
class LookAtPrices:
    """What electricity costs today: at home (and so many kilowatt-hours in a month), or in one of `retail.GROUPS`."""

    kwh: int = 0
    group: str = ""


@dataclass(frozen=True)
class AskProof:
    """Send a code to the phone on the contract that this account code or phone names; nobody is told whether there is one."""

    said: str


@dataclass(frozen=True)
class EnterCode:
    code: str


@dataclass(frozen=True)
class ChooseWho:
    """Which of those who share a proven phone: the holder of this account."""

    account: str


@dataclass(frozen=True)
class LookAtOwn:
    """Something that is only for the proven customer to see."""

    wish: str
    account: str = ""


@dataclass(frozen=True)
class LookAtRequests:
    """Where requests stand: this one, or those of this conversation and its proven customer."""

    number: str = ""


@dataclass(frozen=True)
class Resume:
    """Take up the draft that this code was given for, at whichever door."""

    code: str


class Why(StrEnum):
    """Why a message is worth looking at."""

    MISSED = "MISSED"  # nothing was understood
    OFFERED = "OFFERED"  # several meanings were offered
    CORRECTED = "CORRECTED"  # what was done was not what was wanted


@dataclass(frozen=True)
class Learn:
    """A message that staff may teach from, folded and without its values; `picked`: what it turned out to mean."""

    text: str
    why: Why
    guess: str = ""
    picked: str = ""


Act = (
    StartDraft
    | Save
    | Discard
    | Submit
    | HandOver
    | CallStaff
    | LookForOutage
    | LookForCounter
    | LookAtPrices
    | AskProof
    | EnterCode
    | ChooseWho
    | LookAtOwn
    | LookAtRequests
    | Resume
    | Learn
)


@dataclass(frozen=True)
class Reply:
    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a turn leads to: the new state, the words, and what must be done, in this order."""

    state: State
    replies: tuple[Reply, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Sent:
    """A request was made of the open draft."""

    number: str
    due: str = ""
    code_word: str = ""
    link: str = ""
    was_sent_before: bool = False


@dataclass(frozen=True)
class OutageSeen:
    """An outage as a customer may hear it."""

    place: str
    cause: Text
    begun: datetime | None
    until: datetime | None  # when the power is expected back, or came back


@dataclass(frozen=True)
class OutagesSeen:
    """What is known at a place: out now, over since hours, planned."""

    now: tuple[OutageSeen, ...] = ()
    restored: tuple[OutageSeen, ...] = ()
    ahead: tuple[OutageSeen, ...] = ()


@dataclass(frozen=True)
class CounterSeen:
    """A counter to go to."""

    code: str
    name: str
    address: str
    phone: str = ""


@dataclass(frozen=True)
class CountersSeen:
    """The counters of a place (none: the words name no place that is known here), and when they are open."""

    counters: tuple[CounterSeen, ...] = ()
    place: str = ""  # what was understood, as it is called today
    hours: str = ""
    now: str = ""  # open until, or opens at


@dataclass(frozen=True)
class ProofAsked:
    """A code is on its way, or is said to be: `id` is empty when no phone is on record. `problem`: not even that."""

    id: str = ""
    said: str = ""
    problem: Problem | None = None


class ProofEnd(StrEnum):
    PROVEN = "PROVEN"
    SHARED = "SHARED"  # the phone is proven, several customers have it
    WRONG = "WRONG"
    EXPIRED = "EXPIRED"
    USED_UP = "USED_UP"
    TAKEN = "TAKEN"  # this address belongs to another customer


@dataclass(frozen=True)
class ProofSeen:
    end: ProofEnd
    left: int = 0


@dataclass(frozen=True)
class Line:
    """One thing owed or paid."""

    what: str
    amount_vnd: int
    at: datetime | None = None  # to be paid by; of a payment, when it came
    code: str = ""


@dataclass(frozen=True)
class BillSeen:
    """The newest bill of an account. `total_vnd` is None for who may not see amounts; `why`: how it differs from before."""

    id: str
    month: str
    kwh: str
    total_vnd: int | None = None
    standing: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccountSeen:
    """An account a proven customer may see. `may_see_money`: not who only uses the electricity."""

    code: str
    place: str = ""
    may_see_money: bool = True
    owed: tuple[Line, ...] = ()
    paid: tuple[Line, ...] = ()
    told_vnd: int | None = None  # what another system last told
    told_on: date | None = None
    bill: BillSeen | None = None

    @property
    def total_vnd(self) -> int:
        return sum(line.amount_vnd for line in self.owed)


@dataclass(frozen=True)
class OwnSeen:
    """What a proven customer has here. `beside`: what they owe under no account code. `is_theirs`: the account they named."""

    accounts: tuple[AccountSeen, ...] = ()
    beside: AccountSeen = AccountSeen("")
    is_theirs: bool = True


@dataclass(frozen=True)
class RequestSeen:
    number: str
    service: Text
    step: Text
    due: str = ""
    is_closed: bool = False


@dataclass(frozen=True)
class RequestsSeen:
    """Requests that may be told of here. `number`: the one asked for, which is not among them when it may not be told."""

    requests: tuple[RequestSeen, ...] = ()
    number: str = ""


@dataclass(frozen=True)
class TierSeen:
    """Kilowatt-hours of a month from first to last (None: all above), and what one costs before VAT."""

    first: int
    last: int | None
    price_vnd: int


@dataclass(frozen=True)
class PricesSeen:
    """Today's prices at home, or those of a group; neither when no decision holds. `vat_percent` is empty when no rate is known.

    `total_vnd`: what the `kwh` asked about come to for one household in a month, with VAT.
    """

    tiers: tuple[TierSeen, ...] = ()
    vat_percent: str = ""
    source: str = ""
    group: str = ""
    lines: tuple[retail.Line, ...] = ()
    kwh: int = 0
    total_vnd: int = 0
