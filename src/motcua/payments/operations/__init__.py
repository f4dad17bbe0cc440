"""The only ways to write a payment; each public name is one act."""

from motcua.payments.operations.cases import credit_case, resolve_case, return_case
from motcua.payments.operations.inbox import (
    Stored,
    process_due,
    process_notification,
    process_or_leave,
    record_bank_notification,
    store_notification,
)
from motcua.payments.operations.outcomes import Recorded
from motcua.payments.operations.partners import (
    Answer,
    add_partner,
    answer_once,
    change_partner_secret,
    switch_partner,
)
from motcua.payments.operations.refusals import (
    CaseClosed,
    ChargeCannotTake,
    NoteMissing,
    NotificationDiffers,
    PartnerExists,
    RequestReused,
)

__all__ = [
    "Answer",
    "CaseClosed",
    "ChargeCannotTake",
    "NoteMissing",
    "NotificationDiffers",
    "PartnerExists",
    "Recorded",
    "RequestReused",
    "Stored",
    "add_partner",
    "answer_once",
    "change_partner_secret",
    "credit_case",
    "process_due",
    "process_notification",
    "process_or_leave",
    "record_bank_notification",
    "resolve_case",
    "return_case",
    "store_notification",
    "switch_partner",
]
