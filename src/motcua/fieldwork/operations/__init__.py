"""The only ways to write a crew or a visit; each public name is one act.

Locks: the visit's row first, then a slot's row; one act each. An act on a visit is idempotent by `key`: the same
key again gives the visit as it is, and nothing happens twice.
"""

from motcua.fieldwork.operations.booking import Contact, assign_crew, book_visit, move_visit
from motcua.fieldwork.operations.crews import add_crew, set_crew_members
from motcua.fieldwork.operations.planning import plan_day, plan_tomorrow
from motcua.fieldwork.operations.refusals import (
    CrewMemberTaken,
    CrewTooSmall,
    CrewUnknown,
    TooLateToMove,
    VisitAlreadyBooked,
    VisitClosed,
    VisitNotYours,
    WindowFull,
    WindowUnknown,
)
from motcua.fieldwork.operations.visits import (
    cancel_open_visits,
    cancel_visit,
    correct_contact,
    erase_contacts,
    finish_visit,
    record_nobody_home,
    start_visit,
    turn_visit_into,
)

__all__ = [
    "Contact",
    "CrewMemberTaken",
    "CrewTooSmall",
    "CrewUnknown",
    "TooLateToMove",
    "VisitAlreadyBooked",
    "VisitClosed",
    "VisitNotYours",
    "WindowFull",
    "WindowUnknown",
    "add_crew",
    "assign_crew",
    "book_visit",
    "cancel_open_visits",
    "cancel_visit",
    "correct_contact",
    "erase_contacts",
    "finish_visit",
    "move_visit",
    "plan_day",
    "plan_tomorrow",
    "record_nobody_home",
    "set_crew_members",
    "start_visit",
    "turn_visit_into",
]
