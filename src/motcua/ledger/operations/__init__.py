"""The only ways to write the ledger. Each act is one transaction with one key; the same key and content again gives
the first result.

Locks: the charge's row first (`for_update`), then the key (unique), then balance stripes in order (by the trigger).
"""

from motcua.ledger.operations.accounts import open_account
from motcua.ledger.operations.charges import cancel_charge, lock_charge, lock_charges_of, raise_charge
from motcua.ledger.operations.moving import receive_unmatched, reverse, transfer
from motcua.ledger.operations.posting import Posted
from motcua.ledger.operations.refusals import (
    AccountDiffers,
    AccountUnknown,
    AlreadyReversed,
    AmountInvalid,
    ChargeKindUnknown,
    ChargeNotOpen,
    ChargePartlyPaid,
    KeyReused,
    NotReversible,
    VatRateInvalid,
)
from motcua.ledger.operations.settling import Settled, settle_charge

__all__ = [
    "AccountDiffers",
    "AccountUnknown",
    "AlreadyReversed",
    "AmountInvalid",
    "ChargeKindUnknown",
    "ChargeNotOpen",
    "ChargePartlyPaid",
    "KeyReused",
    "NotReversible",
    "Posted",
    "Settled",
    "VatRateInvalid",
    "cancel_charge",
    "lock_charge",
    "lock_charges_of",
    "open_account",
    "raise_charge",
    "receive_unmatched",
    "reverse",
    "settle_charge",
    "transfer",
]
