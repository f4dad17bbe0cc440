"""Files of an older system: every error by row and column, every form of a file, a dry run."""
# ruff: noqa: F811 - fixtures are arguments

import os
import stat
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from openpyxl import Workbook
from tests.ops.import_house import (  # noqa: F401 - fixtures among them
    GOOD,
    bring,
    counts,
    errors_of,
    row,
    totals,
    write,
)

from motcua.customers.models import Customer
from motcua.ops.trouble import Trouble
from motcua.supply.models import (
    Place,
    Reading,
)


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
