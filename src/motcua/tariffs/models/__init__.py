"""Tables of this room, all in `public`: rates, fees and limits; and what electricity costs."""

from motcua.tariffs.models.dated import DatedRate, DatedRow, DateRange, FeeFactor, FeeItem, ServiceLimit
from motcua.tariffs.models.energy import (
    EnergyPrice,
    PriceDecision,
    PricesOnTrial,
    ReactiveRate,
    Relief,
    ThreePriceRule,
    UseHours,
    VoltageLevel,
)
from motcua.tariffs.models.proposals import (
    PriceEffect,
    PriceProposal,
    PriceTrial,
    ProposalKind,
    ProposalState,
)

__all__ = [
    "DateRange",
    "DatedRate",
    "DatedRow",
    "EnergyPrice",
    "FeeFactor",
    "FeeItem",
    "PriceDecision",
    "PriceEffect",
    "PriceProposal",
    "PriceTrial",
    "PricesOnTrial",
    "ProposalKind",
    "ProposalState",
    "ReactiveRate",
    "Relief",
    "ServiceLimit",
    "ThreePriceRule",
    "UseHours",
    "VoltageLevel",
]
