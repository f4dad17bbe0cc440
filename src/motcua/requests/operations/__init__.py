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
from motcua.requests.operations.bulk import (
    CannotHold,
    TooLateToUndo,
    TooMany,
    assign_many,
    remind_many,
    undo_bulk,
)
from motcua.requests.operations.drafts import (
    discard_draft,
    resume_draft,
    resume_in_conversation,
    save_answers,
    start_draft,
)
from motcua.requests.operations.erasing import erase_request_data
from motcua.requests.operations.finding import catch_up, make_findable
from motcua.requests.operations.handing import DocumentsMissing, ReceiverMissing, hand_result, was_handed
from motcua.requests.operations.keeping import choose_columns, forget_list, save_list
from motcua.requests.operations.many import Move, Order, advance_many, submit_many
from motcua.requests.operations.mentioning import read_mentions
from motcua.requests.operations.refusals import (
    ActionUnknown,
    AlreadyClosed,
    DraftClosed,
    KeyReused,
    NotNow,
    NotServedHere,
    NotYours,
    ReasonMissing,
    RequestUnknown,
    RequirementMissing,
    Stale,
)
from motcua.requests.operations.reminding import plan_reminder
from motcua.requests.operations.submitting import Receipt, submit

__all__ = [
    "ActionUnknown",
    "Advanced",
    "AlreadyClosed",
    "CannotHold",
    "DocumentsMissing",
    "DraftClosed",
    "KeyReused",
    "Move",
    "NotNow",
    "NotServedHere",
    "NotYours",
    "Order",
    "ReasonMissing",
    "Receipt",
    "ReceiverMissing",
    "RequestUnknown",
    "RequirementMissing",
    "Stale",
    "TooLateToUndo",
    "TooMany",
    "add_note",
    "add_papers",
    "advance",
    "advance_many",
    "ask_papers",
    "assign",
    "assign_many",
    "cancel",
    "catch_up",
    "charge_paid",
    "charge_reopened",
    "choose_columns",
    "discard_draft",
    "erase_request_data",
    "explain_late",
    "forget_list",
    "hand_result",
    "make_findable",
    "object_to",
    "plan_reminder",
    "read_mentions",
    "record_trip",
    "reject",
    "remind_many",
    "reopen",
    "reroute",
    "resume_draft",
    "resume_in_conversation",
    "save_answers",
    "save_list",
    "start_draft",
    "submit",
    "submit_many",
    "undo_bulk",
    "was_handed",
]
