"""Tables of this room, all in `public`: rates, fees and limits; and what electricity costs."""

from motcua.tariffs.models.dated import DatedRate, DatedRow, DateRange, FeeFactor, FeeItem, ServiceLimit
from motcua.tariffs.models.energy import (
    EnergyPrice,
    PriceDecision,
    ReactiveRate,
    Relief,
    UseHours,
    VoltageLevel,
)

__all__ = [
    "DateRange",
    "DatedRate",
    "DatedRow",
    "EnergyPrice",
    "FeeFactor",
    "FeeItem",
    "PriceDecision",
    "ReactiveRate",
    "Relief",
    "ServiceLimit",
    "UseHours",
    "VoltageLevel",
]
