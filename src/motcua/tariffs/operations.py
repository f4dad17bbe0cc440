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
from motcua.tariffs.book import Part
from motcua.tariffs.models import DatedRate, EnergyPrice, FeeItem, PriceDecision


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


class BadStructure(Refused):
    """Prices that leave a kilowatt-hour without one, or give it two."""

    code = "BAD_STRUCTURE"
    message = gettext_noop("Các mức giá của %(group)s %(voltage)s chưa đủ hoặc trùng nhau.")


@dataclass(frozen=True)
class NewPrice:
    """One price of a new decision; see the table EnergyPrice."""

    customer_group: str
    part: Part
    price_vnd: int
    voltage: str = ""
    tier: int = 0
    width_kwh: int | None = None


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
    _check(value, source, valid_from, valid_to, at)
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
    _check(amount_vnd, source, valid_from, valid_to, at)
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
    if actor.ref == approved_by.ref:
        raise SameEyes(field="approved_by")
    for price in prices:
        _check(price.price_vnd - 1, source, valid_from, None, at)
    _check_structure(prices)
    marks: dict[str, Any] = {"changed_by": f"{actor.ref}, {approved_by.ref}"[:80], "changed_at": at}
    period: dict[str, Any] = {
        "valid_from": valid_from,
        "valid_to": None,
        "source": source,
        "confidence": confidence,
        **marks,
    }
    with transaction.atomic():
        _lock()
        _make_room(PriceDecision.objects.all(), valid_from, None, marks)
        PriceDecision.objects.create(number=number, issued_on=issued_on, average_vnd=average_vnd, **period)
        groups = {price.customer_group for price in prices}
        _make_room(EnergyPrice.objects.filter(customer_group__in=groups), valid_from, None, marks)
        made = EnergyPrice.objects.bulk_create(
            EnergyPrice(decision=number, **asdict(price), **period) for price in prices
        )
    return len(made)


def _check_structure(prices: Sequence[NewPrice]) -> None:
    """Of each group and voltage: tiers numbered from one, the last without width, or one price, or all three hours."""
    kinds: dict[tuple[str, str], list[NewPrice]] = {}
    for price in prices:
        kinds.setdefault((price.customer_group, price.voltage), []).append(price)
    for (group, voltage), found in kinds.items():
        tiers = sorted((price for price in found if price.part is Part.TIER), key=lambda price: price.tier)
        parts = sorted(price.part for price in found if price.part not in (Part.TIER, Part.UNDECLARED))
        numbered = [tier.tier for tier in tiers] == list(range(1, len(tiers) + 1))
        widths = [bool(tier.width_kwh) for tier in tiers] == [True] * (len(tiers) - 1) + [False] * bool(tiers)
        whole = (
            parts in ([Part.ONE], sorted([Part.NORMAL, Part.OFF_PEAK, Part.PEAK])) if not tiers else not parts
        )
        undeclared = sum(price.part is Part.UNDECLARED for price in found) <= (1 if tiers else 0)
        if not (numbered and widths and whole and undeclared):
            raise BadStructure(field="prices", group=group, voltage=voltage)


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


def _check(value: Decimal | int, source: str, valid_from: date, valid_to: date | None, at: datetime) -> None:
    if value < 0:
        raise BadAmount(field="value")
    if not source.strip():
        raise SourceMissing(field="source")
    if valid_to is not None and valid_to <= valid_from:
        raise EmptyPeriod(field="valid_to")
    if valid_from < local_date(at):
        raise InThePast(field="valid_from", today=local_date(at).isoformat())
