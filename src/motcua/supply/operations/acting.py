"""An act on a running contract: under lock, once under its key, kept with what was and what is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.supply.models import (
    Contract,
    ContractChange,
    ContractChangeKind,
    ContractStatus,
    Installation,
    ServicePoint,
)
from motcua.supply.operations import meters
from motcua.supply.operations.capacity import ContractUnknown
from motcua.supply.operations.connecting import EnergisedInFuture, KeyReused
from motcua.supply.operations.meters import ReadingGiven


@dataclass(frozen=True)
class Act:
    """One act at work on a contract. `earlier`: what its key did before, when it comes again."""

    contract: Contract
    earlier: ContractChange | None
    key: str
    asked: str
    request_id: UUID | None
    effective_at: datetime
    actor: Actor
    at: datetime

    def require_past(self) -> None:
        if self.effective_at > self.at:
            raise EnergisedInFuture(field="effective_at")

    def note(self, kind: ContractChangeKind, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Keep what was and what is, under the key of the act; and in the audit."""
        account_code = self.contract.account_code
        ContractChange.objects.create(
            key=self.key, account_code=account_code, kind=kind, request_id=self.request_id, asked_sha256=self.asked,
            before=dict(before), after=dict(after), effective_at=self.effective_at, actor=self.actor.ref, at=self.at,
        )  # fmt: skip
        facts = {
            "request": str(self.request_id or ""),
            "after": {name: value for name, value in after.items() if name != "customer_id"},
        }
        company_ops.record_audit(
            actor=self.actor, verb=f"contract.{kind.value.lower()}", subject_type="account", subject_id=account_code,
            at=self.at, facts=facts,
        )  # fmt: skip


@contextmanager
def act_on(
    account_code: str,
    *,
    key: str,
    asked: Mapping[str, object],
    request_id: UUID | None,
    effective_at: datetime,
    actor: Actor,
    at: datetime,
) -> Iterator[Act]:
    """One transaction with the running contract under lock; `asked` is all that a key may be used for.

    Raises ContractUnknown, KeyReused.
    """
    wanted = fingerprint(asked)
    with transaction.atomic():
        contract, earlier = _lock_contract(account_code, key, wanted)
        yield Act(contract, earlier, key, wanted, request_id, effective_at, actor, at)


def _lock_contract(account_code: str, key: str, asked: str) -> tuple[Contract, ContractChange | None]:
    code = codes.clean_account_code(account_code)
    contract = Contract.objects.select_for_update().filter(account_code=code).first()
    earlier = ContractChange.objects.filter(key=key).first()
    if earlier is not None:
        if earlier.asked_sha256 != asked:
            raise KeyReused(key=key)
        return contract or Contract(), earlier
    if contract is None or contract.status != ContractStatus.ACTIVE:
        raise ContractUnknown(field="account_code")
    return contract, None


def hanging_at(point: ServicePoint) -> list[Installation]:
    """What hangs at the point now, the counting meter first."""
    rows = Installation.objects.filter(service_point=point, removed_at__isnull=True).select_related("meter")
    return list(rows.order_by("is_reactive"))


def take_down(hanging: Installation, reading: ReadingGiven, when: datetime, *, field: str) -> None:
    """Take a meter down with what it shows. Raises ReadingInvalid, EnergisedInFuture when it hung later than that."""
    if when <= hanging.installed_at:
        raise EnergisedInFuture(field="effective_at")
    last = meters.parse_readings(hanging.meter, reading, field=field)
    meters.take_meter_down(installation=hanging, readings=last, when=when)
