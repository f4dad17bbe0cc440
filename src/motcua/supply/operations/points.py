"""Acts at the metering point of a running contract: stop and reconnect, move the meter, check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.supply.models import (
    ContractChangeKind,
    Installation,
    Meter,
    MeterCheck,
    MeterVerdict,
    ServicePoint,
    SupplyStop,
)
from motcua.supply.operations import meters
from motcua.supply.operations.acting import act_on, hanging_at, take_down
from motcua.supply.operations.meters import ReadingGiven


class AlreadyStopped(Refused):
    code = "ALREADY_STOPPED"
    message = gettext_noop("Mã khách hàng này đang ngừng cấp điện rồi.")


class MeterMissing(Refused):
    code = "METER_MISSING"
    message = gettext_noop("Điểm đo này không có công tơ đang treo.")


class VerdictInvalid(Refused):
    code = "VERDICT_INVALID"
    message = gettext_noop("Kết quả kiểm tra chưa đúng.")


@dataclass(frozen=True)
class Restored:
    account_code: str
    stopped_at: datetime | None
    restored_at: datetime


@dataclass(frozen=True)
class Moved:
    account_code: str
    meter_serial: str
    old_pole: str
    new_pole: str
    reading_kwh: Decimal


@dataclass(frozen=True)
class Checked:
    account_code: str
    meter_serial: str
    verdict: str
    error_percent: Decimal | None
    new_meter_serial: str


def stop_supply(
    *,
    account_code: str,
    reason: str,
    stopped_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    reading: ReadingGiven = "",
) -> None:
    """Note that no electricity flows from `stopped_at` on, why (DEBT, REQUEST, SAFETY), and what the meter showed then.

    Idempotent by key. Raises ContractUnknown, AlreadyStopped, EnergisedInFuture, ReadingInvalid, KeyReused. Locks the
    contract.
    """
    asked = {"account": account_code, "reason": reason, "stopped": stopped_at, "request": request_id}
    asked |= {"reading": reading} if reading else {}
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=stopped_at, actor=actor, at=at
    ) as act:
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            return
        act.require_past()
        if SupplyStop.objects.filter(
            service_point=contract.service_point_id, restored_at__isnull=True
        ).exists():
            raise AlreadyStopped(field="account_code")
        SupplyStop.objects.create(
            service_point_id=contract.service_point_id, account_code=contract.account_code, reason=reason,
            stopped_at=stopped_at,
        )  # fmt: skip
        if reading:
            hanging = _counting(contract.service_point)
            shown = meters.parse_readings(hanging.meter, reading, field="stop_reading")
            meters.write_readings(hanging.meter, shown, source="STOP", when=stopped_at)
        act.note(
            ContractChangeKind.STOPPED,
            before={},
            after={"reason": reason, "stopped_at": stopped_at.isoformat()},
        )


def restore_supply(
    *,
    account_code: str,
    restored_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
) -> Restored:
    """Electricity flows again. A stop that an older system kept and we never saw is written with its end alone.

    Idempotent by key. Raises ContractUnknown, EnergisedInFuture, KeyReused. Locks the contract.
    """
    asked = {"account": account_code, "restored": restored_at, "request": request_id}
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=restored_at, actor=actor, at=at,
    ) as act:  # fmt: skip
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            stopped = earlier.before.get("stopped_at")
            return Restored(
                earlier.account_code, datetime.fromisoformat(stopped) if stopped else None,
                datetime.fromisoformat(earlier.after["restored_at"]),
            )  # fmt: skip
        act.require_past()
        stop = SupplyStop.objects.filter(
            service_point=contract.service_point_id, restored_at__isnull=True
        ).first()
        if stop is None:
            stop = SupplyStop(
                service_point_id=contract.service_point_id,
                account_code=contract.account_code,
                reason="UNKNOWN",
            )
        stop.restored_at = restored_at
        stop.save()
        act.note(
            ContractChangeKind.RESTORED,
            before={"stopped_at": stop.stopped_at.isoformat() if stop.stopped_at else None, "reason": stop.reason},
            after={"restored_at": restored_at.isoformat()},
        )  # fmt: skip
        return Restored(contract.account_code, stop.stopped_at, restored_at)


def move_meter(
    *,
    account_code: str,
    reading: ReadingGiven,
    seals: Sequence[str],
    moved_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    pole_number: str = "",
) -> Moved:
    """The same meter hangs at another spot of the same address: read, taken down, hung again, sealed anew.

    Idempotent by key. Raises ContractUnknown, MeterMissing, ReadingInvalid, SealMissing, EnergisedInFuture, KeyReused.
    Locks the contract and the point.
    """
    asked = {
        "account": account_code, "reading": reading, "seals": list(seals), "pole": pole_number, "moved": moved_at,
        "request": request_id,
    }  # fmt: skip
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=moved_at, actor=actor, at=at
    ) as act:
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            told = earlier.after
            return Moved(
                earlier.account_code,
                told["meter"],
                earlier.before["pole"],
                told["pole"],
                Decimal(told["reading_kwh"]),
            )
        act.require_past()
        sealed = meters.clean_seals(seals)
        point = ServicePoint.objects.select_for_update().get(id=contract.service_point_id)
        hanging = _counting(point)
        take_down(hanging, reading, moved_at, field="move_reading")
        shown = hanging.last_reading or Decimal(0)
        readings = meters.parse_readings(hanging.meter, reading, field="move_reading")
        meters.hang_meter(
            meter=hanging.meter, point=point, readings=readings, seals=sealed, when=moved_at, actor=actor
        )
        old_pole, new_pole = point.pole_number, pole_number.strip().upper()[:40] or point.pole_number
        point.pole_number = new_pole
        point.save(update_fields=["pole_number"])
        act.note(
            ContractChangeKind.MOVED, before={"pole": old_pole},
            after={"pole": new_pole, "meter": hanging.meter.serial, "reading_kwh": str(shown)},
        )  # fmt: skip
        return Moved(contract.account_code, hanging.meter.serial, old_pole, new_pole, shown)


def record_meter_check(
    *,
    account_code: str,
    verdict: str,
    is_independent: bool,
    reading: ReadingGiven,
    checked_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    error_percent: Decimal | None = None,
    new_meter_serial: str = "",
    first_reading: ReadingGiven = "",
    seals: Sequence[str] = (),
    tested_serial: str = "",
) -> Checked:
    """What a check or an independent test found. A meter that is WRONG or BROKEN may be replaced in the same act.

    `tested_serial` names a meter that lay in a laboratory: nothing hangs or comes down then, and nothing is read.

    Idempotent by key. Raises ContractUnknown, MeterMissing, VerdictInvalid, ReadingInvalid, EnergisedInFuture, KeyReused
    and what hanging a meter may raise. Locks the contract, the point and the new meter.
    """
    asked = {
        "account": account_code, "verdict": verdict, "independent": is_independent, "reading": reading,
        "error": error_percent, "new": new_meter_serial, "first": first_reading, "seals": list(seals),
        "checked": checked_at, "request": request_id, "tested": tested_serial,
    }  # fmt: skip
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=checked_at, actor=actor, at=at
    ) as act:
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            told = earlier.after
            error = told["error_percent"]
            return Checked(
                earlier.account_code, told["meter"], told["verdict"], Decimal(error) if error is not None else None,
                told["new_meter"],
            )  # fmt: skip
        act.require_past()
        if verdict not in MeterVerdict.values or (error_percent is not None and abs(error_percent) > 100):
            raise VerdictInvalid(field="verdict")
        old = _tested(tested_serial) if tested_serial else _check_hanging(
            ServicePoint.objects.select_for_update().get(id=contract.service_point_id),
            reading, new_meter_serial, first_reading, seals, checked_at, actor,
        )  # fmt: skip
        MeterCheck.objects.create(
            meter=old, account_code=contract.account_code, request_id=request_id, verdict=verdict,
            is_independent=is_independent, error_percent=error_percent, checked_at=checked_at, actor=actor.ref,
        )  # fmt: skip
        after = {
            "meter": old.serial, "verdict": verdict, "new_meter": new_meter_serial.strip().upper(),
            "error_percent": str(error_percent) if error_percent is not None else None,
        }  # fmt: skip
        act.note(ContractChangeKind.CHECKED, before={}, after=after)
        return Checked(contract.account_code, old.serial, verdict, error_percent, str(after["new_meter"]))


def _check_hanging(
    point: ServicePoint,
    reading: ReadingGiven,
    new_serial: str,
    first_reading: ReadingGiven,
    seals: Sequence[str],
    when: datetime,
    actor: Actor,
) -> Meter:
    """Read the meter that hangs there, or take it down for a new one: a faulty meter does not go back into stock."""
    hanging = _counting(point)
    if not new_serial:
        shown = meters.parse_readings(hanging.meter, reading, field="check_reading")
        meters.write_readings(hanging.meter, shown, source="CHECK", when=when)
        return hanging.meter
    sealed = meters.clean_seals(seals)
    new = meters.lock_meter(new_serial, point.unit_code, point.phases)
    take_down(hanging, reading, when, field="check_reading")
    first = meters.parse_readings(new, first_reading, field="first_reading")
    meters.hang_meter(meter=new, point=point, readings=first, seals=sealed, when=when, actor=actor)
    return hanging.meter


def _tested(serial: str) -> Meter:
    meter = Meter.objects.filter(serial=serial).first()
    if meter is None:
        raise meters.MeterUnknown(field="tested_serial", serial=serial)
    return meter


def _counting(point: ServicePoint) -> Installation:
    for hanging in hanging_at(point):
        if not hanging.is_reactive:
            return hanging
    raise MeterMissing(field="account_code")
