"""The tables of this room, a file each idea. All of it is a company's own; customers are known by id."""

from motcua.supply.models.acts import (
    CapacityChange,
    ConnectionRecord,
    ContractChange,
    ContractChangeKind,
    ImportedLine,
)
from motcua.supply.models.contracts import (
    AccountCounter,
    AccountRole,
    Balance,
    Contract,
    ContractStatus,
    PartRole,
    Purpose,
    SupplyStop,
)
from motcua.supply.models.meters import (
    Installation,
    Meter,
    MeterCheck,
    MeterKind,
    MeterStatus,
    MeterVerdict,
    Reading,
    Register,
)
from motcua.supply.models.periods import DayRange, InstantRange
from motcua.supply.models.places import FOLDED_WORDS, PLACE_TEXTS, Place, PlaceWords, ServicePoint

__all__ = [
    "FOLDED_WORDS",
    "PLACE_TEXTS",
    "AccountCounter",
    "AccountRole",
    "Balance",
    "CapacityChange",
    "ConnectionRecord",
    "Contract",
    "ContractChange",
    "ContractChangeKind",
    "ContractStatus",
    "DayRange",
    "ImportedLine",
    "Installation",
    "InstantRange",
    "Meter",
    "MeterCheck",
    "MeterKind",
    "MeterStatus",
    "MeterVerdict",
    "PartRole",
    "Place",
    "PlaceWords",
    "Purpose",
    "Reading",
    "Register",
    "ServicePoint",
    "SupplyStop",
]
