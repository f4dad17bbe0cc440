"""Tables of this room: what is owed and booked; what closes and seals it; how it is told to other software."""

from motcua.ledger.models.booking import (
    Account,
    AccountBalance,
    Charge,
    ChargeStatus,
    LedgerTransaction,
    Posting,
    TransactionKind,
)
from motcua.ledger.models.keeping import (
    AccountMapping,
    DepositReturn,
    LateRate,
    Period,
    PeriodKind,
    PeriodState,
    ReturnState,
    Seal,
)

__all__ = [
    "Account",
    "AccountBalance",
    "AccountMapping",
    "Charge",
    "ChargeStatus",
    "DepositReturn",
    "LateRate",
    "LedgerTransaction",
    "Period",
    "PeriodKind",
    "PeriodState",
    "Posting",
    "ReturnState",
    "Seal",
    "TransactionKind",
]
