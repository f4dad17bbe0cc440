"""The messages of the portal interface."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from motcua.customers.models import Ground

DossierNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9.]{1,40}-[0-9]{6}([0-9]{2})?-[0-9]{4,7}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


class Message(Schema):
    model_config = ConfigDict(extra="forbid")


class RepresentativeIn(Message):
    """Who hands the dossier in for the applicant, and on what ground."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
    phone: Annotated[str, StringConstraints(max_length=20)] = Field(
        default="", description="A Vietnamese telephone number."
    )
    ground: Ground
    id_number: Annotated[str, StringConstraints(max_length=20)] = ""
    note: Annotated[str, StringConstraints(max_length=300)] = ""


class DossierIn(Message):
    """A citizen's dossier. Sent again with the same number and content, it is the same request."""

    dossier_number: DossierNumber = Field(description="The portal's own number, unique for ever.")
    procedure: Code = Field(description="The portal's code of the procedure, or ours of the service.")
    province_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")] = Field(
        description="Of the 63 provinces before 1 July 2025, of the 34 since; see /procedures for the day's scheme."
    )
    submitted_at: AwareDatetime = Field(description="When the citizen submitted it; at most 30 days ago.")
    form: dict[Annotated[str, StringConstraints(max_length=60)], Any] = Field(
        max_length=100, description="Values by the portal's form names; /procedures lists those that we know."
    )
    representative: RepresentativeIn | None = Field(
        default=None,
        description="Only where somebody hands it in for the applicant; the portal's form names may say it as well.",
    )


class Receipt(Schema):
    dossier_number: str
    request_number: str
    service: str
    status: int = Field(ge=1, le=10)
    status_name: str
    seq: int = Field(description="Grows with everything that happens. What has a smaller one is older news.")
    received_at: datetime
    due_at: datetime | None
    follow_link: str


class Submitted(Receipt):
    was_received_before: bool
    ignored_fields: list[str] = Field(description="Form names that mean nothing to this service.")


class Moment(Schema):
    seq: int
    status: int
    status_name: str
    step: str
    step_name: str
    at: datetime


class AskedPaper(Schema):
    paper: str
    name: str
    reason: str


class Fee(Schema):
    fee_id: str
    kind: str
    name: str
    state: str = Field(description="OPEN, PAID or CANCELLED.")
    net_vnd: int
    vat_rate: str
    vat_vnd: int
    total_vnd: int
    paid_vnd: int
    remaining_vnd: int
    payment_code: str = Field(description="To write in the transfer; empty when nothing is to be paid.")
    qr_text: str = Field(description="VietQR, to be drawn as a QR code.")
    bank_bin: str
    bank_account: str
    account_name: str
    due_at: datetime | None
    paid_at: datetime | None


class Result(Schema):
    document_id: str
    kind: str
    mime: str
    size: int
    sha256: str
    made_at: datetime


class Dossier(Receipt):
    step: str
    step_name: str
    is_closed: bool
    closed_at: datetime | None
    on_time: bool | None
    papers_asked: list[AskedPaper]
    history: list[Moment]
    fees: list[Fee]
    results: list[Result]


class FileOut(Schema):
    file_id: str
    paper: str
    sha256: str = Field(description="Of the bytes that came.")
    received_at: datetime


class SupplementIn(Message):
    """What the citizen sent after being asked: the files went before it, one by one."""

    supplement_id: Id
    file_ids: list[Id] = Field(default_factory=list, max_length=50)
    remark: Annotated[str, StringConstraints(max_length=2000)] = ""


class WithdrawalIn(Message):
    reason: Annotated[str, StringConstraints(max_length=1000)] = ""


class FormField(Schema):
    name: str
    question: str
    part: str = Field(description="Of a place: commune, district ...; else empty.")
    type: str
    label: str
    values: list[str]
    required: bool


class FormPaper(Schema):
    paper: str
    code: str
    name: str
    need: str


class Procedure(Schema):
    procedure: str
    service: str
    name: str
    fields: list[FormField]
    papers: list[FormPaper]


class RepresentativeField(Schema):
    name: str
    part: str = Field(description="name, phone, ground, id_number or note.")
    values: list[str]


class Procedures(Schema):
    number_example: str
    provinces: str = Field(description="OLD_63 or NEW_34.")
    representative: list[RepresentativeField] = Field(
        description="The portal's form names of whoever hands a dossier in for the applicant."
    )
    procedures: list[Procedure]


class Problem(Schema):
    code: str
    message: str
    fields: dict[str, list[str]] = {}
