"""Accounts with meters and readings, made row by row for tests of bill runs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from motcua.kernel import local_time
from motcua.supply.models import Contract, Installation, Meter, Place, Reading, ServicePoint

UNIT = "PD0100"
_numbers = count(1)


def instant(day: date, hour: int = 9) -> datetime:
    return local_time.instant(day) + timedelta(hours=hour)


def make(
    begun: date,
    shown: dict[date, object],
    *,
    first: object = 0,
    kind: str = "ACTIVE",
    digits: int = 6,
    purpose: str = "RESIDENTIAL",
    quota: int = 1,
    unit: str = UNIT,
    customer: UUID | None = None,
) -> str:
    """An account whose meter hangs since a day with `first`, and what it showed on days; its code."""
    number = next(_numbers)
    code = f"{unit}{number:07d}"
    at = instant(begun)
    place = Place.objects.create(
        id=uuid4(), text="Số 1 phố Huế", given_on=begun, house="1", created_at=at, created_by="test"
    )
    point = ServicePoint.objects.create(
        code=f"{code}001", place=place, account_code=code, unit_code=unit, phases=1, created_at=at
    )
    Contract.objects.create(
        account_code=code, customer_id=customer or uuid4(), service_point=point, started_at=at, purpose=purpose,
        quota=quota, created_at=at,
    )  # fmt: skip
    hang(point, f"CT{number:06d}", begun, first, kind=kind, digits=digits)
    for day, values in shown.items():
        read(f"CT{number:06d}", day, values)
    return code


def hang(point, serial, day, first, *, kind="ACTIVE", digits=6, hour=9):
    meter = Meter.objects.create(
        serial=serial, kind=kind, digits=digits, unit_code=point.unit_code, status="INSTALLED", received_at=instant(day)
    )  # fmt: skip
    Installation.objects.create(
        meter=meter, service_point=point, is_reactive=kind == "REACTIVE", installed_at=instant(day, hour), installed_by="test"
    )  # fmt: skip
    read(serial, day, first, source="INSTALL", hour=hour)
    return meter


def read(serial, day, values, *, source="CREW", hour=9):
    meter = Meter.objects.get(serial=serial)
    if not isinstance(values, dict):
        values = {"VC" if meter.kind == "REACTIVE" else "KT": values}
    for register, value in values.items():
        Reading.objects.create(
            meter=meter, register=register, at=instant(day, hour), source=source, value_kwh=value
        )


def meter_of(code: str) -> str:
    return f"CT{code[-6:]}"


def point_of(code: str) -> ServicePoint:
    return ServicePoint.objects.get(account_code=code)


def take_down(code: str, day: date, value: object, *, hour: int = 10) -> None:
    installation = Installation.objects.get(service_point=point_of(code), removed_at=None, is_reactive=False)
    installation.removed_at = instant(day, hour)
    installation.save()
    read(installation.meter.serial, day, value, source="REMOVAL", hour=hour)
