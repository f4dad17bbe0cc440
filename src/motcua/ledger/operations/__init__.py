"""The only ways to write the ledger. Each act is one transaction with one key; the same key and content again gives
the first result.

Locks: the charge's row first (`for_update`), then the key (unique), then balance stripes in order (by the trigger).
"""

from motcua.ledger.operations.accounts import open_account
from motcua.ledger.operations.charges import (
    cancel_charge,
    give_last_day,
    lock_charge,
    lock_charges_of,
    locking,
    raise_charge,
)
from motcua.ledger.operations.credits import apply_credit, give_credit, take_credit
from motcua.ledger.operations.deposits import (
    approve_deposit_return,
    ask_deposit_return,
    raise_deposit,
    refuse_deposit_return,
    return_deposit,
)
from motcua.ledger.operations.interest import book_interest, set_late_rate
from motcua.ledger.operations.mapping import map_accounts
from motcua.ledger.operations.moving import receive_unmatched, reverse, transfer
from motcua.ledger.operations.periods import (
    approve_reopen,
    ask_reopen,
    close_day,
    close_month,
    refuse_reopen,
)
from motcua.ledger.operations.posting import Posted
from motcua.ledger.operations.receiving_many import open_receiving, receive_staged
from motcua.ledger.operations.refusals import (
    AccountDiffers,
    AccountUnknown,
    AlreadyReversed,
    AmountInvalid,
    ChargeKindUnknown,
    ChargeNotOpen,
    ChargePartlyPaid,
    CreditTooSmall,
    DayClosed,
    DayNotSound,
    DaysOpen,
    DepositTooSmall,
    ExplanationMissing,
    KeyReused,
    LateRateInvalid,
    MonthIsClosed,
    NoLateRate,
    NotADeposit,
    NotClosed,
    NotReversible,
    OwnCodeInvalid,
    PeriodNotOver,
    ReasonMissing,
    ReopenNotAsked,
    ReturnDecided,
    SamePerson,
    VatRateInvalid,
)
from motcua.ledger.operations.runs import RaisedMany, open_stage, raise_staged
from motcua.ledger.operations.sealing import seal, seal_all
from motcua.ledger.operations.settling import Settled, settle_charge
from motcua.ledger.operations.settling_many import (
    KeyTakenMeanwhile,
    SettledMany,
    open_settling,
    settle_staged,
)
from motcua.ledger.operations.settling_within import Within, settling_row, settling_within

__all__ = [
    "AccountDiffers",
    "AccountUnknown",
    "AlreadyReversed",
    "AmountInvalid",
    "ChargeKindUnknown",
    "ChargeNotOpen",
    "ChargePartlyPaid",
    "CreditTooSmall",
    "DayClosed",
    "DayNotSound",
    "DaysOpen",
    "DepositTooSmall",
    "ExplanationMissing",
    "KeyReused",
    "KeyTakenMeanwhile",
    "LateRateInvalid",
    "MonthIsClosed",
    "NoLateRate",
    "NotADeposit",
    "NotClosed",
    "NotReversible",
    "OwnCodeInvalid",
    "PeriodNotOver",
    "Posted",
    "RaisedMany",
    "ReasonMissing",
    "ReopenNotAsked",
    "ReturnDecided",
    "SamePerson",
    "Settled",
    "SettledMany",
    "VatRateInvalid",
    "Within",
    "apply_credit",
    "approve_deposit_return",
    "approve_reopen",
    "ask_deposit_return",
    "ask_reopen",
    "book_interest",
    "cancel_charge",
    "close_day",
    "close_month",
    "give_credit",
    "give_last_day",
    "lock_charge",
    "lock_charges_of",
    "locking",
    "map_accounts",
    "open_account",
    "open_receiving",
    "open_settling",
    "open_stage",
    "raise_charge",
    "raise_deposit",
    "raise_staged",
    "receive_staged",
    "receive_unmatched",
    "refuse_deposit_return",
    "refuse_reopen",
    "return_deposit",
    "reverse",
    "seal",
    "seal_all",
    "set_late_rate",
    "settle_charge",
    "settle_staged",
    "settling_row",
    "settling_within",
    "take_credit",
    "transfer",
]
