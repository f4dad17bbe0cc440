"""The messages of the bank interface."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, StrictInt, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Text = Annotated[str, StringConstraints(max_length=500)]


class Message(Schema):
    model_config = ConfigDict(extra="forbid")


class NotificationIn(Message):
    """Money came, or was taken back (`kind` reversal, with the transaction it takes back)."""

    txn_id: Id = Field(description="The bank's own id of the transaction; unique for ever.")
    kind: Literal["receipt", "reversal"] = "receipt"
    original_txn_id: Id | None = None
    amount_vnd: StrictInt = Field(description="Whole dong, above zero.")
    currency: Literal["VND"] = "VND"
    text: Text = Field("", description="The transfer's text as the payer's bank carried it.")
    account: Annotated[str, StringConstraints(max_length=19)] = Field(
        "", description="The account that was paid; refused when it is not the company's."
    )
    paid_at: AwareDatetime


class NotificationOut(Schema):
    code: Literal["00"]
    state: Literal["accepted", "duplicate"]
    request_id: str
    txn_id: str
    receipt_no: str


class InquiryIn(Message):
    """One of the two codes; `kinds` narrows a customer's bills to some fee kinds."""

    payment_code: Annotated[str, StringConstraints(max_length=40)] = ""
    customer_code: Annotated[str, StringConstraints(max_length=20)] = ""
    kinds: list[Literal["CM", "TC", "DD", "NG", "TD"]] = Field(default_factory=list, max_length=5)


class Bill(Schema):
    bill_id: str
    payment_code: str
    kind: str
    period: str
    amount_vnd: int
    due_date: str | None
    version: str


class InquiryOut(Schema):
    code: Literal["00", "02"]
    customer_name: str = Field(description="Masked: the first letter of each word.")
    address: str = Field(description="Masked: the last part only.")
    bills: list[Bill]


class PayStatusIn(Message):
    txn_id: Id


class PayStatusOut(Schema):
    code: Literal["00"]
    txn_id: str
    state: Literal["unknown", "pending", "paid", "reversed"]
    receipt_no: str
    ledger_txn_id: str


class Problem(Schema):
    code: str
    message: str
    fields: list[str] = []
