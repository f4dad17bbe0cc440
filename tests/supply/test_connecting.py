from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from motcua.companies import queries as company_queries
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import NotFound
from motcua.supply import access, queries
from motcua.supply import operations as supply_ops
from motcua.supply.models import (
    AccountCounter,
    CapacityChange,
    ConnectionRecord,
    Contract,
    Installation,
    Meter,
    Reading,
    ServicePoint,
)

UNIT = "PD0100"
WRITTEN = (ConnectionRecord, Contract, Installation, Reading, ServicePoint, AccountCounter)


class TestConnectSupply:
    def test_makes_contract_point_meter_and_first_reading(self, company, stock, connect, at):
        stock("18123456")
        customer = new_id(at)

        connected = connect(customer_id=customer)

        assert (connected.account_code, connected.service_point_code) == ("PD01000000001", "PD01000000001001")
        contract = queries.get_contract("pd0100 0000001")
        assert (contract.customer_id, contract.unit_code, contract.meter_serial) == (
            customer,
            UNIT,
            "18123456",
        )
        assert (contract.place_text, contract.phases, contract.capacity_kw) == (
            "Số 12 ngõ 5 Trần Phú",
            1,
            Decimal(5),
        )
        assert [
            (reading.register, reading.value_kwh) for reading in queries.list_readings(connected.account_code)
        ] == [("KT", Decimal(3))]
        assert Installation.objects.get().seals == ["S-1", "S-2"]
        assert queries.list_stock_meters(UNIT) == []
        audited = company_queries.list_audit(subject_type="account", subject_id=connected.account_code).get()
        assert audited.verb == "supply.connected"

    def test_answers_the_same_key_with_the_same_result(self, company, stock, connect, make_place, at):
        stock("18123456")
        place, customer = make_place().id, new_id(at)

        first = connect(place_id=place, customer_id=customer)
        again = connect(place_id=place, customer_id=customer)

        assert again == first
        assert Contract.objects.count() == Reading.objects.count() == 1

    def test_refuses_a_key_used_for_something_else(self, company, stock, connect, make_place, at):
        stock("18123456", "18123457")
        place, customer = make_place().id, new_id(at)
        connect(place_id=place, customer_id=customer)

        with pytest.raises(supply_ops.KeyReused):
            connect(place_id=place, customer_id=customer, meter_serial="18123457")

    def test_refuses_a_request_that_is_lit_already(self, company, stock, connect, at):
        stock("18123456", "18123457")
        request = new_id(at)
        connect(request_id=request)

        with pytest.raises(supply_ops.AlreadyConnected):
            connect(request_id=request, meter_serial="18123457", key="energise-2")

    @pytest.mark.parametrize(
        ("values", "refusal"),
        [
            ({"meter_serial": "99999999"}, supply_ops.MeterUnknown),
            ({"meter_serial": "70000001"}, supply_ops.MeterUnknown),
            ({"meter_serial": "33333333"}, supply_ops.MeterNotForPoint),
            ({"first_reading": "abc"}, supply_ops.ReadingInvalid),
            ({"first_reading": "-1"}, supply_ops.ReadingInvalid),
            ({"first_reading": "1234567"}, supply_ops.ReadingInvalid),
            ({"first_reading": {"BT": 1, "CD": 1, "TD": 1}}, supply_ops.ReadingInvalid),
            ({"seals": ["", " "]}, supply_ops.SealMissing),
            ({}, None),
            ({"unit_code": "XX"}, supply_ops.MeterUnknown),
        ],
    )
    def test_refuses_and_writes_nothing(self, company, stock, connect, at, values, refusal):
        stock("18123456")
        stock("33333333", phases=3)
        stock("70000001", unit_code="PD0200")
        if refusal is None:
            values, refusal = {"place_id": new_id(at)}, supply_ops.PlaceUnknown

        with pytest.raises(refusal):
            connect(**values)

        assert [model.objects.count() for model in WRITTEN] == [0] * len(WRITTEN)
        assert Meter.objects.filter(status="STOCK").count() == 3

    def test_refuses_a_meter_that_hangs_elsewhere(self, company, stock, connect):
        stock("18123456")
        connect()

        with pytest.raises(supply_ops.MeterElsewhere) as refused:
            connect(key="energise-2")

        assert refused.value.field == "meter_serial"
        assert "18123456" in str(refused.value)
        assert Contract.objects.count() == 1

    def test_refuses_a_place_that_has_a_contract(self, company, stock, connect, make_place):
        stock("18123456", "18123457")
        place = make_place().id
        connect(place_id=place)

        with pytest.raises(supply_ops.PlaceAlreadySupplied):
            connect(place_id=place, key="energise-2", meter_serial="18123457")

    def test_refuses_the_future(self, company, stock, connect, at):
        stock("18123456")

        with pytest.raises(supply_ops.EnergisedInFuture):
            connect(energised_at=at + timedelta(seconds=1))

    def test_reads_every_register_of_a_time_of_use_meter(self, company, stock, connect):
        stock("18123456", kind="TIME_OF_USE", phases=3)

        connected = connect(phases=3, first_reading={"BT": "1", "CD": "2", "TD": "3,5"})

        assert {(row.register, row.value_kwh) for row in queries.list_readings(connected.account_code)} == {
            ("BT", Decimal(1)),
            ("CD", Decimal(2)),
            ("TD", Decimal("3.5")),
        }

    def test_skips_codes_that_an_import_brought(self, company, stock, connect, at, make_place):
        stock("18123456", "18123457")
        connect()
        AccountCounter.objects.update(last_serial=0)

        assert connect(key="energise-2", meter_serial="18123457").account_code == "PD01000000002"


