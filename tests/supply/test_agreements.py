"""Another holder, other terms, the end, stop and reconnect, moved and checked meters: exact values, once per key."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from motcua.kernel.ids import new_id
from motcua.supply import operations as supply_ops
from motcua.supply import queries
from motcua.supply.models import Balance, ContractChange, Installation, Meter, MeterCheck, Reading, SupplyStop

UNIT = "PD0100"
OLD = "PD01000000001"


@pytest.fixture
def running(company, stock, connect, at):
    """A contract that has run for thirty days, meter 18123456 at 3 kWh; its holder."""
    stock("18123456", "18123457")
    holder = new_id(at)
    connect(customer_id=holder, quota=2, energised_at=at, at=at)
    return holder


@pytest.fixture
def later(at):
    return at + timedelta(days=30)


class TestChangeHolder:
    def change(self, crew, later, **values):
        told = {
            "account_code": OLD, "customer_id": new_id(later), "contract_number": "HN26/2", "reading": "150",
            "effective_at": later, "actor": crew, "at": later, "key": "holder-1",
        } | values  # fmt: skip
        return supply_ops.change_holder(**told)

    def test_ends_one_contract_and_begins_another_at_the_same_meter(self, running, crew, later):
        newcomer = new_id(later)

        changed = self.change(crew, later, customer_id=newcomer)

        assert (changed.old_account_code, changed.account_code) == (OLD, "PD01000000002")
        assert (changed.reading_kwh, changed.balance_taken_vnd) == (Decimal(150), 0)
        old, new = queries.get_contract(OLD), queries.get_contract("PD01000000002")
        assert (old.status, old.customer_id) == ("ENDED", running)
        assert (new.status, new.customer_id, new.quota, new.number) == ("ACTIVE", newcomer, 2, "HN26/2")
        assert (new.meter_serial, new.place_id) == ("18123456", old.place_id)
        handed = Reading.objects.get(source="HANDOVER")
        assert (handed.value_kwh, handed.at) == (Decimal(150), later)
        assert [point.code for point in queries.list_points("PD01000000002")] == ["PD01000000001001"]

    def test_same_key_same_answer(self, running, crew, later):
        newcomer = new_id(later)
        first = self.change(crew, later, customer_id=newcomer)

        assert self.change(crew, later, customer_id=newcomer) == first
        assert ContractChange.objects.count() == 1
        with pytest.raises(supply_ops.KeyReused):
            self.change(crew, later, customer_id=newcomer, reading="151")

    def test_a_debt_is_settled_or_taken_over(self, running, crew, later):
        Balance.objects.create(account_code=OLD, amount_vnd=250_000, as_of=date(2026, 11, 30))
        newcomer = new_id(later)

        with pytest.raises(supply_ops.DebtOpen) as refusal:
            self.change(crew, later, customer_id=newcomer)
        assert "250.000" in str(refusal.value)
        changed = self.change(crew, later, customer_id=newcomer, takes_over_debt=True)

        assert changed.balance_taken_vnd == 250_000
        assert queries.find_balance("PD01000000002").amount_vnd == 250_000
        assert queries.find_balance(OLD).amount_vnd == 0

    def test_refuses_the_same_holder_a_wrong_reading_and_an_ended_contract(self, running, crew, later):
        with pytest.raises(supply_ops.SameHolder):
            self.change(crew, later, customer_id=running)
        with pytest.raises(supply_ops.ReadingInvalid):
            self.change(crew, later, reading="12345678901")
        self.change(crew, later)
        with pytest.raises(supply_ops.ContractUnknown):
            self.change(crew, later, key="holder-2")


class TestChangeTerms:
    def change(self, actor, later, **values):
        told = {
            "account_code": OLD,
            "effective_at": later,
            "actor": actor,
            "at": later,
            "key": "terms-1",
        } | values
        return supply_ops.change_terms(**told)

    def test_changes_what_is_given_and_says_what_was(self, running, business, later):
        changed = self.change(business, later, purpose="BUSINESS", quota=3)

        assert (changed.old, changed.new) == (
            {"purpose": "RESIDENTIAL", "quota": 2}, {"purpose": "BUSINESS", "quota": 3},
        )  # fmt: skip
        assert self.change(business, later, purpose="BUSINESS", quota=3) == changed
        contract = queries.get_contract(OLD)
        assert (contract.purpose, contract.quota) == ("BUSINESS", 3)

    def test_extends_to_a_later_day_only(self, running, business, later):
        assert self.change(business, later, expires_on=date(2027, 6, 30)).new == {"expires_on": "2027-06-30"}
        with pytest.raises(supply_ops.EndInvalid):
            self.change(business, later, expires_on=date(2027, 6, 30), key="terms-2")
        assert queries.get_contract(OLD).expires_on == date(2027, 6, 30)

    @pytest.mark.parametrize(
        ("values", "refusal"),
        [
            ({"purpose": "CASTLE"}, supply_ops.PurposeUnknown),
            ({"quota": 0}, supply_ops.QuotaInvalid),
            ({"expires_on": date(2020, 1, 1)}, supply_ops.EndInvalid),
            ({"quota": 2}, supply_ops.NothingToChange),
        ],
    )
    def test_refuses(self, running, business, later, values, refusal):
        with pytest.raises(refusal):
            self.change(business, later, **values)
        assert not ContractChange.objects.exists()


class TestEndContract:
    def end(self, crew, later, **values):
        told = {
            "account_code": OLD, "last_reading": "412", "effective_at": later, "actor": crew, "at": later,
            "key": "end-1",
        } | values  # fmt: skip
        return supply_ops.end_contract(**told)

    def test_the_meter_goes_back_to_stock_with_its_last_reading(self, running, crew, later, connect):
        ended = self.end(crew, later)

        assert (ended.account_code, ended.meter_serials, ended.last_reading_kwh) == (
            OLD,
            ("18123456",),
            Decimal(412),
        )
        assert self.end(crew, later) == ended
        assert queries.get_contract(OLD).status == "ENDED"
        assert [meter.serial for meter in queries.list_stock_meters(UNIT)] == ["18123456", "18123457"]
        hung = Installation.objects.get()
        assert (hung.removed_at, hung.last_reading) == (later, Decimal(412))
        again = connect(
            key="energise-2", energised_at=later + timedelta(hours=1), at=later + timedelta(hours=1)
        )
        assert (again.account_code, again.meter_serial) == ("PD01000000002", "18123456")

    def test_not_while_something_is_owed(self, running, crew, later):
        Balance.objects.create(account_code=OLD, amount_vnd=1, as_of=date(2026, 11, 30))

        with pytest.raises(supply_ops.DebtOpen):
            self.end(crew, later)
        assert queries.get_contract(OLD).status == "ACTIVE"
        assert Meter.objects.get(serial="18123456").status == "INSTALLED"


class TestStopAndReconnect:
    def test_stops_and_comes_back(self, running, crew, at, later):
        told = {"account_code": OLD, "actor": crew, "at": later}
        supply_ops.stop_supply(reason="DEBT", stopped_at=later, key="stop-1", **told)
        assert queries.find_stop(OLD).reason == "DEBT"
        with pytest.raises(supply_ops.AlreadyStopped):
            supply_ops.stop_supply(reason="DEBT", stopped_at=later, key="stop-2", **told)

        on = later + timedelta(hours=5)
        back = {"account_code": OLD, "actor": crew, "restored_at": on, "at": on, "key": "back-1"}
        restored = supply_ops.restore_supply(**back)

        assert (restored.stopped_at, restored.restored_at) == (later, on)
        assert supply_ops.restore_supply(**back) == restored
        assert queries.find_stop(OLD) is None
        assert SupplyStop.objects.count() == 1

    def test_a_stop_that_we_never_saw_ends_all_the_same(self, running, crew, later):
        restored = supply_ops.restore_supply(
            account_code=OLD, restored_at=later, actor=crew, at=later, key="back-1"
        )

        assert restored.stopped_at is None
        assert SupplyStop.objects.get().restored_at == later


def test_a_moved_meter_is_the_same_one_read_and_sealed_anew(running, crew, later):
    told = {
        "account_code": OLD, "reading": "88.5", "seals": ["S-9"], "pole_number": "ts/12a/08", "moved_at": later,
        "actor": crew, "at": later, "key": "move-1",
    }  # fmt: skip
    moved = supply_ops.move_meter(**told)

    assert (moved.meter_serial, moved.old_pole, moved.new_pole, moved.reading_kwh) == (
        "18123456", "", "TS/12A/08", Decimal("88.5"),
    )  # fmt: skip
    assert supply_ops.move_meter(**told) == moved
    before, now = Installation.objects.order_by("installed_at")
    assert (before.removed_at, before.last_reading) == (later, Decimal("88.5"))
    assert (now.installed_at, now.first_reading, now.seals) == (later, Decimal("88.5"), ["S-9"])
    assert Meter.objects.get(serial="18123456").status == "INSTALLED"
    assert queries.get_contract(OLD).pole_number == "TS/12A/08"


class TestMeterCheck:
    def check(self, crew, later, **values):
        told = {
            "account_code": OLD, "verdict": "RIGHT", "is_independent": False, "reading": "200", "checked_at": later,
            "actor": crew, "at": later, "key": "check-1",
        } | values  # fmt: skip
        return supply_ops.record_meter_check(**told)

    def test_a_right_meter_stays(self, running, crew, later):
        checked = self.check(crew, later, error_percent=Decimal("0.35"))

        assert (checked.verdict, checked.meter_serial, checked.new_meter_serial) == ("RIGHT", "18123456", "")
        assert self.check(crew, later, error_percent=Decimal("0.35")) == checked
        assert MeterCheck.objects.get().error_percent == Decimal("0.35")
        assert Reading.objects.get(source="CHECK").value_kwh == Decimal(200)

    def test_a_wrong_meter_is_replaced_and_not_put_into_stock(self, running, crew, later):
        checked = self.check(
            crew, later, verdict="WRONG", is_independent=True, error_percent=Decimal("4.2"),
            new_meter_serial="18123457", first_reading="0", seals=["S-7"],
        )  # fmt: skip

        assert checked.new_meter_serial == "18123457"
        assert queries.get_contract(OLD).meter_serial == "18123457"
        assert Meter.objects.get(serial="18123456").status == "REMOVED"
        assert MeterCheck.objects.get().meter.serial == "18123456"

    def test_refuses_an_unknown_verdict(self, running, crew, later):
        with pytest.raises(supply_ops.VerdictInvalid):
            self.check(crew, later, verdict="MAYBE")


def test_a_split_account_hangs_beside_the_one_that_stays(running, connect, make_place, at, later):
    place = queries.get_contract(OLD).place_id
    told = {
        "place_id": place,
        "meter_serial": "18123457",
        "key": "split-1",
        "energised_at": later,
        "at": later,
    }

    with pytest.raises(supply_ops.PlaceAlreadySupplied):
        connect(**told)
    connected = connect(**told, beside_account=OLD)

    assert connected.account_code == "PD01000000002"
    assert [queries.get_contract(code).status for code in (OLD, "PD01000000002")] == ["ACTIVE", "ACTIVE"]
