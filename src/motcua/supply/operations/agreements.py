"""What becomes of a contract after it was signed: another holder, other terms, an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.money import format_number
from motcua.kernel.results import Refused, gettext_noop
from motcua.supply.models import (
    Balance,
    Contract,
    ContractChangeKind,
    ContractStatus,
    MeterStatus,
    Purpose,
    ServicePoint,
)
from motcua.supply.operations import meters
from motcua.supply.operations.acting import act_on, hanging_at, take_down
from motcua.supply.operations.connecting import next_account_code
from motcua.supply.operations.meters import ReadingGiven
from motcua.supply.operations.parts import end_parts


class DebtOpen(Refused):
    code = "DEBT_OPEN"
    message = gettext_noop(
        "Mã khách hàng %(account)s còn nợ %(amount)s đồng tiền điện. Hãy thanh toán trước, hoặc để người nhận hợp đồng nhận trả."
    )


class SameHolder(Refused):
    code = "SAME_HOLDER"
    message = gettext_noop("Người này đang đứng tên hợp đồng rồi.")


class PurposeUnknown(Refused):
    code = "PURPOSE_UNKNOWN"
    message = gettext_noop("Không có mục đích sử dụng điện này.")


class QuotaInvalid(Refused):
    code = "QUOTA_INVALID"
    message = gettext_noop("Số hộ dùng chung phải từ 1 trở lên.")


class EndInvalid(Refused):
    code = "END_INVALID"
    message = gettext_noop("Ngày hết hạn mới phải sau hôm nay và sau ngày hết hạn cũ.")


class NothingToChange(Refused):
    code = "NOTHING_TO_CHANGE"
    message = gettext_noop("Hợp đồng đã đúng như yêu cầu, không có gì để thay đổi.")


@dataclass(frozen=True)
class HolderChanged:
    """The contract that ended and the one that began; the same for every call with the same key."""

    old_account_code: str
    account_code: str
    contract_number: str
    reading_kwh: Decimal
    balance_taken_vnd: int


@dataclass(frozen=True)
class TermsChanged:
    """What the contract said and says."""

    account_code: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


@dataclass(frozen=True)
class ContractEnded:
    """The last of a contract: the meters that went back to the unit's stock, and what they showed."""

    account_code: str
    meter_serials: tuple[str, ...]
    last_reading_kwh: Decimal | None


def change_holder(
    *,
    account_code: str,
    customer_id: UUID,
    contract_number: str,
    reading: ReadingGiven,
    effective_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    takes_over_debt: bool = False,
    signed_at: datetime | None = None,
) -> HolderChanged:
    """End the contract with what the meter shows now, and begin one with another customer at the same point.

    The new contract has an account code of its own, so bills and debts of the two never mix; purpose, quota, point and
    meter stay. What an older system says is owed must be settled, or goes to the new account when it is taken over.
    Idempotent by key. Raises ContractUnknown, SameHolder, DebtOpen, ReadingInvalid, EnergisedInFuture, KeyReused;
    nothing is written then. Locks the contract, the point, and last the unit's counter.
    """
    asked = {
        "account": account_code, "customer": customer_id, "number": contract_number, "reading": reading,
        "effective": effective_at, "request": request_id, "debt": takes_over_debt,
    }  # fmt: skip
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=effective_at, actor=actor, at=at,
    ) as act:  # fmt: skip
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            told = earlier.after
            return HolderChanged(
                earlier.account_code, told["account_code"], told["number"], Decimal(told["reading_kwh"]),
                int(told["balance_taken_vnd"]),
            )  # fmt: skip
        act.require_past()
        if contract.customer_id == customer_id:
            raise SameHolder(field="full_name")
        owed = _owed(contract.account_code)
        if owed > 0 and not takes_over_debt:
            raise _debt_open(contract, owed)
        point = ServicePoint.objects.select_for_update().get(id=contract.service_point_id)
        shown = _read_at(point, reading, effective_at)
        _end_row(contract, effective_at)
        new_code = next_account_code(point.unit_code)
        begun = Contract.objects.create(
            account_code=new_code, customer_id=customer_id, service_point=point, number=contract_number,
            signed_at=signed_at, started_at=effective_at, purpose=contract.purpose, quota=contract.quota,
            expires_on=contract.expires_on, created_at=at,
        )  # fmt: skip
        ServicePoint.objects.filter(account_code=contract.account_code).update(account_code=new_code)
        if owed > 0:
            Balance.objects.create(account_code=new_code, amount_vnd=owed, as_of=local_date(at))
            Balance.objects.filter(account_code=contract.account_code).update(
                amount_vnd=0, as_of=local_date(at)
            )
        changed = HolderChanged(contract.account_code, new_code, begun.number, shown, max(0, owed))
        act.note(
            ContractChangeKind.HOLDER,
            before={"account_code": contract.account_code, "customer_id": str(contract.customer_id)},
            after={
                "account_code": new_code, "customer_id": str(customer_id), "number": begun.number,
                "reading_kwh": str(shown), "balance_taken_vnd": changed.balance_taken_vnd,
            },
        )  # fmt: skip
        return changed