class TestRaces:
    def test_give_two_connections_two_serials(self, committed_company, race, stock, connect, make_place):
        serials = [f"1812345{number}" for number in range(6)]
        stock(*serials)
        places = [make_place().id for _ in serials]

        results = race(
            *[
                (
                    lambda number=number: connect(
                        meter_serial=serials[number], place_id=places[number], key=f"e-{number}"
                    )
                )
                for number in range(6)
            ]
        )

        codes = sorted(result.account_code for result in results)
        assert codes == [f"PD0100{number:07d}" for number in range(1, 7)]

    def test_let_one_of_two_crews_hang_the_meter(self, committed_company, race, stock, connect, make_place):
        stock("18123456")
        places = [make_place().id, make_place().id]

        results = race(
            *[
                (lambda number=number: connect(place_id=places[number], key=f"e-{number}"))
                for number in range(2)
            ]
        )

        assert sum(isinstance(result, supply_ops.Connected) for result in results) == 1, results
        assert sum(isinstance(result, supply_ops.MeterElsewhere) for result in results) == 1, results
        assert Installation.objects.count() == Contract.objects.count() == 1

    def test_let_one_of_two_crews_light_the_place(self, committed_company, race, stock, connect, make_place):
        stock("18123456", "18123457")
        place = make_place().id

        results = race(
            *[
                (lambda serial=serial: connect(place_id=place, meter_serial=serial, key=serial))
                for serial in ("18123456", "18123457")
            ]
        )

        assert sum(isinstance(result, supply_ops.PlaceAlreadySupplied) for result in results) == 1, results

    def test_give_one_key_pressed_twice_one_answer(
        self, committed_company, race, stock, connect, make_place, at
    ):
        stock("18123456")
        place, customer = make_place().id, new_id(at)

        results = race(*[lambda: connect(place_id=place, customer_id=customer)] * 4)

        assert len(set(results)) == 1, results
        assert Contract.objects.count() == 1


class TestWalls:
    """What the database refuses by itself, whoever writes."""

    @pytest.fixture
    def hung(self, company, stock, connect):
        stock("18123456", "18123457")
        connect()
        return Installation.objects.get()

    def overlap(self, hung, **values):
        told = {
            "meter_id": hung.meter_id,
            "service_point_id": hung.service_point_id,
            "installed_by": "x",
        } | values
        with transaction.atomic():
            Installation.objects.create(**told)

    def test_a_meter_is_in_one_place(self, hung, at, make_place):
        other = ServicePoint.objects.create(
            code="X1",
            place_id=make_place().id,
            account_code="PD01000000009",
            unit_code=UNIT,
            phases=1,
            created_at=at,
        )

        with pytest.raises(IntegrityError, match="meter_in_one_place"):
            self.overlap(hung, service_point_id=other.id, installed_at=at + timedelta(days=1))

        Installation.objects.update(removed_at=at + timedelta(days=1))
        self.overlap(hung, service_point_id=other.id, installed_at=at + timedelta(days=1))

    def test_a_point_has_one_meter_of_a_kind(self, hung, at):
        other = Meter.objects.get(serial="18123457")

        with pytest.raises(IntegrityError, match="point_has_one_meter"):
            self.overlap(
                hung,
                meter_id=other.id,
                installed_at=at - timedelta(days=9),
                removed_at=at + timedelta(hours=1),
            )

        self.overlap(hung, meter_id=other.id, installed_at=at, is_reactive=True)

    def test_no_reading_is_negative_or_doubled(self, hung, at):
        with pytest.raises(IntegrityError, match="reading_not_negative"), transaction.atomic():
            Reading.objects.create(meter_id=hung.meter_id, register="KT", at=at, source="X", value_kwh=-1)
        with pytest.raises(IntegrityError, match="reading_once"), transaction.atomic():
            Reading.objects.create(
                meter_id=hung.meter_id, register="KT", at=at, source="INSTALL", value_kwh=9
            )


