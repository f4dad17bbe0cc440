"""Writes: loading the reference data, setting a rate or a fee from a day on. Run in `public`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused, gettext_noop
from motcua.tariffs import loading, queries
from motcua.tariffs.models import DatedRate, EnergyPrice, FeeItem, PriceDecision
from motcua.tariffs.new_prices import BadStructure, NewPrice, check_structure, check_trial

__all__ = ["BadStructure", "NewPrice"]


class InThePast(Refused):
    """What held on past days has been charged by; it is not rewritten."""

    code = "IN_THE_PAST"
    message = gettext_noop("Không sửa giá trị của những ngày đã qua. Ngày áp dụng sớm nhất là %(today)s.")


class EmptyPeriod(Refused):
    """An end that is not after the start."""

    code = "EMPTY_PERIOD"
    message = gettext_noop("Ngày hết hiệu lực phải sau ngày áp dụng.")


class BadAmount(Refused):
    """Less than nothing."""

    code = "BAD_AMOUNT"
    message = gettext_noop("Giá trị không được âm.")


class SourceMissing(Refused):
    """A rate or fee without a text it rests on."""

    code = "SOURCE_MISSING"
    message = gettext_noop("Vui lòng ghi văn bản hoặc căn cứ của giá trị này.")


class SameEyes(Refused):
    """A price decision entered and approved by one person."""

    code = "SAME_EYES"
    message = gettext_noop("Người duyệt phải khác người nhập.")


@dataclass(frozen=True)
class Loaded:
    """How many rows the files brought: new, brought up to date, and left as people or the files had them."""

    added: int
    updated: int
    kept: int


def load_reference_data(at: datetime) -> Loaded:
    """Bring the tables to what the data files say; as often as you like, and several starts at once.

    A row that a person changed, and days that a person has filled, are left alone. Lock: one advisory lock.
    """
    with transaction.atomic():
        _lock()
        counts = loading.load_all(at)
    return Loaded(counts["added"], counts["updated"], counts["kept"])


def set_rate(
    *,
    kind: str,
    value: Decimal,
    valid_from: date,
    valid_to: date | None = None,
    source: str,
    actor: Actor,
    at: datetime,
) -> Decimal:
    """Let a rate hold from a day on, to before another when given; what was said for these days gives way.

    Refuses InThePast, EmptyPeriod, BadAmount, SourceMissing. Lock: one advisory lock.
    """
    check_row(value, source, valid_from, valid_to, at)
    with transaction.atomic():
        _lock()
        rows = DatedRate.objects.filter(kind=kind)
        marks = {"changed_by": actor.ref, "changed_at": at}
        _make_room(rows, valid_from, valid_to, marks)
        rows.create(kind=kind, value=value, valid_from=valid_from, valid_to=valid_to, source=source, **marks)
    return value


def set_fee(
    *,
    code: str,
    amount_vnd: int,
    valid_from: date,
    valid_to: date | None = None,
    source: str,
    actor: Actor,
    at: datetime,
    name: str = "",
    name_en: str = "",
    measure: str = "",
    vat_kind: str = "SERVICE",
) -> queries.FeeView:
    """Let a fee hold from a day on, to before another when given; what was said for these days gives way.

    A known item keeps its VAT, and its name and measure when none are given. Refuses InThePast, EmptyPeriod,
    BadAmount, SourceMissing. Lock: one advisory lock.
    """
    check_row(amount_vnd, source, valid_from, valid_to, at)
    with transaction.atomic():
        _lock()
        rows = FeeItem.objects.filter(code=code)
        known = rows.order_by("-valid_from").first()
        marks = {"changed_by": actor.ref, "changed_at": at}
        _make_room(rows, valid_from, valid_to, marks)
        rows.create(
            code=code,
            name=name or (known.name if known else code),
            name_en=name_en or (known.name_en if known else code),
            measure=measure or (known.measure if known else ""),
            vat_kind=known.vat_kind if known else vat_kind,
            is_configuration=known.is_configuration if known else True,
            amount_vnd=amount_vnd,
            valid_from=valid_from,
            valid_to=valid_to,
            source=source,
            **marks,
        )
    return queries.get_fee(code, valid_from)


def set_decision(
    *,
    number: str,
    issued_on: date,
    average_vnd: Decimal,
    prices: Sequence[NewPrice],
    valid_from: date,
    source: str,
    confidence: str,
    actor: Actor,
    approved_by: Actor,
    at: datetime,
) -> int:
    """Let a price decision hold from a day on; how many prices it has. Four eyes: `approved_by` is somebody else.

    All older prices of the groups it names end on that day, however many tiers they had; other groups go on. Refuses
    SameEyes, BadStructure, InThePast, BadAmount, SourceMissing. Lock: one advisory lock.
    """
    period = _checked(prices, valid_from, source, confidence, actor, approved_by, at)
    check_structure(prices)
    with transaction.atomic():
        _lock()
        _make_room(PriceDecision.objects.all(), valid_from, None, _marks(period))
        PriceDecision.objects.create(number=number, issued_on=issued_on, average_vnd=average_vnd, **period)
        return _put_prices(number, prices, period)


def set_trial_prices(
    *,
    number: str,
    prices: Sequence[NewPrice],
    valid_from: date,
    source: str,
    confidence: str,
    actor: Actor,
    approved_by: Actor,
    at: datetime,
) -> int:
    """Let prices be tried from a day on beside those of the decision that holds, which goes on; how many. Four eyes.

    Refuses SameEyes, BadStructure, InThePast, BadAmount, SourceMissing. Lock: one advisory lock.
    """
    period = _checked(prices, valid_from, source, confidence, actor, approved_by, at)
    check_trial(prices)
    with transaction.atomic():
        _lock()
        return _put_prices(number, prices, period)


def _checked(
    prices: Sequence[NewPrice], valid_from: date, source: str, confidence: str, actor: Actor, approved_by: Actor, at: datetime
) -> dict[str, Any]:  # fmt: skip
    """What every row of a decision says of itself."""
    if actor.ref == approved_by.ref:
        raise SameEyes(field="approved_by")
    for price in prices:
        check_row(price.price_vnd - 1, source, valid_from, None, at)
    return {
        "valid_from": valid_from,
        "valid_to": None,
        "source": source,
        "confidence": confidence,
        "changed_by": f"{actor.ref}, {approved_by.ref}"[:80],
        "changed_at": at,
    }


def _put_prices(number: str, prices: Sequence[NewPrice], period: dict[str, Any]) -> int:
    """Instead of all older prices of the groups that these name."""
    groups = {price.customer_group for price in prices}
    rows = EnergyPrice.objects.filter(customer_group__in=groups)
    _make_room(rows, period["valid_from"], None, _marks(period))
    made = (EnergyPrice(decision=number, **asdict(price), **period) for price in prices)
    return len(EnergyPrice.objects.bulk_create(made))


def _marks(period: dict[str, Any]) -> dict[str, Any]:
    return {"changed_by": period["changed_by"], "changed_at": period["changed_at"]}


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('motcua tariffs'))")


def _overlaps(valid_from: date, valid_to: date | None) -> Q:
    overlaps = Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)
    return overlaps if valid_to is None else overlaps & Q(valid_from__lt=valid_to)


def _make_room(rows: QuerySet[Any], valid_from: date, valid_to: date | None, marks: dict[str, Any]) -> None:
    """Shorten, split or remove the rows that hold on the days of a period."""
    for row in rows.filter(_overlaps(valid_from, valid_to)).order_by("valid_from"):
        goes_on = valid_to is not None and (row.valid_to is None or row.valid_to > valid_to)
        begins_before, ends = row.valid_from < valid_from, row.valid_to
        row.is_reference = False
        row.changed_by, row.changed_at = marks["changed_by"], marks["changed_at"]
        if begins_before:
            row.valid_to = valid_from
            row.save()
        else:
            row.delete()
        if goes_on:
            row.pk, row.valid_from, row.valid_to = None, valid_to, ends
            row._state.adding = True
            row.save()


def check_row(
    value: Decimal | int, source: str, valid_from: date, valid_to: date | None, at: datetime
) -> None:
    """What every new row must be. Refuses BadAmount, SourceMissing, EmptyPeriod, InThePast."""
    if value < 0:
        raise BadAmount(field="value")
    if not source.strip():
        raise SourceMissing(field="source")
    if valid_to is not None and valid_to <= valid_from:
        raise EmptyPeriod(field="valid_to")
    if valid_from < local_date(at):
        raise InThePast(field="valid_from", today=local_date(at).isoformat())
