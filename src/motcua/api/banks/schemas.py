"""The messages of the bank interface."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, StrictInt, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Text = Annotated[str, StringConstraints(max_length=500)]
Dong = Annotated[StrictInt, Field(description="Whole dong, above zero; a JSON number without fraction.")]
Company = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{0,12}$")]
Kind = Literal["CM", "TC", "DD", "NG", "TD", "DC", "LS"]
# What can be reckoned with: days around it exist, in every zone.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Instant = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2199, 12, 31, tzinfo=UTC))
]
Channel = Literal["", "MOBILE", "WEB", "ATM", "COUNTER", "STANDING", "OTHER"]

COMPANY = "At the group's host: which company, where its records cannot tell; at a company's host not needed."
_CHARGE = "01a1e215-7c5e-7bd4-9f4e-5a5f2f6f8d11"


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": fields})


class Message(Schema):
    model_config = ConfigDict(extra="forbid")


class NotificationIn(Message):
    """Money came, or was taken back (`kind` reversal, with the transaction it takes back)."""

    model_config = _example(
        txn_id="FT26327000001", amount_vnd=105840, text="MBVCB.123.CM000000017B.CT tu 0011", account="9100100417",
        paid_at="2026-11-23T09:00:00+07:00",
    )  # fmt: skip

    txn_id: Id = Field(description="The bank's own id of the transaction; unique for ever.")
    kind: Literal["receipt", "reversal"] = "receipt"
    original_txn_id: Id | None = None
    amount_vnd: StrictInt = Field(description="Whole dong, above zero.")
    currency: Literal["VND"] = "VND"
    text: Text = Field("", description="The transfer's text as the payer's bank carried it.")
    account: Annotated[str, StringConstraints(max_length=19)] = Field(
        "", description="The account that was paid; refused when it is not the company's."
    )
    paid_at: Instant
    company: Company = Field("", description=COMPANY)


class NotificationOut(Schema):
    code: Literal["00"]
    state: Literal["accepted", "duplicate"]
    request_id: str
    txn_id: str
    receipt_no: str


class InquiryIn(Message):
    """One of three: an account code, a charge, a payment code. `kinds` narrows an account's bills to some fee kinds."""

    model_config = _example(customer_code="PD13000123456", kinds=["TD"])

    payment_code: Annotated[str, StringConstraints(max_length=40)] = ""
    customer_code: Annotated[str, StringConstraints(max_length=20)] = ""
    charge_id: UUID | None = Field(None, description="`bill_id` of an earlier answer.")
    kinds: list[Kind] = Field(default_factory=list, max_length=7)
    company: Company = Field("", description=COMPANY)


class Bill(Schema):
    bill_id: str
    payment_code: str
    customer_code: str
    kind: str
    description: str
    period: str
    amount_vnd: int = Field(description="What is still owed.")
    payable_vnd: int = Field(description="What nobody else is paying at this moment.")
    due_date: str | None
    position: int = Field(description="1 is to be paid first.")
    part_payment: bool
    version: str = Field(description="Changes with what is owed; send it back with the payment.")


class PolicyOut(Schema):
    order: Literal["OLDEST_DUE", "OLDEST_RAISED"]
    part_payment: bool
    must_follow_order: bool
    hold_seconds: int


class InquiryOut(Schema):
    code: Literal["00", "02"]
    company: str
    customer_name: str = Field(description="Masked: the first letter of each word.")
    address: str = Field(description="Masked: the last part only.")
    policy: PolicyOut
    bills: list[Bill]


class PayIn(Message):
    """This much for this charge. One charge a call; several charges are several transactions."""

    model_config = _example(
        txn_id="FT26327000002", charge_id=_CHARGE, amount_vnd=798660, version="3f1c0a9b7d2e",
        paid_at="2026-11-23T09:00:00+07:00", channel="MOBILE",
    )  # fmt: skip

    txn_id: Id = Field(description="The bank's own id of the transaction; unique for ever.")
    charge_id: UUID = Field(description="`bill_id` of the look-up.")
    amount_vnd: Dong
    version: Annotated[str, StringConstraints(max_length=24)] = Field(
        "", description="As looked up; with it a bill that has changed since is refused (03)."
    )
    paid_at: Instant
    channel: Channel = Field("", description="How the payer came to the bank.")
    company: Company = Field("", description=COMPANY)


class HoldIn(Message):
    """Keep this much of this charge for the bank while its customer pays."""

    model_config = _example(txn_id="FT26327000003", charge_id=_CHARGE, amount_vnd=798660, seconds=120)

    txn_id: Id = Field(description="The id under which it will be confirmed.")
    charge_id: UUID
    amount_vnd: Dong
    version: Annotated[str, StringConstraints(max_length=24)] = ""
    channel: Channel = ""
    seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] | None = Field(
        None, description="Shorter than the company's own time, which the look-up tells."
    )
    company: Company = Field("", description=COMPANY)


