"""Files of an older system come in: what is good, once, and every error by row and column."""

import csv
import inspect
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from openpyxl import Workbook

from motcua.companies.context import using_company
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import Customer, CustomerChange, Handle
from motcua.kernel.actors import Actor
from motcua.ops import import_customers as importer
from motcua.ops.importing.columns import COLUMNS, read_headers
from motcua.ops.importing.rows import HINTS
from motcua.ops.trouble import Trouble
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import (
    Balance,
    Contract,
    ImportedLine,
    Installation,
    Meter,
    Place,
    Reading,
    ServicePoint,
)
from motcua.supply.operations import staged

SYSTEM = Actor.system("import")
WRITTEN = (Balance, Contract, Customer, ImportedLine, Installation, Meter, Place, Reading, ServicePoint)

HEADERS = (
    "MA_DVIQLY",
    "MA_KHANG",
    "TEN_KHANG",
    "DIEN_THOAI",
    "DIA_CHI",
    "SO_CCCD",
    "MA_DDO",
    "MA_TRAM",
    "SO_COT",
    "SERY_CTO",
    "CHI_SO",
    "NGAY_CHI_SO",
    "DU_NO",
    "SO_HO",
    "MUC_DICH",
    "SO_PHA",
    "CONG_SUAT",
)
GOOD = {
    "MA_DVIQLY": "PD0100",
    "MA_KHANG": "PD01000012345",
    "TEN_KHANG": "Nguyễn Thị Hoa",
    "DIEN_THOAI": "0901 234 567",
    "DIA_CHI": "Số 12 ngõ 5 Trần Phú, P. Mộ Lao, Q. Hà Đông, TP Hà Nội",
    "SO_CCCD": "001190012345",
    "MA_DDO": "PD01000012345001",
    "MA_TRAM": "T0012",
    "SO_COT": "a12/3",
    "SERY_CTO": "18123456",
    "CHI_SO": "1234",
    "NGAY_CHI_SO": "31/10/2026",
    "DU_NO": "350.000",
    "SO_HO": "1",
    "MUC_DICH": "SH",
    "SO_PHA": "1",
    "CONG_SUAT": "5",
}


def row(number=12345, **values):
    """A good row of the customer with this number, with other values in some cells."""
    own = {
        "MA_KHANG": f"PD0100{number:07d}",
        "MA_DDO": f"PD0100{number:07d}001",
        "SERY_CTO": f"18{number:06d}",
        "SO_CCCD": f"0011{number:08d}",
        "TEN_KHANG": f"Nguyễn Thị Hoa {number}",
        "DIEN_THOAI": f"09{number:08d}",
    }
    return (GOOD if number == 12345 else GOOD | own) | values


@pytest.fixture
def write(tmp_path):
    def make(rows, *, name="kh.csv", encoding="utf-8", delimiter=";", headers=HEADERS, before=()):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerows(before)
            writer.writerow(headers)
            writer.writerows([[cells.get(header, "") for header in headers] for cells in rows])
        return path

    return make


@pytest.fixture
def bring(at):
    def run(path, **values):
        told = {"rows_path": path, "company": "HANOI", "dry_run": False, "actor": SYSTEM, "at": at} | values
        return importer.import_customers(**told)

    return run


def errors_of(report):
    with report.errors_path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def counts(report):
    return (report.new, report.changed, report.unchanged, report.refused)


def totals():
    return {model.__name__: model.objects.count() for model in WRITTEN}


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


