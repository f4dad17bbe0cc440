"""Files of an older system come in: what is good, once, and what it becomes."""
# ruff: noqa: F811 - fixtures are arguments

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.ops.import_house import (  # noqa: F401 - fixtures among them
    HEADERS,
    SYSTEM,
    bring,
    counts,
    errors_of,
    row,
    totals,
    write,
)

from motcua.companies.context import using_company
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import Customer, CustomerChange, Handle
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import (
    Contract,
    Installation,
    Meter,
    ServicePoint,
)


class TestGoodRow:
    def test_becomes_everything_the_desk_needs(self, company, write, bring):
        report = bring(write([row()]))

        assert counts(report) == (1, 0, 0, 0)
        assert report.errors_path is None
        contract = supply_queries.get_contract("PD01000012345")
        assert (contract.unit_code, contract.purpose, contract.quota, contract.phases) == (
            "PD0100",
            "RESIDENTIAL",
            1,
            1,
        )
        assert (contract.meter_serial, contract.station_code, contract.pole_number) == (
            "18123456",
            "T0012",
            "A12/3",
        )
        customer = customer_queries.get_customer(contract.customer_id)
        assert (customer.full_name, customer.phone, customer.id_number, customer.kind) == (
            "Nguyễn Thị Hoa",
            "+84901234567",
            "001190012345",
            "PERSON",
        )
        place = supply_queries.get_place(contract.place_id)
        assert (place.house, place.street, place.commune, place.district, place.province_code) == (
            "12",
            "ngõ 5 Trần Phú",
            "Mộ Lao",
            "Hà Đông",
            "01",
        )
        reading = supply_queries.list_readings("PD01000012345")[0]
        assert (reading.value_kwh, reading.at) == (Decimal(1234), datetime(2026, 10, 30, 17, tzinfo=UTC))
        assert supply_queries.find_balance("PD01000012345").amount_vnd == 350_000

    def test_links_no_handle(self, company, write, bring):
        bring(write([row()]))

        assert not Handle.objects.exists()

    def test_keeps_new_account_codes_clear_of_imported_ones(self, company, write, bring, at):
        bring(write([row(41), row(42)]))
        place = supply_ops.create_place(text="x", house="1", actor=SYSTEM, at=at)
        supply_ops.add_stock_meters(serials=["777"], unit_code="PD0100", actor=SYSTEM, at=at)

        connected = supply_ops.connect_supply(
            request_id=None,
            customer_id=Customer.objects.first().id,
            place_id=place.id,
            unit_code="PD0100",
            meter_serial="777",
            first_reading="0",
            seals=["S"],
            phases=1,
            quota=1,
            contract_number="",
            energised_at=at,
            actor=SYSTEM,
            at=at,
            key="k",
        )

        assert connected.account_code == "PD01000000043"

    def test_goes_to_the_company_named_and_no_other(self, company, write, bring):
        bring(write([row()]))

        with using_company("NPC"):
            assert not Contract.objects.exists()
            assert not Customer.objects.exists()


