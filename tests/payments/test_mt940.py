"""MT940: the same bookings as camt, in SWIFT's text."""

from __future__ import annotations

import pytest
from tests.payments.bank_files import DAY, SWIFT_DAY, document, read_one, reasons

from motcua.payments.statements import reading
from motcua.payments.statements.model import Statement


class TestMt940:
    def test_gives_the_same_bookings_as_camt(self) -> None:
        swift, xml = read_one(SWIFT_DAY), read_one(document(DAY))

        def of_entries(made: Statement) -> dict[int, int]:
            sums: dict[int, int] = {}
            for line in made.lines:
                sums[line.entry] = sums.get(line.entry, 0) + int(line.signed)
            return sums

        assert of_entries(swift) == of_entries(xml) == {1: 1_012_300, 2: 400_000, 3: -1_100}
        assert (swift.opening, swift.closing, swift.account, swift.sequence) == (
            xml.opening, xml.closing, xml.account, xml.sequence,
        )  # fmt: skip
        assert [line.key for line in swift.lines] == ["FT1", "FT2", "FT3"]
        assert [line.is_fee for line in swift.lines] == [False, False, True]
        assert swift.is_balanced is True

    def test_splits_at_every_beginning(self) -> None:
        second = SWIFT_DAY.replace("25000000", "26411200").replace(
            "C251005VND26411200,\n-", "C251005VND27822400,\n-"
        )
        found = reading.read((SWIFT_DAY + second.replace(":28C:278", ":28C:279")).encode())

        assert [one.is_balanced for one in found.statements] == [True, True]
        assert [one.sequence for one in found.statements] == [278, 279]

    def test_splits_also_when_nothing_ends_a_message(self) -> None:
        found = reading.read(
            (SWIFT_DAY.replace("-\n", "").replace(":62F:C251005VND26411200,\n", "") + SWIFT_DAY).encode()
        )

        assert [one.is_balanced for one in found.statements] == [None, True]

    def test_pages_of_one_statement_are_put_together(self) -> None:
        first = SWIFT_DAY.replace(":62F:C251005VND26411200,", ":62M:C251005VND26411200,")
        second = SWIFT_DAY.replace(":28C:278/1", ":28C:278/2").replace(
            ":60F:C251005VND25000000,", ":60M:C251005VND26411200,"
        )
        second = second.replace(":62F:C251005VND26411200,", ":62F:C251005VND27822400,")
        made = read_one(first + second)

        assert (made.opening, made.closing, made.is_balanced, len(made.lines)) == (
            25_000_000,
            27_822_400,
            True,
            6,
        )
        assert len({line.key for line in made.lines}) == 6

    def test_a_time_in_the_text_is_no_tag(self) -> None:
        made = read_one(
            SWIFT_DAY.replace("PE06000012345 0925", "PE06000012345\n:30:15 05.10.2025\n:20:09 tai quay")
        )

        assert len(made.lines) == 3
        assert made.lines[0].text.endswith(":30:15 05.10.2025 :20:09 tai quay")
        assert made.id == "STMT20251005"

    def test_takes_the_envelope_off(self) -> None:
        made = read_one(
            "{1:F01BFTVVNVXAXXX0000000000}{2:I940BFTVVNVXXXXXN}{4:\n" + SWIFT_DAY.replace("-\n", "-}\n")
        )

        assert made.is_balanced is True

    def test_reads_subfields(self) -> None:
        made = read_one(
            SWIFT_DAY.replace(
                ":86:VA BATCH 2", ":86:166?00CT?20TD PE06000?2112345 0925?31888?32NGUYEN?33 VAN A"
            )
        )

        line = made.lines[1]
        assert (line.text, line.payer_account, line.payer_name) == (
            "TD PE06000 12345 0925",
            "888",
            "NGUYEN VAN A",
        )

    def test_the_thirtieth_of_february_is_its_last_day(self) -> None:
        made = read_one(SWIFT_DAY.replace(":61:2510051005C1012300", ":61:1602300301C1012300"))

        assert made.lines[0].value_on is not None
        assert made.lines[0].value_on.isoformat() == "2016-02-29"

    @pytest.mark.parametrize(("sign", "signed"), [("RC", -7), ("RD", 7), ("C", 7), ("D", -7), ("CN", 7)])
    def test_signs(self, sign: str, signed: int) -> None:
        made = read_one(SWIFT_DAY.replace("C1012300,", f"{sign}7,"))

        assert made.lines[0].signed == signed
        assert made.lines[0].is_reversal is sign.startswith("R")

    def test_a_fraction_of_a_dong_is_refused(self) -> None:
        assert reasons(SWIFT_DAY.replace("D1100,", "D1100,50")) == ["FRACTION_OF_DONG", "UNBALANCED"]

    def test_an_entry_that_cannot_be_read_is_told(self) -> None:
        assert reasons(SWIFT_DAY.replace("C1012300,", "Z1012300,")) == ["ENTRY_UNREADABLE", "UNBALANCED"]

    def test_the_day_of_booking_is_of_the_nearest_year(self) -> None:
        made = read_one(SWIFT_DAY.replace(":61:2510051005C1012300", ":61:2601011231C1012300"))

        assert made.lines[0].booked_on is not None
        assert made.lines[0].booked_on.isoformat() == "2025-12-31"
