"""What goes in and out of the public API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema


class ServiceOut(Schema):
    """A service as offered today."""

    code: str
    version: int
    name: str
    name_en: str
    summary: str
    promise: str
    valid_from: date
    questions: int


class RequestIn(Schema):
    """Answers by question, as the service's JSON Schema says."""

    service: str = Field(max_length=20)
    answers: dict[str, Any]


class RequestOut(Schema):
    """The receipt. Sent again under the same key, `code_word` is empty: it is told once."""

    id: UUID
    number: str
    step: str
    due_at: datetime | None
    code_word: str
    follow_link: str
    was_sent_before: bool


class QuoteIn(Schema):
    """A case to price; docs/reference/quote.md says what goes with what."""

    group: str = Field(description="HOME, HOME_PREPAID, BUSINESS, PRODUCTION, HOSPITAL_SCHOOL, ADMIN_LIGHTING, WHOLESALE_...")  # fmt: skip
    voltage: str | None = Field(None, description="LT_6KV, KV6_22, KV22_110, GE_110KV, GE_6KV, GE_22KV")
    first_day: date | None = Field(None, alias="from", description="day of the previous reading")
    to: date | None = Field(None, description="day of this reading")
    kwh: int | None = None
    registers: dict[str, int] | None = Field(
        None, description="normal, off_peak, peak: all three, instead of kwh"
    )
    quotas: float | None = Field(None, description="households that share the tiers; 1 when nothing is said")
    tenants: int | None = Field(None, description="tenants declared; 0 when nobody was")
    cosphi: float | None = None
    kw: float | None = Field(
        None, description="the highest demand measured, of groups with a price of capacity (..._TWO_PART)"
    )
    area: str | None = None
    billing_month: str | None = Field(None, pattern=r"^\d{4}-\d{2}$")
    norm_rounding: str | None = Field(None, description="CIRCULAR or NONE")
    fee: str | None = Field(None, description="STOP_RECONNECT, instead of kilowatt-hours")
    km: float | None = None
    mountain: bool | None = None


class QuoteLine(Schema):
    """Kilowatt-hours, or kilowatts, at one price, and the decision it stands in."""

    kwh: float
    kw: float | None = Field(None, description="of the line of capacity alone")
    price_vnd: int
    amount_vnd: int
    rule: str
    source: str


class QuoteOut(Schema):
    """What it costs, in whole dong."""

    lines: list[QuoteLine]
    active_vnd: int
    capacity_vnd: int | None = Field(None, description="of two-part prices alone")
    reactive_vnd: int
    subtotal_vnd: int
    vat_rate: float
    vat_vnd: int
    total_vnd: int


class Problem(Schema):
    """What is wrong: a stable code, a sentence, and problems by field."""

    code: str
    message: str
    fields: dict[str, list[str]] = {}