class TestNastyFile:
    def test_lets_good_rows_in_and_names_each_error(self, company, write, bring):
        rows = [
            row(1),
            row(2, MA_KHANG="12"),
            row(3, TEN_KHANG="", DIA_CHI=""),
            row(4, CHI_SO="-5"),
            row(5, CHI_SO="1.234"),
            row(6, NGAY_CHI_SO="31/02/2026"),
            row(7, NGAY_CHI_SO="31/12/2026"),
            row(8, DU_NO="nhiều"),
            row(9, MA_DVIQLY="XX9999"),
            row(10, SO_PHA="2"),
            row(11, MUC_DICH="???"),
            row(12, SERY_CTO=""),
            row(13, DIEN_THOAI="không có", SO_CCCD="123"),
            row(1, TEN_KHANG="Trùng"),
            row(15, SERY_CTO="18000001"),
            row(16, SO_HO="0"),
            row(17, CONG_SUAT="-1"),
            row(18, TEN_KHANG="=1+1"),
            row(19, TEN_KHANG='Ho\\tel "Hương\tSen"', DIA_CHI="\\N"),
        ]

        report = bring(write(rows))

        told = [(int(line["dong"]), line["cot"], line["ma_loi"], line["muc"]) for line in errors_of(report)]
        assert told == [
            (3, "MA_KHANG", "ACCOUNT_CODE_INVALID", "loi"),
            (4, "TEN_KHANG", "REQUIRED", "loi"),
            (5, "CHI_SO", "READING_INVALID", "loi"),
            (6, "CHI_SO", "AMBIGUOUS_NUMBER", "loi"),
            (7, "NGAY_CHI_SO", "DATE_INVALID", "loi"),
            (8, "NGAY_CHI_SO", "DATE_IN_FUTURE", "loi"),
            (9, "DU_NO", "NOT_A_NUMBER", "loi"),
            (10, "MA_DVIQLY", "UNIT_UNKNOWN", "loi"),
            (11, "SO_PHA", "PHASES_INVALID", "loi"),
            (12, "MUC_DICH", "PURPOSE_UNKNOWN", "loi"),
            (13, "SERY_CTO", "METER_MISSING", "loi"),
            (14, "SO_CCCD", "ID_NUMBER_INVALID", "canh bao"),
            (14, "DIEN_THOAI", "PHONE_INVALID", "canh bao"),
            (15, "MA_KHANG", "DOUBLE", "loi"),
            (16, "SERY_CTO", "METER_TWICE", "loi"),
            (17, "SO_HO", "QUOTA_INVALID", "loi"),
            (18, "CONG_SUAT", "CAPACITY_INVALID", "loi"),
            (19, "TEN_KHANG", "NAME_INVALID", "loi"),
        ]
        assert counts(report) == (3, 0, 0, 16)
        assert report.warnings == 2
        assert all(line["cach_sua"] for line in errors_of(report))
        names = set(Customer.objects.values_list("full_name", flat=True))
        assert names == {"Nguyễn Thị Hoa 1", "Nguyễn Thị Hoa 13", 'Ho\\tel "Hương Sen"'}
        assert Place.objects.filter(text="\\N").exists()

    def test_hides_personal_values_and_formulas_in_the_errors(self, company, write, bring):
        report = bring(write([row(DIEN_THOAI="@0901999", MUC_DICH="=HYPERLINK(1)")]))

        values = {line["cot"]: line["gia_tri"] for line in errors_of(report)}
        assert values == {"DIEN_THOAI": "'@0…99", "MUC_DICH": "'=HYPERLINK(1)"}
        assert stat.S_IMODE(os.stat(report.errors_path).st_mode) == 0o600

    def test_clears_the_errors_of_the_run_before(self, company, write, bring):
        bring(write([row(SO_PHA="2")]))

        report = bring(write([row()]))

        assert report.errors_path is None
        assert not list(write([row()]).parent.glob("*.errors.csv"))

    def test_refuses_a_meter_that_hangs_elsewhere_and_a_point_of_another(self, company, write, bring):
        bring(write([row(1), row(2)]))

        report = bring(write([row(3, SERY_CTO="18000001"), row(4, MA_DDO="PD01000000002001")]))

        assert [line["ma_loi"] for line in errors_of(report)] == ["METER_ELSEWHERE", "POINT_TAKEN"]
        assert counts(report) == (0, 0, 0, 2)

    def test_sees_doubles_across_chunks(self, company, write, bring):
        rows = [row(1), row(2), row(3), row(1, TEN_KHANG="Khác"), row(5, SERY_CTO="18000002"), row(6)]

        for dry_run in (True, False):
            report = bring(write(rows), chunk_rows=2, dry_run=dry_run)
            assert [(line["dong"], line["ma_loi"]) for line in errors_of(report)][:1] == [("5", "DOUBLE")]
            assert errors_of(report)[1]["ma_loi"] in ("METER_TWICE", "METER_ELSEWHERE")
            assert counts(report) == (4, 0, 0, 2)

    def test_goes_on_after_a_broken_line(self, company, write, bring):
        path = write([row(1), row(2)])
        lines = path.read_text().splitlines()
        lines.insert(2, '"x"y;' + lines[1])
        lines.append(lines[1].replace("0000001", "0000009") + ";quá;nhiều;ô")
        path.write_text("\n".join(lines))

        report = bring(path)

        assert counts(report)[0] == 2
        assert [line["ma_loi"] for line in errors_of(report)] == ["CSV_BROKEN", "ROW_TOO_WIDE"]


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


