"""Sheets of banks, by a mapping of their columns."""

from __future__ import annotations

import io
from typing import Any

import pytest
from tests.payments.bank_files import ACCOUNT, read_one, reasons

from motcua.payments.statements import checking, mapping, reading, sheet

SHEET = (
    "SAO KÊ TÀI KHOẢN\nSố tài khoản:,0011001234567\nSố dư đầu kỳ,\"25,000,000\"\n"
    "Ngày giao dịch,Số tham chiếu,Nội dung,Ghi nợ,Ghi có,Số dư\n"
    '05/10/2025,FT1,TD PE06000012345 0925,,"1,012,300","26,012,300"\n'
    "05/10/2025 14:30:00,FT2,VA,,400.000,26412300\n"
    '05/10/2025,FT3,Phí dịch vụ,"1,100",,"26,411,200"\n'
    ',,Tổng cộng,"1,100","1,412,300",\nSố dư cuối kỳ,"26,411,200"\n'
)  # fmt: skip


class TestSheet:
    def test_reads_the_same_day(self) -> None:
        made = read_one(SHEET)

        assert (made.account, made.opening, made.closing, made.is_balanced) == (
            ACCOUNT,
            25_000_000,
            26_411_200,
            True,
        )
        assert [(line.key, int(line.signed)) for line in made.lines] == [
            ("FT1", 1_012_300), ("FT2", 400_000), ("FT3", -1_100),
        ]  # fmt: skip
        assert [line.is_fee for line in made.lines] == [False, False, True]
        assert checking.judge(made) == []

    def test_the_running_balance_opens_and_closes(self) -> None:
        lines = SHEET.splitlines()
        made = read_one("\n".join([lines[1], *lines[3:7]]))

        assert (made.opening, made.closing, made.is_balanced) == (25_000_000, 26_411_200, True)

    def test_newest_first_is_read_too(self) -> None:
        lines = SHEET.splitlines()
        made = read_one("\n".join([lines[1], lines[3], *reversed(lines[4:7])]))

        assert (made.opening, made.closing, made.is_balanced) == (25_000_000, 26_411_200, True)

    def test_a_running_balance_that_does_not_run_is_told(self) -> None:
        assert "RUNNING_BALANCE" in reasons(SHEET.replace("26412300", "26412301"))

    def test_a_row_that_cannot_be_read_is_told_with_its_number(self) -> None:
        found = reading.read(SHEET.replace("400.000", "bốn trăm nghìn").encode())

        assert found.statements[0].faults[0] == ("AMOUNT_UNREADABLE", "line 6", "bốn trăm nghìn")
        assert len(found.statements[0].lines) == 2

    def test_an_excel_sheet_is_read(self) -> None:
        from openpyxl import Workbook

        book = Workbook()
        for line in ["Số tài khoản|0011001234567", "Ngày|Số CT|Diễn giải|Số tiền|Loại|Số dư"]:
            book.active.append(line.split("|"))
        book.active.append(["05/10/2025", "A1", "TD", 150000, "Có", 150000])
        book.active.append(["05/10/2025", "A2", "TD", 50000, "Nợ", 100000])
        file = io.BytesIO()
        book.save(file)

        made = read_one(file.getvalue())
        assert [int(line.signed) for line in made.lines] == [150_000, -50_000]
        assert (made.opening, made.closing) == (0, 100_000)

    def test_a_banks_own_columns_are_data(self) -> None:
        own = mapping.mapping_of(
            {"code": "X", "columns": {"booked_on": ["Tag"], "amount": ["Betrag"], "reference": ["Nr"]}}
        )
        content = b"Tag;Nr;Betrag\n05.10.2025;1;5000\n"

        assert reasons(content) == ["UNKNOWN_COLUMNS"]
        assert [line.key for line in reading.read(content, "x", [own]).statements[0].lines] == ["1"]

    @pytest.mark.parametrize(
        "data", [{"columns": {}}, {"columns": {"booked_on": ["a"]}}, {"columns": {"day": ["a"]}}]
    )
    def test_a_mapping_without_day_or_amount_is_refused(self, data: dict[str, Any]) -> None:
        with pytest.raises(mapping.MappingInvalid):
            mapping.mapping_of(data)

    @pytest.mark.parametrize(
        ("text", "value"),
        [("1,012,300", 1_012_300), ("1.012.300", 1_012_300), ("1 012 300 đ", 1_012_300), ("1012300.00", 1_012_300),
         ("1,012,300.00", 1_012_300), ("-5.000", -5_000), ("(5,000)", -5_000), ("12.5", "FRACTION_OF_DONG"), ("1.2.3", "AMOUNT_UNREADABLE")],
    )  # fmt: skip
    def test_amounts(self, text: str, value: object) -> None:
        assert sheet.amount_in(text) == value