class TestChangeCapacity:
    @pytest.fixture
    def account(self, company, stock, connect):
        stock("18123456")
        return connect().account_code

    def change(self, account, at, crew, **values):
        told = {"account_code": account, "effective_at": at, "actor": crew, "at": at, "key": "c-1"} | values
        return supply_ops.change_capacity(**told)

    def test_raises_the_capacity_once(self, account, at, crew):
        first = self.change(account, at, crew, capacity_kw=Decimal(8))
        again = self.change(account, at, crew, capacity_kw=Decimal(8))

        assert first == again
        assert (first.old_capacity_kw, first.new_capacity_kw) == (Decimal(5), Decimal(8))
        assert queries.get_contract(account).capacity_kw == Decimal(8)
        assert CapacityChange.objects.count() == 1
        with pytest.raises(supply_ops.KeyReused):
            self.change(account, at, crew, capacity_kw=Decimal(9))

    def test_swaps_the_meter_for_three_phases(self, account, at, crew, stock):
        stock("30000001", phases=3)
        later = at + timedelta(days=3)

        changed = self.change(
            account,
            later,
            crew,
            phases=3,
            meter_serial="30000001",
            last_reading="120",
            first_reading="0",
            seals=["S-9"],
        )

        assert (changed.old_meter_serial, changed.new_meter_serial) == ("18123456", "30000001")
        contract = queries.get_contract(account)
        assert (contract.phases, contract.meter_serial) == (3, "30000001")
        assert queries.find_meter("18123456").status == "REMOVED"
        assert Reading.objects.get(source="REMOVAL").value_kwh == 120

    def test_refuses_phases_without_a_meter_and_writes_nothing(self, account, at, crew, stock):
        stock("30000001", phases=3)
        for values, refusal in (
            ({"phases": 3}, supply_ops.CapacityInvalid),
            ({"capacity_kw": Decimal(0)}, supply_ops.CapacityInvalid),
            (
                {"phases": 3, "meter_serial": "30000001", "last_reading": "1", "first_reading": "0"},
                supply_ops.SealMissing,
            ),
            ({"account_code": "PD01009999999", "capacity_kw": Decimal(1)}, supply_ops.ContractUnknown),
            (
                {
                    "phases": 3,
                    "meter_serial": "30000001",
                    "last_reading": "",
                    "first_reading": "0",
                    "seals": ["S"],
                },
                supply_ops.ReadingInvalid,
            ),
        ):
            with pytest.raises(refusal):
                self.change(account, at + timedelta(days=1), crew, **values)

        assert queries.get_contract(account).phases == 1
        assert not CapacityChange.objects.exists()


class TestRecordReading:
    def test_is_once_per_instant_and_source(self, company, stock, connect, at, crew):
        stock("18123456")
        connect()

        def read(value):
            return supply_ops.record_reading(
                meter_serial="18123456",
                register="KT",
                value=value,
                source="CREW",
                read_at=at,
                actor=crew,
                at=at,
            )

        assert read("12") == read("12,0")
        with pytest.raises(supply_ops.ReadingInvalid):
            read("13")


class TestAccessContract:
    def test_reveals_nothing_to_others(self, company, stock, connect, at, intake, business):
        stock("18123456")
        customer = new_id(at)
        code = connect(customer_id=customer).account_code

        def may(actor, ids=()):
            try:
                return (
                    access.access_contract(actor=actor, account_code=code, customer_ids=ids).account_code
                    == code
                )
            except NotFound:
                return False

        assert may(intake)
        assert may(business)
        assert may(Actor.customer(customer), [customer])
        assert not may(Actor.customer(new_id(at)), [new_id(at)])
        assert not may(Actor.staff("b", roles=["BUSINESS"], unit_codes=["PD0200"]))
        assert not may(Actor.staff("c", roles=["DESK_CLERK"], unit_codes=[UNIT]))
        assert not may(Actor.anonymous("x"), [customer])


def test_stock_takes_a_serial_once(company, stock):
    assert stock("18123456", " 18 123 456 ", "18123457") == 2
    assert stock("18123456") == 0
    with pytest.raises(supply_ops.MeterSerialInvalid):
        stock("18123458", "?!")
    assert [meter.serial for meter in queries.list_stock_meters(UNIT)] == ["18123456", "18123457"]
