"""Meters in stock, on the wall and off it; what they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.supply import queries, rules
from motcua.supply.models import Installation, Meter, MeterKind, MeterStatus, Reading, Register, ServicePoint

SERIAL = re.compile(r"^[0-9A-Z][0-9A-Z\-/.]{2,23}$")
REGISTERS = {
    MeterKind.ACTIVE: (Register.KT,),
    MeterKind.TIME_OF_USE: (Register.BT, Register.CD, Register.TD),
    MeterKind.REACTIVE: (Register.VC,),
}

# A reading as staff type it, or one for each register of a meter with several.
ReadingGiven = str | int | Decimal | Mapping[str, str | int | Decimal]


class MeterUnknown(Refused):
    code = "METER_UNKNOWN"
    message = gettext_noop(
        "Không có công tơ số %(serial)s trong kho của đơn vị. Hãy kiểm tra lại số trên mặt công tơ."
    )


class MeterElsewhere(Refused):
    code = "METER_ELSEWHERE"
    message = gettext_noop(
        "Công tơ số %(serial)s đang treo tại điểm đo khác. Hãy kiểm tra lại số trên mặt công tơ."
    )


class MeterNotForPoint(Refused):
    code = "METER_NOT_FOR_POINT"
    message = gettext_noop(
        "Công tơ số %(serial)s là loại %(meter_phases)s pha, điểm đo cần loại %(phases)s pha."
    )


class MeterSerialInvalid(Refused):
    code = "METER_SERIAL_INVALID"
    message = gettext_noop("Số công tơ “%(serial)s” chưa đúng: từ 3 đến 24 chữ số hoặc chữ cái.")


class ReadingInvalid(Refused):
    code = "READING_INVALID"
    message = gettext_noop(
        "Chỉ số chưa đúng. Hãy ghi đúng các chữ số trên mặt công tơ, tối đa %(digits)s chữ số."
    )


class SealMissing(Refused):
    code = "SEAL_MISSING"
    message = gettext_noop("Hãy ghi số niêm phong (chì) của công tơ.")


def add_stock_meters(
    *,
    serials: Iterable[str],
    unit_code: str,
    actor: Actor,
    at: datetime,
    kind: str = MeterKind.ACTIVE,
    phases: int = 1,
    digits: int = 6,
) -> int:
    """New meters come into the unit's stock; how many were new. A serial we have stays as it is.

    Raises MeterSerialInvalid before anything is written.
    """
    cleaned = [clean_serial(serial) for serial in serials]
    rows = [
        Meter(serial=serial, kind=kind, phases=phases, digits=digits, unit_code=unit_code, received_at=at)
        for serial in dict.fromkeys(cleaned)
    ]
    with transaction.atomic():
        before = Meter.objects.filter(serial__in=cleaned).count()
        Meter.objects.bulk_create(rows, ignore_conflicts=True)
        added = len(rows) - before
        company_ops.record_audit(
            actor=actor,
            verb="meters.received",
            subject_type="unit",
            subject_id=unit_code,
            at=at,
            facts={"meters": added},
        )
    return added


def check_meter(*, serial: str, unit_code: str, phases: int) -> queries.MeterView:
    """The meter, if it may be hung by this unit at a point with these phases; for a check while somebody
    types.

    Raises MeterUnknown, MeterElsewhere, MeterNotForPoint.
    """
    meter = Meter.objects.filter(serial=_typed_serial(serial)).first()
    return queries.view_meter(_fit(meter, serial, unit_code, phases))


def record_reading(
    *,
    meter_serial: str,
    register: str,
    value: object,
    source: str,
    read_at: datetime,
    actor: Actor,
    at: datetime,
) -> queries.ReadingView:
    """What a register showed. The same value again is no harm; another one for the same instant and source is
    refused.

    Raises MeterUnknown, ReadingInvalid.
    """
    with transaction.atomic():
        meter = Meter.objects.select_for_update().filter(serial=_typed_serial(meter_serial)).first()
        if meter is None:
            raise MeterUnknown(field="meter_serial", serial=meter_serial)
        number = parse_reading(value, meter.digits, field="value")
        if read_at > at or register not in Register.values:
            raise ReadingInvalid(field="value", digits=meter.digits)
        reading, is_new = Reading.objects.get_or_create(
            meter=meter, register=register, at=read_at, source=source, defaults={"value_kwh": number}
        )
        if not is_new and reading.value_kwh != number:
            raise ReadingInvalid(field="value", digits=meter.digits)
        return queries.ReadingView(reading.register, reading.at, reading.value_kwh, reading.source)


def clean_serial(serial: str) -> str:
    """The serial as stored. Raises MeterSerialInvalid."""
    cleaned = _typed_serial(serial)
    if not SERIAL.match(cleaned):
        raise MeterSerialInvalid(field="meter_serial", serial=serial)
    return cleaned


def clean_seals(seals: Sequence[str]) -> list[str]:
    """The seals' numbers. Raises SealMissing when there is none."""
    cleaned = [text for seal in seals if (text := " ".join(str(seal).split())[:40])]
    if not cleaned:
        raise SealMissing(field="seals")
    return cleaned


