"""Writes of this room, one function per act. Import it as `supply_ops`."""

from motcua.supply.operations.capacity import (
    CapacityChanged,
    CapacityInvalid,
    ContractUnknown,
    change_capacity,
)
from motcua.supply.operations.connecting import (
    AlreadyConnected,
    Connected,
    EnergisedInFuture,
    KeyReused,
    PlaceAlreadySupplied,
    PlaceUnknown,
    connect_supply,
)
from motcua.supply.operations.meters import (
    MeterElsewhere,
    MeterNotForPoint,
    MeterSerialInvalid,
    MeterUnknown,
    ReadingInvalid,
    SealMissing,
    add_stock_meters,
    check_meter,
    record_reading,
)
from motcua.supply.operations.places import create_place
from motcua.supply.operations.staged import (
    StagedSupply,
    check_staged,
    count_staged,
    note_staged_seen,
    skip_staged_unchanged,
    upsert_staged,
)

__all__ = [
    "AlreadyConnected",
    "CapacityChanged",
    "CapacityInvalid",
    "Connected",
    "ContractUnknown",
    "EnergisedInFuture",
    "KeyReused",
    "MeterElsewhere",
    "MeterNotForPoint",
    "MeterSerialInvalid",
    "MeterUnknown",
    "PlaceAlreadySupplied",
    "PlaceUnknown",
    "ReadingInvalid",
    "SealMissing",
    "StagedSupply",
    "add_stock_meters",
    "change_capacity",
    "check_meter",
    "check_staged",
    "connect_supply",
    "count_staged",
    "create_place",
    "note_staged_seen",
    "record_reading",
    "skip_staged_unchanged",
    "upsert_staged",
]
