"""The lamp is lit: contract, point, meter, first reading, in one transaction, once per key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from motcua.companies import operations as company_ops
from motcua.companies.models import Unit
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.kernel.results import Conflict, NotFound, Refused, gettext_noop
from motcua.supply.models import (
    ConnectionRecord,
    Contract,
    ContractStatus,
    Place,
    ServicePoint,
)
from motcua.supply.operations import meters
from motcua.supply.operations.meters import ReadingGiven


class KeyReused(Conflict):
    code = "KEY_REUSED"
    message = gettext_noop("Mã thao tác này đã dùng cho một việc khác.")


class AlreadyConnected(Conflict):
    code = "ALREADY_CONNECTED"
    message = gettext_noop("Yêu cầu này đã được đóng điện trước đó.")


class PlaceUnknown(NotFound):
    code = "PLACE_UNKNOWN"
    message = gettext_noop("Không tìm thấy địa điểm sử dụng điện.")


class PlaceAlreadySupplied(Conflict):
    code = "PLACE_ALREADY_SUPPLIED"
    message = gettext_noop("Địa điểm này đã có hợp đồng mua bán điện đang hiệu lực.")


class EnergisedInFuture(Refused):
    code = "ENERGISED_IN_FUTURE"
    message = gettext_noop("Thời điểm đóng điện không thể ở tương lai.")


@dataclass(frozen=True)
class Connected:
    """What came of a connection; the same for every call with the same key."""

    account_code: str
    service_point_code: str
    meter_serial: str
    contract_number: str
    energised_at: datetime


def connect_supply(
    *,
    request_id: UUID | None,
    customer_id: UUID,
    place_id: UUID,
    unit_code: str,
    meter_serial: str,
    first_reading: ReadingGiven,
    seals: Sequence[str],
    phases: int,
    quota: int,
    contract_number: str,
    energised_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    purpose: str = "RESIDENTIAL",
    capacity_kw: Decimal | None = None,
    signed_at: datetime | None = None,
    expires_on: date | None = None,
    beside_account: str = "",
) -> Connected:
    """Make the contract with its account code and the point, hang the meter from the unit's stock, write the
    reading.

    `expires_on` is the last day of a contract for a time. `beside_account`: this one splits off from that account at the
    same place, which keeps its own meter. The same key and arguments again give the first answer. Raises MeterElsewhere, MeterUnknown,
    MeterNotForPoint, ReadingInvalid, SealMissing, EnergisedInFuture, PlaceUnknown, PlaceAlreadySupplied,
    UnitUnknown, KeyReused, AlreadyConnected; nothing is written then. Locks the key, the place, the meter,
    and last the unit's counter.
    """
    asked = fingerprint(
        {
            "request": request_id,
            "customer": customer_id,
            "place": place_id,
            "unit": unit_code,
            "meter": meter_serial,
            "reading": first_reading,
            "seals": list(seals),
            "phases": phases,
            "quota": quota,
            "number": contract_number,
            "energised": energised_at,
        }
        | ({"beside": beside_account} if beside_account else {})
        | ({"expires": expires_on} if expires_on else {})
    )
    with transaction.atomic():
        earlier = _begin(key, request_id, asked, actor, at)
        if earlier is not None:
            return earlier
        if energised_at > at:
            raise EnergisedInFuture(field="energised_at")
        sealed = meters.clean_seals(seals)
        place = _lock_place(place_id, beside_account)
        meter = meters.lock_meter(meter_serial, unit_code, phases)
        readings = meters.parse_readings(meter, first_reading, field="first_reading")
        account_code = next_account_code(unit_code)
        point = ServicePoint.objects.create(
            code=f"{account_code}001",
            place=place,
            account_code=account_code,
            unit_code=unit_code,
            pole_number=place.pole_number,
            phases=phases,
            capacity_kw=capacity_kw,
            created_at=at,
        )
        contract = Contract.objects.create(
            account_code=account_code,
            customer_id=customer_id,
            service_point=point,
            number=contract_number,
            signed_at=signed_at,
            started_at=energised_at,
            purpose=purpose,
            quota=max(1, quota),
            expires_on=expires_on,
            created_at=at,
        )
        meters.hang_meter(
            meter=meter, point=point, readings=readings, seals=sealed, when=energised_at, actor=actor
        )
        connected = Connected(account_code, point.code, meter.serial, contract.number, energised_at)
        result = {**asdict(connected), "energised_at": energised_at.isoformat()}
        ConnectionRecord.objects.filter(key=key).update(result=result)
        company_ops.record_audit(
            actor=actor,
            verb="supply.connected",
            subject_type="account",
            subject_id=account_code,
            at=at,
            facts={"request": str(request_id or ""), "unit": unit_code, "meter": meter.serial},
        )
        return connected


def next_account_code(unit_code: str) -> str:
    """The next free account code of the unit; its counter stays locked until the transaction ends. Raises
    UnitUnknown.
    """
    unit = Unit.objects.filter(code=unit_code).first()
    if unit is None:
        raise company_ops.UnitUnknown(field="unit_code", unit=unit_code)
    prefix = (unit.account_prefix or unit.code)[:6]
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO supply_accountcounter AS c (prefix, last_serial) VALUES (%s, 1)
                ON CONFLICT (prefix) DO UPDATE SET last_serial = c.last_serial + 1
                RETURNING last_serial
                """,
                [prefix],
            )
            (serial,) = cursor.fetchone()
        code = codes.make_account_code(prefix, serial)
        if not Contract.objects.filter(account_code=code).exists():
            return code


def _begin(key: str, request_id: UUID | None, asked: str, actor: Actor, at: datetime) -> Connected | None:
    """Claim the key; the earlier answer when it was claimed. A second caller waits here for the first."""
    try:
        with transaction.atomic():
            ConnectionRecord.objects.create(
                key=key, request_id=request_id, asked_sha256=asked, at=at, actor=actor.ref
            )
    except IntegrityError:
        record = ConnectionRecord.objects.filter(key=key).first()
        if record is None:
            raise AlreadyConnected(request=str(request_id)) from None
        if record.asked_sha256 != asked:
            raise KeyReused(key=key) from None
        told: dict[str, Any] = dict(record.result or {})
        told["energised_at"] = datetime.fromisoformat(told["energised_at"])
        return Connected(**told)
    return None


def _lock_place(place_id: UUID, beside_account: str) -> Place:
    place = Place.objects.select_for_update().filter(id=place_id).first()
    if place is None:
        raise PlaceUnknown(field="place_id")
    running = Contract.objects.filter(service_point__place=place, status=ContractStatus.ACTIVE)
    accounts = set(running.values_list("account_code", flat=True))
    if accounts and codes.clean_account_code(beside_account) not in accounts:
        raise PlaceAlreadySupplied(field="place_id")
    return place
