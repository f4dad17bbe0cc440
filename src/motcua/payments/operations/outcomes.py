"""What became of a notice, and under which key the ledger knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from motcua.payments.models import BankNotification, NotificationState, Outcome

_STATE_OF_OUTCOME = {Outcome.SUSPENSE: "suspense", Outcome.REVERSED: "reversed"}


@dataclass(frozen=True)
class Recorded:
    """What became of a notice: matched, duplicate, suspense, reversed, or pending (stored only)."""

    state: str
    charge_id: UUID | None
    notification_id: UUID
    outcome: str = ""


def finish(notice: BankNotification, outcome: Outcome, charge_id: UUID | None, *, at: datetime) -> Recorded:
    notice.state = NotificationState.PROCESSED
    notice.outcome = outcome
    notice.charge_id = charge_id
    notice.processed_at = at
    notice.last_error = ""
    notice.save(update_fields=["state", "outcome", "charge_id", "processed_at", "last_error"])
    return recorded(notice)


def recorded(notice: BankNotification) -> Recorded:
    state = _STATE_OF_OUTCOME.get(Outcome(notice.outcome), "matched")
    return Recorded(state, notice.charge_id, notice.id, notice.outcome)


def ledger_key(notice: BankNotification) -> str:
    return key_of(notice.bank, notice.txn_id)


def key_of(bank: str, txn_id: str) -> str:
    return f"bank:{bank}:{txn_id}"
