"""Plans read from sheets as offices write them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from motcua.kernel.sheets import SheetUnreadable
from motcua.outages import plans
from motcua.outages.operations import Place, Plan

UNITS = {"PD0400": "Điện lực Đống Đa", "PD0500": "Điện lực Cầu Giấy"}
HEADER = "Mã lịch;Đơn vị;Khu vực;Phường xã;Trạm;Đường phố;Bắt đầu;Kết thúc;Lý do\n"
BEGINS, ENDS = datetime(2026, 11, 27, 0, 30, tzinfo=UTC), datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def read(text: str) -> plans.Sheet:
    return plans.read(io.BytesIO(text.encode()), units=UNITS)


def row(**told: str) -> str:
    cells = {
        "code": "L1", "unit": "Đống Đa", "place": "Phố Tây Sơn", "communes": "", "stations": "", "streets": "",
        "begins": "27/11/2026 07:30", "ends": "27/11/2026 16:00", "cause": "Thay dây",
    } | told  # fmt: skip
    return HEADER + ";".join(f'"{cell}"' for cell in cells.values())


class TestRead:
    def test_a_row(self):
        assert read(row()) == plans.Sheet(
            (Plan("L1", "PD0400", "Phố Tây Sơn", (Place("PD0400"),), "WORKS", BEGINS, ENDS),), (), 1
        )

    @pytest.mark.parametrize("unit", ["PD0400", "pd0400", "Điện lực Đống Đa", "dong da", "ĐỐNG ĐA"])
    def test_units_by_code_or_name(self, unit):
        assert read(row(unit=unit)).plans[0].unit_code == "PD0400"

    @pytest.mark.parametrize(
        "begins",
        [
            "27/11/2026 07:30",
            "27-11-2026 7h30",
            "7h30 27/11/2026",
            "07:30 ngày 27/11/2026",
            "2026-11-27 07:30:00",
        ],
    )
    def test_times_in_any_writing(self, begins):
        assert read(row(begins=begins)).plans[0].begins_at == BEGINS

    def test_areas_are_stations_streets_in_communes_or_communes(self):
        both = (
            read(row(communes="Đống Đa; Láng Hạ", stations="TBA-1", streets="Tây Sơn;Thái Thịnh"))
            .plans[0]
            .areas
        )
        alone = read(row(communes="Đống Đa; Láng Hạ")).plans[0].areas

        assert both == (
            Place("PD0400", station_code="TBA-1"),
            Place("PD0400", "Đống Đa", street="Tây Sơn"), Place("PD0400", "Đống Đa", street="Thái Thịnh"),
            Place("PD0400", "Láng Hạ", street="Tây Sơn"), Place("PD0400", "Láng Hạ", street="Thái Thịnh"),
        )  # fmt: skip
        assert alone == (Place("PD0400", "Đống Đa"), Place("PD0400", "Láng Hạ"))

    @pytest.mark.parametrize(
        ("told", "column", "code"),
        [
            ({"code": ""}, "code", "CODE_WRONG"), ({"place": ""}, "place", "PLACE_WRONG"), ({"unit": "Ba Đình"}, "unit", "UNIT_UNKNOWN"),
            ({"begins": "sáng mai"}, "begins", "TIME_WRONG"), ({"ends": "31/02/2026 07:00"}, "ends", "TIME_WRONG"),
            ({"ends": "27/11/2026 07:30"}, "ends", "ENDS_BEFORE"), ({"begins": "27/11/2026 25:00"}, "begins", "TIME_WRONG"),
        ],
    )  # fmt: skip
    def test_tells_what_is_wrong_and_keeps_the_rest(self, told, column, code):
        good = row(code="L2").removeprefix(HEADER)
        sheet = read(row(**told) + "\n" + good)

        assert [(fault.row, fault.column, fault.problem.code) for fault in sheet.faults] == [
            (2, column, code)
        ]
        assert [plan.external_code for plan in sheet.plans] == ["L2"]

    def test_a_code_that_stands_twice_is_told(self):
        sheet = read(row() + "\n" + row().removeprefix(HEADER))

        assert [(fault.row, fault.problem.code) for fault in sheet.faults] == [(3, "CODE_TWICE")]

    def test_missing_columns_are_named(self):
        sheet = read("Mã lịch;Khu vực\nL1;Phố Tây Sơn\n")

        assert [str(fault.problem) for fault in sheet.faults] == [
            "Thiếu cột “Đơn vị”.", "Thiếu cột “Bắt đầu”.", "Thiếu cột “Kết thúc”."
        ]  # fmt: skip

    def test_a_workbook_with_a_title_above(self):
        book = Workbook()
        book.active.append(["LỊCH NGỪNG GIẢM CUNG CẤP ĐIỆN TUẦN 48"])
        book.active.append(list(plans.TEMPLATE))
        book.active.append(
            [
                "L9",
                "PD0500",
                "Ngõ 12",
                "",
                "",
                "",
                datetime(2026, 11, 27, 7, 30),
                datetime(2026, 11, 27, 16),
                "",
            ]
        )
        kept = io.BytesIO()
        book.save(kept)

        plan = plans.read(io.BytesIO(kept.getvalue()), units=UNITS).plans[0]

        assert (plan.external_code, plan.unit_code, plan.begins_at, plan.ends_at) == (
            "L9",
            "PD0500",
            BEGINS,
            ENDS,
        )

    def test_what_is_no_sheet_is_refused(self):
        with pytest.raises(SheetUnreadable) as refused:
            plans.read(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"), units=UNITS)

        assert refused.value.code == "OLD_XLS"
