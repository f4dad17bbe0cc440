"""More power, other phases, another kind of meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.supply.models import CapacityChange, Contract, ContractStatus, Installation, ServicePoint
from motcua.supply.operations import meters
from motcua.supply.operations.connecting import EnergisedInFuture, KeyReused
from motcua.supply.operations.meters import ReadingGiven


class ContractUnknown(NotFound):
    code = "CONTRACT_UNKNOWN"
    message = gettext_noop("Không tìm thấy hợp đồng đang hiệu lực với mã khách hàng này.")


class CapacityInvalid(Refused):
    code = "CAPACITY_INVALID"
    message = gettext_noop("Công suất phải lớn hơn 0, số pha là 1 hoặc 3; đổi số pha thì phải thay công tơ.")


@dataclass(frozen=True)
class CapacityChanged:
    """What a point had and has; the same for every call with the same key."""

    account_code: str
    old_capacity_kw: Decimal | None
    new_capacity_kw: Decimal | None
    old_phases: int
    new_phases: int
    old_meter_serial: str
    new_meter_serial: str


def change_capacity(
    *,
    account_code: str,
    effective_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    capacity_kw: Decimal | None = None,
    phases: int | None = None,
    meter_serial: str = "",
    last_reading: ReadingGiven = "",
    first_reading: ReadingGiven = "",
    seals: Sequence[str] = (),
) -> CapacityChanged:
    """Change capacity, phases, or the meter (with the last reading of the old, the first of the new, and
    seals).

    What is not given stays. Idempotent by key. Raises ContractUnknown, CapacityInvalid, EnergisedInFuture,
    KeyReused, and what hanging a meter may raise; nothing is written then. Locks the point and the new meter.
    """
    account_code = codes.clean_account_code(account_code)
    asked = fingerprint(
        {
            "account": account_code,
            "capacity": capacity_kw,
            "phases": phases,
            "meter": meter_serial,
            "last": last_reading,
            "first": first_reading,
            "seals": list(seals),
            "effective": effective_at,
            "request": request_id,
        }
    )
    with transaction.atomic():
        contract = Contract.objects.filter(account_code=account_code, status=ContractStatus.ACTIVE).first()
        if contract is None:
            raise ContractUnknown(field="account_code")
        point = ServicePoint.objects.select_for_update().get(id=contract.service_point_id)
        earlier = CapacityChange.objects.filter(key=key).first()
        if earlier is not None:
            if earlier.asked_sha256 != asked:
                raise KeyReused(key=key)
            return _told(account_code, earlier)
        hanging = Installation.objects.filter(service_point=point, removed_at__isnull=True, is_reactive=False)
        current = hanging.select_related("meter").first()
        wanted_phases = phases or point.phases
        _refuse_wrong(capacity_kw, wanted_phases, point, meter_serial, effective_at, at)
        change = CapacityChange(
            key=key,
            service_point=point,
            request_id=request_id,
            asked_sha256=asked,
            old_capacity_kw=point.capacity_kw,
            new_capacity_kw=capacity_kw or point.capacity_kw,
            old_phases=point.phases,
            new_phases=wanted_phases,
            old_meter_serial=current.meter.serial if current else "",
            new_meter_serial=current.meter.serial if current else "",
            effective_at=effective_at,
            actor=actor.ref,
        )
        point.phases, point.capacity_kw = wanted_phases, change.new_capacity_kw
        point.save(update_fields=["phases", "capacity_kw"])
        if meter_serial:
            change.new_meter_serial = _swap(
                point, current, meter_serial, last_reading, first_reading, seals, effective_at, actor
            )
        change.save(force_insert=True)
        company_ops.record_audit(
            actor=actor,
            verb="capacity.changed",
            subject_type="account",
            subject_id=account_code,
            at=at,
            facts={
                "request": str(request_id or ""),
                "phases": wanted_phases,
                "meter": change.new_meter_serial,
            },
        )
        return _told(account_code, change)


def _refuse_wrong(
    capacity_kw: Decimal | None,
    phases: int,
    point: ServicePoint,
    meter_serial: str,
    effective_at: datetime,
    at: datetime,
) -> None:
    if effective_at > at:
        raise EnergisedInFuture(field="effective_at")
    if capacity_kw is not None and capacity_kw <= 0:
        raise CapacityInvalid(field="capacity_kw")
    if phases not in (1, 3) or (phases != point.phases and not meter_serial):
        raise CapacityInvalid(field="phases")


def _swap(
    point: ServicePoint,
    current: Installation | None,
    serial: str,
    last_reading: ReadingGiven,
    first_reading: ReadingGiven,
    seals: Sequence[str],
    when: datetime,
    actor: Actor,
) -> str:
    sealed = meters.clean_seals(seals)
    new = meters.lock_meter(serial, point.unit_code, point.phases)
    if current is not None:
        if when <= current.installed_at:
            raise EnergisedInFuture(field="effective_at")
        last = meters.parse_readings(current.meter, last_reading, field="last_reading")
        meters.take_meter_down(installation=current, readings=last, when=when)
    first = meters.parse_readings(new, first_reading, field="first_reading")
    meters.hang_meter(meter=new, point=point, readings=first, seals=sealed, when=when, actor=actor)
    return new.serial


def _told(account_code: str, change: CapacityChange) -> CapacityChanged:
    return CapacityChanged(
        account_code=account_code,
        old_capacity_kw=change.old_capacity_kw,
        new_capacity_kw=change.new_capacity_kw,
        old_phases=change.old_phases,
        new_phases=change.new_phases,
        old_meter_serial=change.old_meter_serial,
        new_meter_serial=change.new_meter_serial,
    )
