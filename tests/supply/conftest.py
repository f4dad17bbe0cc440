from decimal import Decimal

import pytest

from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.supply import operations as supply_ops

SYSTEM = Actor.system("test")
UNIT = "PD0100"


@pytest.fixture
def make_place(at):
    """A place with the given values over ordinary ones. Needs a company."""

    def make(**values):
        told = {
            "text": "Số 12 ngõ 5 Trần Phú",
            "house": "12",
            "street": "ngõ 5 Trần Phú",
            "province_code": "01",
        }
        return supply_ops.create_place(**told | values, actor=SYSTEM, at=at)

    return make


@pytest.fixture
def stock(at):
    """Meters in the unit's stock. Needs a company."""

    def fill(*serials, **values):
        told = {"unit_code": UNIT, "actor": SYSTEM, "at": at} | values
        return supply_ops.add_stock_meters(serials=serials, **told)

    return fill


@pytest.fixture
def connect(at, make_place, crew):
    """connect_supply with ordinary values. Needs a company and a meter in stock."""

    def call(**values):
        told = {
            "request_id": None,
            "customer_id": new_id(at),
            "unit_code": UNIT,
            "meter_serial": "18123456",
            "first_reading": "3",
            "seals": ["S-1", "S-2"],
            "phases": 1,
            "quota": 1,
            "contract_number": "26/0001",
            "energised_at": at,
            "actor": crew,
            "at": at,
            "key": "energise-1",
            "capacity_kw": Decimal(5),
        } | values
        if "place_id" not in told:
            told["place_id"] = make_place().id
        return supply_ops.connect_supply(**told)

    return call
