"""Readings of many meters from a sheet: every row is taken or told why not."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from tests.billing.accounts import UNIT, hang, make, meter_of, point_of

from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.supply import operations as supply_ops
from motcua.supply import reading_sheets
from motcua.supply.models import Reading

NOW = datetime(2025, 11, 6, 3, tzinfo=UTC)
ACTOR = Actor.system("test")
OCT = date(2025, 10, 5)


def sheet(*lines, header="Số công tơ;Mã khách hàng;Ngày ghi;KT;BT;CD;TD;VC"):
    return reading_sheets.read(io.BytesIO("\n".join([header, *lines]).encode()))


def take(read, source="SHEET", units=(UNIT,), **more):
    return supply_ops.take_readings(
        readings=read.readings, source=source, unit_codes=units, actor=ACTOR, at=NOW, **more
    )


def told(faults):
    return [(fault.row_no, fault.register, fault.problem.code) for fault in faults]


class TestTheSheet:
    def test_a_row_tells_several_registers_and_a_day_alone_is_its_noon(self):
        read = sheet("ct 1;;05/11/2025;;100;20;30;")
        assert [(one.serial, one.register, int(one.value)) for one in read.readings] == [
            ("CT1", "BT", 100), ("CT1", "CD", 20), ("CT1", "TD", 30),
        ]  # fmt: skip
        assert {one.read_at for one in read.readings} == {
            local_time.instant(date(2025, 11, 5)) + (datetime(1, 1, 1, 12) - datetime(1, 1, 1))
        }

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            (";;05/11/2025;1;;;;", (2, "", "METER_MISSING")),
            ("CT1;;31/02/2025;1;;;;", (2, "", "DAY_WRONG")),
            ("CT1;;05/11/2025;;;;;", (2, "", "READING_MISSING")),
            ("CT1;;05/11/2025;1.234,5;;;;", (2, "KT", "NOT_A_NUMBER")),
            ("CT1;;05/11/2025;-5;;;;", (2, "KT", "NEGATIVE")),
        ],
    )
    def test_tells_what_is_wrong_with_a_row(self, line, fault):
        read = sheet(line, "CT2;;2025-11-05 08:30;7;;;;")
        assert told(read.faults) == [fault]
        assert [one.serial for one in read.readings] == ["CT2"]

    def test_without_its_columns_it_is_refused_by_name(self):
        read = sheet("1;2", header="Số công tơ;Tên")
        assert [fault.problem.facts["column"] for fault in read.faults] == ["Ngày ghi", "KT"]


@pytest.mark.django_db
class TestTaking:
    def test_by_meter_and_by_account_and_the_same_again_is_no_harm(self, company):
        one, two = make(OCT, {}), make(OCT, {})
        read = sheet(f"{meter_of(one)};;05/11/2025 08:30;120;;;;", f";{two};05/11/2025;130;;;;")

        first, again = take(read), take(read)

        assert (first.new, first.same, first.faults) == (2, 0, ())
        assert (again.new, again.same, again.faults) == (0, 2, ())
        assert sorted(Reading.objects.filter(source="SHEET").values_list("value_kwh", flat=True)) == [
            120,
            130,
        ]

    def test_each_row_that_is_wrong_is_told_and_the_others_are_in(self, company):
        good, other, hours = make(OCT, {}), make(OCT, {}, unit="PD0200"), make(OCT, {}, kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})  # fmt: skip
        day = "05/11/2025"
        read = sheet(
            f"{meter_of(good)};;{day};120;;;;", f"{meter_of(other)};;{day};5;;;;", f"KHONG;;{day};5;;;;", f"{meter_of(hours)};;{day};5;;;;",
            f"{meter_of(hours)};;{day};;9999999;;;", f"{meter_of(hours)};;07/11/2025;;5;;;", f"{meter_of(hours)};;{day};;;5;;",
            f"{meter_of(hours)};;{day};;;6;;",
        )  # fmt: skip

        done = take(read)

        assert told(done.faults) == [
            (3, "KT", "METER_UNKNOWN"), (4, "KT", "METER_UNKNOWN"), (5, "KT", "REGISTER_UNFIT"), (6, "BT", "TOO_MANY_DIGITS"),
            (7, "BT", "READ_AHEAD"), (8, "CD", "READ_TWICE"), (9, "CD", "READ_TWICE"),
        ]  # fmt: skip
        assert done.new == 1

    def test_another_value_of_the_same_instant_is_told_and_not_taken(self, company):
        code = make(OCT, {})
        take(sheet(f"{meter_of(code)};;05/11/2025;120;;;;"))
        done = take(sheet(f"{meter_of(code)};;05/11/2025;121;;;;"))
        assert told(done.faults) == [(2, "KT", "OTHER_VALUE")]
        assert take(sheet(f"{meter_of(code)};;05/11/2025;121;;;;"), source="RECHECK").new == 1

    def test_looked_at_nothing_is_written(self, company):
        code = make(OCT, {})
        assert take(sheet(f"{meter_of(code)};;05/11/2025;120;;;;"), dry_run=True).new == 1
        assert not Reading.objects.filter(source="SHEET").exists()

    def test_an_accounts_reactive_meter_is_found_by_its_register(self, company):
        code = make(OCT, {}, purpose="BUSINESS")
        hang(point_of(code), "VCX", OCT, 0, kind="REACTIVE")
        assert take(sheet(f";{code};05/11/2025;9;;;;4")).new == 2
        assert Reading.objects.get(meter__serial="VCX", source="SHEET").register == "VC"