class TestDryRun:
    def test_changes_nothing_and_tells_the_same(self, company, write, bring):
        path = write([row(1), row(2), row(3, SO_PHA="5")])

        dry = bring(path, dry_run=True)

        assert totals() == dict.fromkeys(totals(), 0)
        assert counts(dry) == counts(bring(path)) == (2, 0, 0, 1)
        assert counts(bring(path, dry_run=True)) == (0, 0, 2, 1)

    def test_leaves_no_table_of_its_session(self, company, write, bring):
        bring(write([row()]), dry_run=True)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r' "
                "AND relname LIKE 'import%'"
            )
            assert cursor.fetchall() == []


class TestFiles:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    def test_are_read_in_every_form(self, company, write, bring, encoding, delimiter):
        name = "Nguyễn Thị Hoa"
        if encoding == "cp1258":  # letters and tone marks apart, as Windows wrote them
            name = "Nguyê\u0303n Thi\u0323 Hoa"
        told = {
            "TEN_KHANG": name,
            "DIA_CHI": "So 12 pho Hue, Ha Noi" if encoding == "cp1258" else GOOD["DIA_CHI"],
        }

        bring(write([row(**told)], encoding=encoding, delimiter=delimiter))

        assert Customer.objects.get().full_name == "Nguyễn Thị Hoa"

    def test_may_be_a_spreadsheet_with_a_title(self, company, tmp_path, bring):
        book = Workbook()
        sheet = book.active
        sheet.append(["Danh sách khách hàng tháng 10"])
        sheet.append([])
        sheet.append(
            [
                "Mã khách hàng",
                "Họ và tên",
                "Địa chỉ",
                "Số công tơ",
                "Chỉ số",
                "Ngày chỉ số",
                "Điện thoại",
                "CCCD",
                "Ghi chú",
            ]
        )
        sheet.append(
            [
                "PD01000000001",
                "Nguyễn Thị Hoa",
                "Thôn Đông, xã Phú Lương",
                18123456,
                1234.5,
                date(2026, 10, 31),
                901234567,
                1190012345,
                "x",
            ]
        )
        sheet.append(["PD01000000002", "Lan", "Số 5 Lê Lợi", None, "abc", None, None, None, None])
        path = tmp_path / "kh.xlsx"
        book.save(path)

        report = bring(path)

        assert counts(report) == (1, 0, 0, 1)
        assert report.ignored_headers == ["Ghi chú"]
        customer = Customer.objects.get()
        assert (customer.phone, customer.id_number) == ("+84901234567", "001190012345")
        assert Reading.objects.get().value_kwh == Decimal("1234.5")
        assert {line["dong"] for line in errors_of(report)} == {"5"}

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "empty"),
            (b"MA_KHANG;DIA_CHI\nx;y\n", "TEN_KHANG"),
            (b"MA_KHANG;MA_KH;TEN_KHANG;DIA_CHI\n", "two columns"),
            (b"PK\x03\x04nonsense", "not a readable"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xls", "old .xls"),
        ],
    )
    def test_that_cannot_be_read_are_refused_in_a_sentence(self, company, tmp_path, bring, content, words):
        path = tmp_path / "x.csv"
        path.write_bytes(content)

        with pytest.raises(Trouble) as refused:
            bring(path)

        assert words in refused.value.sentence

    def test_of_an_unknown_company_are_refused(self, company, write, bring):
        with pytest.raises(Trouble, match="no company"):
            bring(write([row()]), company="NOWHERE")


