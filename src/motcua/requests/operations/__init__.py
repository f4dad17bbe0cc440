"""The only ways to write a request; each public name is one act."""

from motcua.requests.operations.acts import (
    add_note,
    add_papers,
    ask_papers,
    assign,
    cancel,
    explain_late,
    object_to,
    record_trip,
    reject,
    reopen,
    reroute,
)
from motcua.requests.operations.advancing import Advanced, advance, charge_paid, charge_reopened
from motcua.requests.operations.drafts import discard_draft, resume_draft, save_answers, start_draft
from motcua.requests.operations.erasing import erase_request_data
from motcua.requests.operations.handing import DocumentsMissing, ReceiverMissing, hand_result, was_handed
from motcua.requests.operations.refusals import (
    ActionUnknown,
    AlreadyClosed,
    DraftClosed,
    KeyReused,
    NotNow,
    NotYours,
    ReasonMissing,
    RequestUnknown,
    RequirementMissing,
    Stale,
)
from motcua.requests.operations.submitting import Receipt, submit

__all__ = [
    "ActionUnknown",
    "Advanced",
    "AlreadyClosed",
    "DocumentsMissing",
    "DraftClosed",
    "KeyReused",
    "NotNow",
    "NotYours",
    "ReasonMissing",
    "Receipt",
    "ReceiverMissing",
    "RequestUnknown",
    "RequirementMissing",
    "Stale",
    "add_note",
    "add_papers",
    "advance",
    "ask_papers",
    "assign",
    "cancel",
    "charge_paid",
    "charge_reopened",
    "discard_draft",
    "erase_request_data",
    "explain_late",
    "hand_result",
    "object_to",
    "record_trip",
    "reject",
    "reopen",
    "reroute",
    "resume_draft",
    "save_answers",
    "start_draft",
    "submit",
    "was_handed",
]