class ConfirmIn(Message):
    """The customer has paid what was held."""

    model_config = _example(txn_id="FT26327000003", paid_at="2026-11-23T09:01:00+07:00", amount_vnd=798660)

    txn_id: Id
    paid_at: Instant
    amount_vnd: StrictInt | None = Field(None, description="When given it must be what was held.")
    company: Company = Field("", description=COMPANY)


class ReleaseIn(Message):
    """The customer has not paid."""

    model_config = _example(txn_id="FT26327000003")

    txn_id: Id
    company: Company = Field("", description=COMPANY)


class ReverseIn(Message):
    """Take a payment back, whole, on the day it was made."""

    model_config = _example(
        txn_id="FT26327000009",
        original_txn_id="FT26327000002",
        amount_vnd=798660,
        reason="customer cancelled",
    )

    txn_id: Id = Field(description="The reversal's own id.")
    original_txn_id: Id
    amount_vnd: Dong
    reason: Annotated[str, StringConstraints(max_length=200)] = ""
    company: Company = Field("", description=COMPANY)


class TakenOut(Schema):
    """How the transaction stands. `remaining_vnd`: what the charge still owes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "00", "state": "paid", "is_duplicate": False, "was_late": False, "company": "HANOI",
                "request_id": "r-2026-000017", "txn_id": "FT26327000002", "charge_id": _CHARGE,
                "payment_code": "TD0000001235", "amount_vnd": 798660, "remaining_vnd": 0,
                "receipt_no": "01a1e215-8d10-7a42-b6a5-0f4a0c7f1c20", "ledger_txn_id": "01a1e215-8d11-7c33-8f20-77b8a1f1a9f3",
                "business_date": "2026-11-23", "until": None,
            }
        }
    )  # fmt: skip

    code: Literal["00"]
    state: Literal["held", "expired", "released", "pending", "paid", "reversed", "waiting"]
    is_duplicate: bool = Field(
        description="The same transaction under another request id: nothing was done again."
    )
    was_late: bool = Field(description="Confirmed after the hold was over.")
    company: str
    request_id: str
    txn_id: str
    charge_id: str
    payment_code: str
    amount_vnd: int
    remaining_vnd: int
    receipt_no: str
    ledger_txn_id: str
    business_date: date
    until: datetime | None


class PayStatusIn(Message):
    model_config = _example(txn_id="FT26327000002")

    txn_id: Id
    company: Company = Field("", description=COMPANY)


class PayStatusOut(Schema):
    code: Literal["00"]
    txn_id: str
    state: Literal["unknown", "held", "expired", "released", "pending", "waiting", "paid", "reversed"]
    receipt_no: str
    ledger_txn_id: str
    charge_id: str
    amount_vnd: int
    until: datetime | None


class DayFileIn(Message):
    model_config = _example(date="2026-11-22")

    date: Day
    company: Company = Field("", description=COMPANY)


class ReconcileLine(Message):
    txn_id: Id
    kind: Literal["receipt", "reversal"] = "receipt"
    amount_vnd: Dong


class Totals(Message):
    count: Annotated[StrictInt, Field(ge=0)]
    amount_vnd: Annotated[StrictInt, Field(ge=0, description="The sum of all lines, reversals included.")]


class ReconcileIn(Message):
    """A page of what the bank counts of its day; `totals` comes with the last page."""

    model_config = _example(
        date="2026-11-22", anew=True, lines=[{"txn_id": "FT26327000002", "kind": "receipt", "amount_vnd": 798660}],
        totals={"count": 1, "amount_vnd": 798660},
    )  # fmt: skip

    date: Day
    anew: bool = Field(False, description="Forget what was told of this day before; with the first page.")
    lines: list[ReconcileLine] = Field(max_length=1000)
    totals: Totals | None = None
    company: Company = Field("", description=COMPANY)


class DifferenceOut(Schema):
    txn_id: str
    what: Literal["missing_here", "missing_there", "amount_differs", "kind_differs"]
    here_vnd: int | None
    there_vnd: int | None


class ReconcileOut(Schema):
    code: Literal["00"]
    state: Literal["open", "equal", "differs"]
    is_final: bool = Field(description="The bank's day is over; before that lines may still come.")
    told: int
    matched: int
    differing: int
    differences: list[DifferenceOut] = Field(description="The first thousand.")


class Problem(Schema):
    model_config = ConfigDict(
        json_schema_extra={"example": {"code": "03", "message": "what is owed has changed: look it up again", "fields": ["version"]}}
    )  # fmt: skip

    code: str
    message: str
    fields: list[str] = Field(default_factory=list)
    amount_vnd: int | None = Field(None, description="With 05: what can be taken.")
    companies: list[str] = Field(default_factory=list, description="With 09.")
    until: datetime | None = Field(None, description="With 10: when the other one's time is over.")
    bill_id: str | None = Field(None, description="With 11: what comes first.")
