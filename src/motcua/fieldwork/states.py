"""What a visit is for, and the states it can be in."""

from __future__ import annotations

from enum import StrEnum


class VisitKind(StrEnum):
    SURVEY = "SURVEY"
    SIGN = "SIGN"
    INSTALL = "INSTALL"
    CHANGE = "CHANGE"
    REPAIR = "REPAIR"
    VISIT = "VISIT"


class VisitStatus(StrEnum):
    PLANNED = "PLANNED"  # a window, no crew yet
    ASSIGNED = "ASSIGNED"
    ON_THE_WAY = "ON_THE_WAY"
    DONE = "DONE"
    NOBODY_HOME = "NOBODY_HOME"
    CANCELLED = "CANCELLED"

    @property
    def is_open(self) -> bool:
        return self in {VisitStatus.PLANNED, VisitStatus.ASSIGNED, VisitStatus.ON_THE_WAY}

    @property
    def may_move(self) -> bool:
        return self in {VisitStatus.PLANNED, VisitStatus.ASSIGNED}


class Half(StrEnum):
    AM = "AM"
    PM = "PM"


# Steps of declared services at which a crew comes, and what for.
KIND_OF_STEP: dict[str, VisitKind] = {
    "SURVEY": VisitKind.SURVEY,
    "SIGN": VisitKind.SIGN,
    "INSTALL": VisitKind.INSTALL,
    "ENERGISE": VisitKind.INSTALL,
    "CHANGE": VisitKind.CHANGE,
    "REPAIR": VisitKind.REPAIR,
    "MAKE_SAFE": VisitKind.REPAIR,
}
# Where something hangs down or sparks, or a home is dark and has paid, nobody waits for tomorrow.
URGENT_STEPS = frozenset({"REPAIR", "MAKE_SAFE", "BACK"})
