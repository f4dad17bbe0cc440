"""camt.052, .053 and .054: what is read of them, and XML that means harm."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.payments.bank_files import (
    ACCOUNT,
    DAY,
    balance,
    detail,
    document,
    entry,
    read_one,
    reasons,
    statement,
)

from motcua.payments.statements import checking, reading


class TestCamt:
    def test_reads_the_day_line_by_line(self) -> None:
        made = read_one(document(DAY))

        assert (made.account, made.sequence, made.id, made.currency) == (ACCOUNT, 278, "S1", "VND")
        assert made.is_balanced is True
        assert [(line.key, int(line.signed)) for line in made.lines] == [
            ("FT1", 1_012_300), ("VA0001", 150_000), ("VA0002", 250_000), ("FT3", -1_100),
        ]  # fmt: skip
        first = made.lines[0]
        assert (first.text, first.payer_name, first.payer_account, first.txn_id) == (
            "TD PE06000012345 0925", "NGUYEN VAN A", "8888888888", "MBVCB.3278907687",
        )  # fmt: skip
        assert checking.judge(made) == []

    @pytest.mark.parametrize("version", [f"{number:02d}" for number in range(2, 14)])
    @pytest.mark.parametrize("message", ["052", "053", "054"])
    def test_versions_are_told_by_the_namespace(self, version: str, message: str) -> None:
        made = read_one(document(DAY, version=version, message=message))

        assert made.format == f"camt.{message}.001.{version}"
        assert len(made.lines) == 4

    @pytest.mark.parametrize("version", ["00", "14", "99"])
    def test_a_version_nobody_knows_is_refused(self, version: str) -> None:
        assert reasons(document(DAY, version=version)) == ["UNKNOWN_VERSION"]

    def test_only_what_is_booked_counts(self) -> None:
        pending = entry("5", status="<Sts><Cd>PDNG</Cd></Sts>") + entry("7", status="<Sts>INFO</Sts>")
        made = read_one(
            document(
                statement(
                    balance("OPBD", "10")
                    + pending
                    + entry("3", status="<Sts>BOOK</Sts>")
                    + balance("CLBD", "13")
                )
            )
        )

        assert (made.is_balanced, made.not_booked, len(made.lines)) == (True, 2, 1)

    def test_a_reversal_keeps_the_sign_that_the_bank_wrote(self) -> None:
        made = read_one(
            document(
                statement(
                    balance("OPBD", "10")
                    + entry("4", "DBIT", more="<RvslInd>true</RvslInd>")
                    + balance("CLBD", "6")
                )
            )
        )

        assert made.is_balanced is True
        assert (made.lines[0].is_reversal, made.lines[0].is_credit) == (True, False)

    def test_details_that_do_not_sum_to_the_entry_are_a_fault(self) -> None:
        wrong = entry("400", details=detail("150", "A") + detail("249", "B"))
        content = document(statement(balance("OPBD", "0") + wrong + balance("CLBD", "400")))

        assert reasons(content) == ["DETAILS_DIFFER"]
        assert [line.batch_of for line in read_one(content).lines] == [2]

    def test_a_batch_without_details_stays_one_lump(self) -> None:
        lump = entry("400", reference="B", details="<Btch><NbOfTxs>3</NbOfTxs></Btch>")
        made = read_one(document(statement(balance("OPBD", "0") + lump + balance("CLBD", "400"))))

        assert [(line.batch_of, line.amount) for line in made.lines] == [(3, 400)]

    def test_yesterdays_closing_may_stand_for_the_opening(self) -> None:
        made = read_one(document(statement(balance("PRCD", "10") + entry("3") + balance("CLBD", "13"))))

        assert made.is_balanced is True

    def test_a_debit_balance_is_below_zero(self) -> None:
        made = read_one(
            document(statement(balance("OPBD", "10", "DBIT") + entry("3") + balance("CLBD", "7", "DBIT")))
        )

        assert (made.opening, made.is_balanced) == (-10, True)

    def test_several_statements_in_a_file(self) -> None:
        second = statement(
            balance("OPBD", "26411200") + entry("1") + balance("CLBD", "26411201"), id="S2", sequence=279
        )
        found = reading.read(document(DAY, second))

        assert [one.is_balanced for one in found.statements] == [True, True]
        assert checking.follow(checking.as_before(found.statements[0]), found.statements[1]) == []

    @pytest.mark.parametrize(
        ("amount", "told"),
        [("12.50", "FRACTION_OF_DONG"), ("1.23456", "FRACTION_OF_DONG"), ("1.234567", "AMOUNT_UNREADABLE"),
         ("1e5", "AMOUNT_UNREADABLE"), ("", "AMOUNT_UNREADABLE"), ("-5", "AMOUNT_UNREADABLE"), ("NaN", "AMOUNT_UNREADABLE"),
         ("٣", "AMOUNT_UNREADABLE"), ("1" * 16, "AMOUNT_UNREADABLE")],
    )  # fmt: skip
    def test_an_amount_that_is_no_whole_dong_is_an_error_row(self, amount: str, told: str) -> None:
        content = document(
            statement(balance("OPBD", "10") + entry(amount) + entry("5") + balance("CLBD", "15"))
        )

        assert reasons(content) == [told]
        assert [line.amount for line in read_one(content).lines] == [5]

    def test_noughts_behind_the_point_are_no_fraction(self) -> None:
        made = read_one(
            document(statement(balance("OPBD", "10.00") + entry("5.00000") + balance("CLBD", "15.0")))
        )

        assert made.is_balanced is True

    def test_other_currencies_are_exact(self) -> None:
        body = (
            balance("OPBD", "18.15", ccy="EUR")
            + entry("8.85", ccy="EUR")
            + balance("CLBD", "27.00", ccy="EUR")
        )
        made = read_one(document(statement(body, ccy="EUR")))

        assert (made.is_balanced, made.closing) == (True, Decimal("27.00"))
        assert [fault.code for fault in checking.judge(made, currency="VND")] == ["CURRENCY_DIFFERS"]

    def test_an_entry_in_another_currency_is_a_fault(self) -> None:
        content = document(statement(balance("OPBD", "10") + entry("5", ccy="USD") + balance("CLBD", "10")))

        assert reasons(content) == ["CURRENCY_DIFFERS"]

    def test_two_equal_transfers_of_a_day_stay_two(self) -> None:
        twice = entry("150", reference="FT1") + entry("150", reference="FT2")
        made = read_one(document(statement(balance("OPBD", "0") + twice + balance("CLBD", "300"))))

        assert [line.key for line in made.lines] == ["FT1", "FT2"]

    def test_equal_transfers_without_a_reference_stay_two(self) -> None:
        made = read_one(document(statement(balance("OPBD", "0") + entry("150") * 2 + balance("CLBD", "300"))))

        assert len({line.key for line in made.lines}) == 2

    def test_a_reference_used_twice_is_told_apart(self) -> None:
        both = entry("150", reference="FT1") + entry("1", "DBIT", reference="FT1")
        made = read_one(document(statement(balance("OPBD", "0") + both + balance("CLBD", "149"))))

        assert [line.key for line in made.lines] == ["FT1", "FT1#2"]

    def test_the_same_line_has_the_same_key_at_noon_and_in_the_evening(self) -> None:
        noon = read_one(
            document(
                statement(entry("7", reference="X") + entry("150", reference="FT1"), id="N"), message="052"
            )
        )
        evening = read_one(document(DAY))

        assert noon.lines[1].key == evening.lines[0].key == "FT1"


class TestHostileXml:
    BOMB = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&c;</Document>'
    )
    OUTSIDE = (
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><Stmt><Id>&x;</Id></Stmt></Document>'
    )

    @pytest.mark.parametrize(
        "content", [BOMB, OUTSIDE, b'<!DOCTYPE d SYSTEM "http://127.0.0.1/x.dtd"><Document/>']
    )
    def test_a_document_type_is_refused(self, content: bytes) -> None:
        assert reasons(content) == ["HOSTILE_XML"]

    def test_also_in_another_encoding(self) -> None:
        text = self.BOMB.decode().replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>')

        assert reasons(text.encode("utf-16")) == ["HOSTILE_XML"]
        assert reasons(text.replace('<?xml version="1.0" encoding="UTF-16"?>', "").encode("utf-16-be")) != []

    def test_depth_is_limited(self) -> None:
        deep = document(DAY).replace(b"</BkToCstmrStmt>", b"<x>" * 100 + b"</x>" * 100 + b"</BkToCstmrStmt>")

        assert "HOSTILE_XML" in reasons(deep)

    def test_size_is_limited(self) -> None:
        found = reading.read(document(DAY), most_bytes=100)

        assert [fault.code for fault in found.faults] == ["FILE_TOO_LARGE"]
        assert found.statements == []

    def test_what_breaks_off_keeps_what_was_whole(self) -> None:
        found = reading.read(document(DAY, DAY)[:-200])

        assert [fault.code for fault in found.faults] == ["BROKEN_XML"]
        assert len(found.statements) == 1

    @pytest.mark.parametrize("content", [b"", b"  \n", b"\x00\x01\x02" * 50, b"<a/>", b"PK\x03\x04broken"])
    def test_anything_else_is_a_reason_not_a_crash(self, content: bytes) -> None:
        assert len(reasons(content)) == 1