def change_terms(
    *,
    account_code: str,
    effective_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    purpose: str | None = None,
    quota: int | None = None,
    expires_on: date | None = None,
) -> TermsChanged:
    """Another purpose, number of homes that share the tiers, or last day. What is not given stays.

    Idempotent by key. Raises ContractUnknown, PurposeUnknown, QuotaInvalid, EndInvalid, NothingToChange, KeyReused.
    Locks the contract.
    """
    asked = {"account": account_code, "purpose": purpose, "quota": quota, "expires": expires_on}
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=effective_at, actor=actor, at=at,
    ) as act:  # fmt: skip
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            return TermsChanged(earlier.account_code, earlier.before, earlier.after)
        if purpose is not None and purpose not in Purpose.values:
            raise PurposeUnknown(field="purpose")
        if quota is not None and quota < 1:
            raise QuotaInvalid(field="quota")
        if expires_on is not None and (
            expires_on <= local_date(at)
            or (contract.expires_on is not None and expires_on <= contract.expires_on)
        ):
            raise EndInvalid(field="until")
        wanted = {"purpose": purpose, "quota": quota, "expires_on": expires_on}
        new = {
            name: value
            for name, value in wanted.items()
            if value is not None and value != getattr(contract, name)
        }
        if not new:
            raise NothingToChange(field="account_code")
        before = {name: _plain(getattr(contract, name)) for name in new}
        for name, value in new.items():
            setattr(contract, name, value)
        contract.save(update_fields=list(new))
        after = {name: _plain(value) for name, value in new.items()}
        act.note(ContractChangeKind.TERMS, before=before, after=after)
        return TermsChanged(contract.account_code, before, after)


def end_contract(
    *,
    account_code: str,
    last_reading: ReadingGiven,
    effective_at: datetime,
    actor: Actor,
    at: datetime,
    key: str,
    request_id: UUID | None = None,
    reactive_reading: ReadingGiven = "",
) -> ContractEnded:
    """The last reading is written, the meters come down and go back to the unit's stock, the contract ends.

    Idempotent by key. Raises ContractUnknown, DebtOpen, ReadingInvalid, EnergisedInFuture, KeyReused; nothing is written
    then. Locks the contract and the point.
    """
    asked = {
        "account": account_code, "last": last_reading, "reactive": reactive_reading, "effective": effective_at,
        "request": request_id,
    }  # fmt: skip
    with act_on(
        account_code, key=key, asked=asked, request_id=request_id, effective_at=effective_at, actor=actor, at=at,
    ) as act:  # fmt: skip
        contract, earlier = act.contract, act.earlier
        if earlier is not None:
            told = earlier.after
            shown = told["last_reading_kwh"]
            return ContractEnded(
                earlier.account_code, tuple(told["meters"]), Decimal(shown) if shown is not None else None
            )
        act.require_past()
        owed = _owed(contract.account_code)
        if owed > 0:
            raise _debt_open(contract, owed)
        serials: list[str] = []
        last: Decimal | None = None
        for point in ServicePoint.objects.select_for_update().filter(account_code=contract.account_code):
            for hanging in hanging_at(point):
                given = reactive_reading if hanging.is_reactive else last_reading
                field = "reactive_reading" if hanging.is_reactive else "last_reading"
                take_down(hanging, given, effective_at, field=field)
                hanging.meter.status, hanging.meter.unit_code = MeterStatus.STOCK, point.unit_code
                hanging.meter.save(update_fields=["status", "unit_code"])
                serials.append(hanging.meter.serial)
                if not hanging.is_reactive:
                    last = hanging.last_reading
        _end_row(contract, effective_at)
        act.note(
            ContractChangeKind.ENDED, before={"status": ContractStatus.ACTIVE.value},
            after={"meters": serials, "last_reading_kwh": str(last) if last is not None else None},
        )  # fmt: skip
        return ContractEnded(contract.account_code, tuple(serials), last)


def _end_row(contract: Contract, when: datetime) -> None:
    contract.status, contract.ended_at = ContractStatus.ENDED, when
    contract.save(update_fields=["status", "ended_at"])
    end_parts(account_code=contract.account_code, actor_ref="contract", at=when)


def _owed(account_code: str) -> int:
    row = Balance.objects.select_for_update().filter(account_code=account_code).first()
    return row.amount_vnd if row else 0


def _debt_open(contract: Contract, owed: int) -> DebtOpen:
    return DebtOpen(field="account_code", account=contract.account_code, amount=format_number(owed))


def _read_at(point: ServicePoint, reading: ReadingGiven, when: datetime) -> Decimal:
    """Write what the counting meter shows when one holder hands over to the next; nothing where no meter hangs."""
    counting = [hanging for hanging in hanging_at(point) if not hanging.is_reactive]
    if not counting:
        return Decimal(0)
    meter = counting[0].meter
    shown = meters.parse_readings(meter, reading, field="handover_reading")
    meters.write_readings(meter, shown, source="HANDOVER", when=when)
    return sum(shown.values(), Decimal(0))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
