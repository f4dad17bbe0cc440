"""What makes a statement untrustworthy behind another one, the command that says it, and files of any content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.payments.bank_files import ACCOUNT, DAY, balance, document, entry, read_one, statement

from motcua.ops import main as command
from motcua.payments.statements import checking, reading
from motcua.payments.statements.model import Statement


class TestFollow:
    def before(self) -> checking.Before:
        return checking.as_before(read_one(document(DAY)))

    def next(self, sequence: int, opening: str) -> Statement:
        return read_one(
            document(
                statement(balance("OPBD", opening) + balance("CLBD", opening), id="S2", sequence=sequence)
            )
        )

    def test_a_gap_in_the_numbers(self) -> None:
        assert [f.code for f in checking.follow(self.before(), self.next(280, "26411200"))] == [
            "SEQUENCE_GAP"
        ]

    def test_another_opening(self) -> None:
        assert [f.code for f in checking.follow(self.before(), self.next(279, "26411201"))] == [
            "OPENING_DIFFERS"
        ]

    def test_the_next_day(self) -> None:
        assert checking.follow(self.before(), self.next(279, "26411200")) == []

    def test_a_one_changed_amount_changes_the_content(self) -> None:
        one, other = read_one(document(DAY)), read_one(document(DAY.replace("1012300", "1012301")))

        assert one.content_sha256 != other.content_sha256
        assert one.content_sha256 == read_one(document(DAY.replace("1012300", "1012300.00"))).content_sha256


class TestCommand:
    def check(self, capsys: pytest.CaptureFixture[str], *paths: Path) -> tuple[int, list[dict[str, Any]]]:
        code = command.main(["statement", "check", "--json", *map(str, paths)])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_says_what_is_in_it(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "a.xml").write_bytes(document(DAY))
        code, said = self.check(capsys, tmp_path / "a.xml")

        one = said[0]["statements"][0]
        assert (code, one["account"], one["entries"], one["opening"], one["closing"], one["balanced"]) == (
            0, ACCOUNT, 3, 25_000_000, 26_411_200, True,
        )  # fmt: skip

    def test_the_same_file_again_and_the_same_id_changed(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, content in {
            "a": document(DAY),
            "b": document(DAY),
            "c": document(DAY.replace("1012300", "1012301")),
        }.items():
            (tmp_path / name).write_bytes(content)
        code, said = self.check(capsys, *(tmp_path / name for name in "abc"))

        assert code == 1
        assert [one["quarantined"] for one in said] == [False, True, True]
        assert said[1]["reasons"][0]["code"] == "FILE_SEEN"
        assert [reason["code"] for reason in said[2]["statements"][0]["reasons"]] == [
            "UNBALANCED",
            "STATEMENT_DIFFERS",
        ]

    def test_a_file_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["statement", "check", str(tmp_path / "none")]) == 2
        assert "cannot be read" in capsys.readouterr().err

    def test_in_words(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "a.xml").write_bytes(document(DAY.replace("26411200", "1")))

        assert command.main(["statement", "check", str(tmp_path / "a.xml")]) == 1
        out = capsys.readouterr().out
        assert "NOT BALANCED" in out
        assert "quarantined: UNBALANCED 26411200 / 1" in out


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_content_makes_it_crash(content: bytes) -> None:
    for prefix in (b"", b"<", b":20:A\n:25:B\n:60F:", b"PK\x03\x04"):
        found = reading.read(prefix + content)
        assert found.statements or found.faults


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.booleans()), max_size=20),
    st.integers(-(10**12), 10**12),
)
def test_balance_holds_exactly_when_the_sums_do(moves: list[tuple[int, bool]], opening: int) -> None:
    closing = opening + sum(amount if is_credit else -amount for amount, is_credit in moves)

    def told(end: int) -> bool | None:
        def one(code: str, value: int) -> str:
            return balance(code, str(abs(value)), "CRDT" if value >= 0 else "DBIT")

        body = "".join(entry(str(amount), "CRDT" if is_credit else "DBIT") for amount, is_credit in moves)
        return read_one(document(statement(one("OPBD", opening) + body + one("CLBD", end)))).is_balanced

    assert told(closing) is True
    assert told(closing + 1) is False