class TestRepeating:
    def test_brings_nothing_twice(self, company, write, bring, at):
        path = write([row(number) for number in range(1, 8)])
        bring(path)
        before = totals()

        again = bring(path, at=at + timedelta(days=1))

        assert counts(again) == (0, 0, 7, 0)
        assert totals() == before

    def test_counts_what_changed_and_keeps_the_old_value(self, company, write, bring):
        bring(write([row(1), row(2)]))
        before = totals()

        report = bring(
            write(
                [
                    row(1, TEN_KHANG="Nguyễn Thị Hòa", CHI_SO="1300", NGAY_CHI_SO="15/11/2026", DU_NO="0"),
                    row(2),
                ]
            )
        )

        assert counts(report) == (0, 1, 1, 0)
        assert report.customers_changed == 1
        assert totals() == before | {"Reading": before["Reading"] + 1}
        contract = supply_queries.get_contract("PD01000000001")
        assert customer_queries.get_customer(contract.customer_id).full_name == "Nguyễn Thị Hòa"
        assert CustomerChange.objects.get().old_value == "Nguyễn Thị Hoa 1"
        assert customer_queries.search("hoa nguyen thi")[0].id
        assert supply_queries.list_readings("PD01000000001")[0].value_kwh == 1300
        assert supply_queries.find_balance("PD01000000001").amount_vnd == 0

    def test_does_not_undo_what_was_corrected_here(self, company, write, bring, at, business):
        path = write([row()])
        bring(path)
        customer = Customer.objects.get()
        customer_ops.correct_details(
            customer_id=customer.id, changes={"phone": "0988888888"}, reason="Đổi số", actor=business, at=at
        )

        assert counts(bring(path)) == (0, 0, 1, 0)
        assert customer_queries.get_customer(customer.id).phone == "+84988888888"

    def test_says_nothing_by_an_empty_cell(self, company, write, bring):
        bring(write([row()]))

        bring(write([row(DIEN_THOAI="", SO_CCCD="", CONG_SUAT="", SO_HO="3", MUC_DICH="", DU_NO="")]))

        contract = supply_queries.get_contract("PD01000012345")
        assert (contract.capacity_kw, contract.quota, contract.purpose) == (Decimal(5), 3, "RESIDENTIAL")
        assert customer_queries.get_customer(contract.customer_id).phone == "+84901234567"

    def test_makes_one_customer_of_accounts_with_one_number_and_name(self, company, write, bring):
        told = {"TEN_KHANG": "Trần Văn Minh", "SO_CCCD": "001190000001"}
        report = bring(
            write([row(1, **told), row(2, **told), row(3, **told | {"TEN_KHANG": "Trần Thị Lan"})])
        )
        later = bring(write([row(4, **told)], name="later.csv"))

        assert (report.customers_created, later.customers_created) == (2, 0)
        minh = Customer.objects.get(full_name="Trần Văn Minh")
        assert len(supply_queries.list_contracts([minh.id])) == 3

    def test_follows_a_merge(self, company, write, bring, at, business):
        bring(write([row(1), row(2)]))
        one, two = (supply_queries.get_contract(f"PD0100000000{number}").customer_id for number in (1, 2))
        customer_ops.merge_customers(from_id=one, into_id=two, reason="x", actor=business, at=at)

        bring(write([row(1, DIEN_THOAI="0977777777"), row(2)]))

        assert customer_queries.get_customer(two).phone == "+84977777777"
        assert customer_queries.get_customer(one).phone == "+84900000001"

    def test_brings_no_erased_customer_back(self, company, write, bring, at, business):
        bring(write([row()]))
        customer = Customer.objects.get()
        Contract.objects.update(status="ENDED", ended_at=at)  # who is supplied is not forgotten
        customer_ops.erase_customer(customer_id=customer.id, reason="x", actor=business, at=at)

        same = bring(write([row()]))
        other = bring(write([row(DIEN_THOAI="0977777777")]))

        assert counts(same) == (0, 0, 1, 0)
        assert counts(other) == (0, 0, 0, 1)
        assert errors_of(other)[0]["ma_loi"] == "CUSTOMER_ERASED"
        assert Customer.objects.get().full_name == ""


class TestMeters:
    def test_a_changed_meter_ends_the_old_one(self, company, write, bring):
        bring(write([row()]))

        bring(write([row(SERY_CTO="55555555", CHI_SO="2", NGAY_CHI_SO="10/11/2026")]))

        assert supply_queries.get_contract("PD01000012345").meter_serial == "55555555"
        assert supply_queries.find_meter("18123456").status == "REMOVED"
        old, new = Installation.objects.order_by("installed_at")
        assert old.removed_at == new.installed_at
        assert new.removed_at is None

    def test_a_meter_from_stock_hangs_after_the_import(self, company, write, bring, at):
        supply_ops.add_stock_meters(serials=["18123456"], unit_code="PD0100", actor=SYSTEM, at=at)

        bring(write([row()]))

        assert supply_queries.find_meter("18123456").status == "INSTALLED"

    def test_registers_may_stand_in_rows_or_in_columns(self, company, write, bring):
        by_rows = [
            row(1, BO_CHI_SO=name, CHI_SO=value) for name, value in (("BT", "10"), ("CD", "2"), ("TD", "3"))
        ]
        path = write(by_rows, headers=(*HEADERS, "BO_CHI_SO"))
        columns = row(2, CHI_SO="", CHI_SO_BT="10", CHI_SO_CD="2", CHI_SO_TD="3,5")

        report = bring(path)
        bring(write([columns], headers=(*HEADERS, "CHI_SO_BT", "CHI_SO_CD", "CHI_SO_TD"), name="2.csv"))

        assert counts(report) == (3, 0, 0, 0)
        for account, off_peak in (("PD01000000001", "3"), ("PD01000000002", "3.5")):
            readings = {
                reading.register: reading.value_kwh for reading in supply_queries.list_readings(account)
            }
            assert readings == {"BT": Decimal(10), "CD": Decimal(2), "TD": Decimal(off_peak)}
        assert set(Meter.objects.values_list("kind", flat=True)) == {"TIME_OF_USE"}
        assert Contract.objects.count() == ServicePoint.objects.count() == 2

    def test_an_account_may_have_several_points(self, company, write, bring):
        second = row(1, MA_DDO="PD01000000001002", SERY_CTO="99000001")

        bring(write([row(1), second]))

        assert Contract.objects.get().service_point.code == "PD01000000001001"
        assert [point.code for point in supply_queries.list_points("PD01000000001")] == [
            "PD01000000001001",
            "PD01000000001002",
        ]
