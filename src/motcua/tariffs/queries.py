"""Reads: the rate and the fee of a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from motcua.kernel import money
from motcua.kernel.results import Refused, gettext_noop
from motcua.tariffs import book
from motcua.tariffs.models import (
    DatedRate,
    EnergyPrice,
    FeeFactor,
    FeeItem,
    PriceDecision,
    PriceProposal,
    PricesOnTrial,
    PriceTrial,
    ReactiveRate,
    Relief,
    ServiceLimit,
    ThreePriceRule,
    VoltageLevel,
)


class NoRate(Refused):
    """Nobody has said what the rate is on that day; nothing may be charged by a guess."""

    code = "NO_RATE"
    message = gettext_noop("Chưa có thuế suất hoặc tỷ lệ %(kind)s cho ngày %(on)s.")


class NoFee(Refused):
    """Nobody has said what the thing costs on that day."""

    code = "NO_FEE"
    message = gettext_noop("Chưa có đơn giá %(code)s cho ngày %(on)s.")


@dataclass(frozen=True)
class FeeView:
    """A fee item as it is on a day, before VAT."""

    code: str
    name: str
    name_en: str
    measure: str
    amount_vnd: int
    vat_kind: str
    is_configuration: bool
    valid_from: date
    source: str


@dataclass(frozen=True)
class LimitView:
    """How long a service may take on a day, and by which text."""

    service: str
    case: str
    within: str
    rule_set: str
    is_verified: bool
    valid_from: date
    source: str


@dataclass(frozen=True)
class Priced:
    """An amount with its tax, in whole dong."""

    amount_vnd: int
    vat_rate: Decimal
    vat_vnd: int
    total_vnd: int


def find_rate(kind: str, on: date) -> Decimal | None:
    """The rate of a kind on a day, or None."""
    return DatedRate.objects.filter(_holds(on), kind=kind).values_list("value", flat=True).first()


def vat_rate(kind: str, on: date) -> Decimal:
    """The VAT on a kind of supply (ELECTRICITY, SERVICE) on a day: 0.08. Refuses with NoRate."""
    rate = find_rate(f"VAT_{kind}", on)
    if rate is None:
        raise NoRate(kind=kind, on=on.isoformat())
    return rate


def fee_vnd(code: str, on: date) -> int:
    """What one of a fee item costs on a day, before VAT. Refuses with NoFee."""
    return get_fee(code, on).amount_vnd


def get_fee(code: str, on: date) -> FeeView:
    """A fee item as it is on a day. Refuses with NoFee."""
    row = FeeItem.objects.filter(_holds(on), code=code).first()
    if row is None:
        raise NoFee(code=code, on=on.isoformat())
    return _view(row)


def list_fees(on: date, prefix: str = "") -> list[FeeView]:
    """The price list of a day, by code; with a prefix only the codes that begin so."""
    return [
        _view(row) for row in FeeItem.objects.filter(_holds(on), code__startswith=prefix).order_by("code")
    ]


def list_limits(service: str, on: date) -> list[LimitView]:
    """How long a service may take on a day: the usual case first, then the cases that change it."""
    rows = ServiceLimit.objects.filter(_holds(on), service=service).order_by("case")
    names = LimitView.__dataclass_fields__
    return [LimitView(**{name: getattr(row, name) for name in names}) for row in rows]


def price(amount_vnd: int, vat_kind: str, on: date) -> Priced:
    """An amount with the VAT of the day, rounded half up to whole dong."""
    rate = vat_rate(vat_kind, on)
    vat_vnd = money.vat_vnd(amount_vnd, rate)
    return Priced(amount_vnd, rate, vat_vnd, amount_vnd + vat_vnd)


def price_book() -> book.PriceBook:
    """Everything that rating looks up, as it stands in the tables; nine reads."""
    return book.PriceBook(
        decisions=_rows(book.Decision, PriceDecision.objects.order_by("valid_from")),
        voltages=_rows(book.Voltage, VoltageLevel.objects.order_by("code")),
        prices=_rows(
            book.Price,
            EnergyPrice.objects.order_by("customer_group", "valid_from", "voltage", "part", "tier"),
        ),
        reliefs=_rows(book.ReliefRow, Relief.objects.order_by("valid_from", "customer_group", "from_kwh")),
        reactive=_rows(book.Reactive, ReactiveRate.objects.order_by("cosphi")),
        rates=_rows(book.Rate, DatedRate.objects.order_by("kind", "valid_from")),
        fees=_rows(book.FeePrice, FeeItem.objects.order_by("code", "valid_from")),
        factors=_rows(book.Factor, FeeFactor.objects.order_by("kind", "above")),
        trials=_rows(book.Trial, PricesOnTrial.objects.order_by("code", "valid_from")),
    )


def list_three_prices(on: date) -> tuple[book.ThreePrices, ...]:
    """Who must be billed by three prices on a day, by group."""
    return _rows(book.ThreePrices, ThreePriceRule.objects.filter(_holds(on)).order_by("customer_group"))


BookRow = TypeVar("BookRow", bound=book.Row)


def _rows(kind: type[BookRow], found: QuerySet[Any]) -> tuple[BookRow, ...]:
    """Rows of a table as rows of the book: the same names; codes that are words of the book become them."""
    names = [field.name for field in fields(kind)]
    words: dict[str, type[StrEnum]] = {"part": book.Part, "basis": book.Basis}
    make: Callable[..., BookRow] = kind
    return tuple(
        make(**{name: words[name](value) if name in words else value for name, value in row.items()})
        for row in found.values(*names)
    )


def _holds(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def _view(row: FeeItem) -> FeeView:
    return FeeView(
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        measure=row.measure,
        amount_vnd=row.amount_vnd,
        vat_kind=row.vat_kind,
        is_configuration=row.is_configuration,
        valid_from=row.valid_from,
        source=row.source,
    )


def list_proposals() -> list[PriceProposal]:
    """Decisions that were entered here, newest first."""
    return list(PriceProposal.objects.order_by("-entered_at", "-id"))


def find_proposal(proposal_id: UUID) -> PriceProposal | None:
    return PriceProposal.objects.filter(id=proposal_id).first()


def list_trials(proposal_id: UUID) -> list[PriceTrial]:
    """How far each company is with a proposal, its effects at hand (`effects.all()`)."""
    trials = PriceTrial.objects.filter(proposal_id=proposal_id).prefetch_related("effects")
    return list(trials.order_by("company_code"))