def parse_reading(given: object, digits: int, *, field: str) -> Decimal:
    """The number a meter with so many digits can show. Raises ReadingInvalid with the reason as a fact."""
    value, reason = rules.reading_value(given, digits)
    if value is None:
        raise ReadingInvalid(field=field, digits=digits, reason=reason)
    return value


def parse_readings(meter: Meter, given: ReadingGiven, *, field: str) -> dict[str, Decimal]:
    """A reading for each register of the meter. Raises ReadingInvalid when one is missing or wrong."""
    registers = REGISTERS[MeterKind(meter.kind)]
    by_register = dict(given) if isinstance(given, Mapping) else {registers[0].value: given}
    if set(by_register) != {register.value for register in registers}:
        raise ReadingInvalid(field=field, digits=meter.digits, reason="REGISTER_MISSING")
    return {name: parse_reading(value, meter.digits, field=field) for name, value in by_register.items()}


def lock_meter(serial: str, unit_code: str, phases: int) -> Meter:
    """The meter, fit to be hung, locked until the transaction ends: of two who want it one waits, then is
    refused.

    Raises MeterUnknown, MeterElsewhere, MeterNotForPoint.
    """
    meter = Meter.objects.select_for_update().filter(serial=_typed_serial(serial)).first()
    return _fit(meter, serial, unit_code, phases)


def hang_meter(
    *,
    meter: Meter,
    point: ServicePoint,
    readings: Mapping[str, Decimal],
    seals: list[str],
    when: datetime,
    actor: Actor,
) -> Installation:
    """The locked meter hangs at the point from `when` on, with its first readings. Raises MeterElsewhere."""
    try:
        with transaction.atomic():
            installation = Installation.objects.create(
                meter=meter,
                service_point=point,
                is_reactive=meter.kind == MeterKind.REACTIVE,
                installed_at=when,
                first_reading=sum(readings.values(), Decimal(0)),
                seals=seals,
                installed_by=actor.ref,
            )
    except (
        IntegrityError
    ) as error:  # the exclusion constraints: the meter, or the point, was taken at that time
        raise MeterElsewhere(field="meter_serial", serial=meter.serial) from error
    write_readings(meter, readings, source="INSTALL", when=when)
    meter.status, meter.unit_code = MeterStatus.INSTALLED, point.unit_code
    meter.save(update_fields=["status", "unit_code"])
    return installation


def take_meter_down(*, installation: Installation, readings: Mapping[str, Decimal], when: datetime) -> None:
    """The meter hangs there until `when`, with its last readings."""
    installation.removed_at, installation.last_reading = when, sum(readings.values(), Decimal(0))
    installation.save(update_fields=["removed_at", "last_reading"])
    write_readings(installation.meter, readings, source="REMOVAL", when=when)
    Meter.objects.filter(id=installation.meter_id).update(status=MeterStatus.REMOVED)


def write_readings(meter: Meter, readings: Mapping[str, Decimal], *, source: str, when: datetime) -> None:
    Reading.objects.bulk_create(
        Reading(meter=meter, register=register, at=when, source=source, value_kwh=value)
        for register, value in readings.items()
    )


def _fit(meter: Meter | None, serial: str, unit_code: str, phases: int) -> Meter:
    if meter is not None and meter.status == MeterStatus.INSTALLED:
        raise MeterElsewhere(field="meter_serial", serial=meter.serial)
    if meter is None or meter.status != MeterStatus.STOCK or meter.unit_code != unit_code:
        raise MeterUnknown(field="meter_serial", serial=_typed_serial(serial))
    if meter.phases != phases:
        raise MeterNotForPoint(
            field="meter_serial", serial=meter.serial, meter_phases=meter.phases, phases=phases
        )
    return meter


def _typed_serial(serial: str) -> str:
    return "".join(str(serial).split()).upper()
