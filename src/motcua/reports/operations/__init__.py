"""The only ways to write figures: counting and rebuilding them, targets, months closed."""

from motcua.reports.operations.counting import Rebuilt, rebuild, roll_up
from motcua.reports.operations.publishing import (
    DECIDES,
    MonthNotOver,
    NothingToPublish,
    ReasonNeeded,
    TargetUnknown,
    close_month,
    set_target,
    withdraw_target,
)

__all__ = [
    "DECIDES",
    "MonthNotOver",
    "NothingToPublish",
    "ReasonNeeded",
    "Rebuilt",
    "TargetUnknown",
    "close_month",
    "rebuild",
    "roll_up",
    "set_target",
    "withdraw_target",
]
