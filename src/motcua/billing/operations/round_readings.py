"""A crew reads meter after meter: what may be so is written at once, what is far off is asked again on the spot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from motcua.billing import doubting
from motcua.billing.rules.plausibility import Doubt
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotAllowed, Problem, gettext_noop
from motcua.supply import hanging, rules
from motcua.supply import operations as supply_ops

MAY_READ = (Role.CREW, Role.SUPERVISOR, Role.BUSINESS)
SOURCE = "CREW"
KEPT_ON_PHONE = timedelta(days=7)  # as long may a reading lie on a phone without signal
VALUE_WORDS = {
    "NOT_A_NUMBER": gettext_noop("Chỉ số không phải là số."),
    "NEGATIVE": gettext_noop("Chỉ số nhỏ hơn 0."),
    "TOO_MANY_DIGITS": gettext_noop("Chỉ số nhiều chữ số hơn mặt công tơ."),
    "MISSING": gettext_noop("Còn thiếu chỉ số này của công tơ."),
}


@dataclass(frozen=True)
class RoundReading:
    """What was typed at a home: by (serial, register); `is_sure`: asked, the crew said it is so."""

    account_code: str
    shown: Mapping[tuple[str, str], str]
    is_sure: bool = False


@dataclass(frozen=True)
class Doubtful:
    """What it would come to, and the last bill's kilowatt-hours, if there was one."""

    doubt: Doubt
    kwh: int
    last_kwh: int | None


@dataclass
class RoundTaken:
    """How many accounts are in; what is asked again by account; what is wrong by (serial, register)."""

    accounts: list[str] = field(default_factory=list)
    doubts: dict[str, Doubtful] = field(default_factory=dict)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)


@transaction.atomic
def take_round(
    *, readings: Sequence[RoundReading], read_at: datetime, actor: Actor, at: datetime
) -> RoundTaken:
    """Every home by itself: taken, asked about, or told what is wrong. The same again is no harm.

    `read_at` is when the meters were read, which may be days before it arrives. Refuses NotAllowed.
    """
    if not actor.has_role(*MAY_READ):
        raise NotAllowed(field="readings")
    read_at = read_at if at - KEPT_ON_PHONE <= read_at <= at else at
    found = hanging.list_hanging([one.account_code for one in readings], read_at)
    grounds = doubting.grounds_of([one.account_code for one in readings], read_at)
    came = RoundTaken()
    new: list[supply_ops.NewReading] = []
    places: dict[int, tuple[str, tuple[str, str]]] = {}
    for one in readings:
        meters = [m for m in found.get(one.account_code, []) if m.unit_code in actor.unit_codes]
        values = _values(one, meters, came)
        if values is None:
            continue
        if not one.is_sure and (doubtful := _doubt(one, meters, values, grounds[one.account_code], read_at)):
            came.doubts[one.account_code] = doubtful
            continue
        came.accounts.append(one.account_code)
        for (serial, register), value in values.items():
            places[len(new)] = one.account_code, (serial, register)
            new.append(supply_ops.NewReading(len(new), register, read_at, value, serial))
    taken = supply_ops.take_readings(
        readings=new, source=SOURCE, unit_codes=actor.unit_codes, actor=actor, at=at
    )
    for fault in taken.faults:
        account, place = places[fault.row_no]
        came.problems[place] = fault.problem
        if account in came.accounts:
            came.accounts.remove(account)
    return came


def _values(
    one: RoundReading, meters: Sequence[hanging.Hanging], came: RoundTaken
) -> dict[tuple[str, str], Decimal] | None:
    """What can be written of a home; None where something is wrong, which stands with its register. Nothing typed: nothing."""
    if not any(text.strip() for text in one.shown.values()):
        return None
    values: dict[tuple[str, str], Decimal] = {}
    wrong: dict[tuple[str, str], Problem] = {}
    for meter in meters:
        for register in meter.registers:
            place = meter.serial, register
            text = one.shown.get(place, "").strip()
            value, reason = rules.reading_value(text, meter.digits) if text else (None, "MISSING")
            if value is None:
                wrong[place] = Problem(reason, VALUE_WORDS[reason])
            else:
                values[place] = value
    came.problems |= wrong
    return values if values and not wrong else None


def _doubt(
    one: RoundReading,
    meters: Sequence[hanging.Hanging],
    values: Mapping[tuple[str, str], Decimal],
    ground: doubting.Ground,
    read_at: datetime,
) -> Doubtful | None:
    on = local_date(read_at)
    shown = {place: int(value) for place, value in values.items()}
    doubt = ground.doubt_of(meters, shown, on, doubting.bounds_of(meters[0].unit_code, on))
    return (
        Doubtful(doubt, ground.kwh_of(meters, shown), ground.last.kwh if ground.last else None)
        if doubt
        else None
    )