class TestCrash:
    def test_half_way_leaves_whole_chunks_and_the_next_run_goes_on(
        self, committed_company, write, bring, monkeypatch
    ):
        path = write([row(number) for number in range(1, 11)])
        upsert = supply_ops.upsert_staged
        calls = []

        def dies_in_the_second_chunk(**values):
            calls.append(1)
            upsert(**values)
            if len(calls) == 2:
                raise RuntimeError("pulled the plug")

        monkeypatch.setattr(supply_ops, "upsert_staged", dies_in_the_second_chunk)
        with pytest.raises(RuntimeError):
            bring(path, chunk_rows=4)
        assert (Contract.objects.count(), Customer.objects.count(), Reading.objects.count()) == (4, 4, 4)

        monkeypatch.setattr(supply_ops, "upsert_staged", upsert)
        report = bring(path, chunk_rows=4)

        assert counts(report) == (6, 0, 4, 0)
        assert set(totals().values()) == {10}

    def test_two_imports_at_once_make_no_doubles(self, committed_company, write, bring, race):
        rows = [row(number) for number in range(1, 30)]
        paths = [write(rows, name="a.csv"), write(list(reversed(rows)), name="b.csv")]

        results = race(*[lambda path=path: bring(path, chunk_rows=5) for path in paths])

        assert [result for result in results if isinstance(result, Exception)] == []
        assert set(totals().values()) == {29}


def test_every_header_means_one_thing():
    headers = [header for column in COLUMNS for header in column.headers]

    for header in headers:
        assert len(read_headers([header]).position) == 1
    assert read_headers(["ma khang", "Tên_Khách-hàng"]).written == {
        "account_code": "ma khang",
        "full_name": "Tên_Khách-hàng",
    }


class TestDocumentation:
    ROOT = Path(__file__).resolve().parents[2] / "docs"

    def test_reference_names_every_column_and_error(self):
        text = (self.ROOT / "reference" / "import-format.md").read_text()

        assert [header for column in COLUMNS for header in column.headers if f"`{header}`" not in text] == []
        codes = set(HINTS) | set(re.findall(r"'([A-Z]+_[A-Z_]+|DOUBLE)', ", inspect.getsource(staged)))
        assert [code for code in codes if f"`{code}`" not in text] == []

    def test_example_comes_in_whole(self, company, bring, tmp_path):
        report = bring(self.ROOT / "examples" / "customers.csv", errors_path=tmp_path / "errors.csv")

        assert counts(report) == (3, 0, 0, 0)
        assert report.warnings == 0
        assert report.ignored_headers == []
        assert set(Customer.objects.values_list("kind", flat=True)) == {"PERSON", "HOUSEHOLD", "ORGANISATION"}


class TestCommand:
    @pytest.fixture
    def command(self, committed_company, shared_server, tmp_path):
        def run(*arguments):
            name = committed_company.test_database
            environment = os.environ | {
                "DATABASE_URL": shared_server.app_url(name),
                "DATABASE_OWNER_URL": shared_server.owner_url(name),
                "MOTCUA_HOME": str(tmp_path / "home"),
                "PYTHONPATH": os.pathsep.join(sys.path),
            }
            return subprocess.run(
                [sys.executable, "-m", "motcua.ops.main", "import", "customers", *map(str, arguments)],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )

        return run

    def test_says_what_it_did_and_exits_with_one_when_rows_were_refused(self, command, write):
        path = write([row(1), row(2, SO_PHA="7")])

        dry = command(path, "--company", "hanoi", "--dry-run")
        assert dry.returncode == 1, dry.stderr
        assert "nothing was written" in dry.stdout
        assert not Contract.objects.exists()

        real = command(path, "--company", "HANOI")
        assert real.returncode == 1, real.stderr
        assert "1 new, 0 changed, 0 unchanged, 1 refused" in real.stdout
        assert str(path) + ".errors.csv" in real.stdout
        assert "Hoa" not in real.stdout + real.stderr
        assert Contract.objects.count() == 1

        again = command(write([row(1)]), "--company", "HANOI")
        assert (again.returncode, again.stderr) == (0, "")

    def test_says_in_a_sentence_what_stops_it(self, command, write, tmp_path):
        for arguments in (
            (tmp_path / "none.csv", "--company", "HANOI"),
            (write([row(1)]), "--company", "NOWHERE"),
        ):
            done = command(*arguments)
            assert done.returncode == 2
            assert done.stderr.count("\n") == 1
            assert "Traceback" not in done.stderr
