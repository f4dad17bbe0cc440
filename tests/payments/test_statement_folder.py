"""Files dropped into the company's folder: taken whole, once, moved aside with a word on them, whatever dies in between."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.payments.matched_day import NEXT, WORKER, swift

from motcua.companies.context import current_company_code
from motcua.ops import statement_import
from motcua.payments import jobs, statement_folder
from motcua.payments.models import StatementFile, StatementLine
from motcua.payments.operations import statements
from motcua.payments.statement_folder import Folder, Taken


def sweep(folder: Folder, now: float) -> list[tuple[str, str]]:
    return [(one.name, one.outcome) for one in folder.sweep(actor=WORKER, at=NEXT, now=now)]


def names(path: Path) -> list[str]:
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if one.is_file())


@pytest.fixture
def folder(own: None, tmp_path: Path) -> Folder:
    return Folder(tmp_path)


class TestFolder:
    def test_a_whole_file_is_taken_and_moved_with_a_word(self, folder: Folder) -> None:
        (folder.path / "sao-ke.sta").write_bytes(swift("C|150|FT1|A"))

        assert sweep(folder, 0) == []
        assert sweep(folder, 20) == [("sao-ke.sta", "IN_USE")]
        assert names(folder.path) == ["done/sao-ke.sta", "done/sao-ke.sta.txt"]
        said = (folder.path / "done/sao-ke.sta.txt").read_text()
        assert said == f"{NEXT.isoformat()} sao-ke.sta: received, in use\n"
        assert StatementLine.objects.get().amount_vnd == 150
        assert sweep(folder, 60) == []

    def test_what_still_grows_is_left_until_it_stops(self, folder: Folder) -> None:
        path, content = folder.path / "a.sta", swift("C|150|FT1|A")
        path.write_bytes(content[:40])
        sweep(folder, 0)
        path.write_bytes(content)

        assert sweep(folder, 25) == []
        assert sweep(folder, 44) == []
        assert sweep(folder, 45) == [("a.sta", "IN_USE")]

    def test_what_is_not_finished_a_link_or_a_folder_is_left(self, folder: Folder, tmp_path: Path) -> None:
        for name in (".a.sta", "a.sta.filepart", "b.PART"):
            (folder.path / name).write_bytes(b"x")
        (folder.path / "inside").mkdir()
        (folder.path / "link.sta").symlink_to("/etc/hostname")
        os.mkfifo(folder.path / "pipe")
        sweep(folder, 0)

        assert sweep(folder, 100) == []
        assert StatementFile.objects.count() == 0

    def test_the_same_file_twice_is_said_and_does_nothing(self, folder: Folder) -> None:
        for name, now in (("a.sta", 0), ("b.sta", 100)):
            (folder.path / name).write_bytes(swift("C|150|FT1|A"))
            sweep(folder, now)
            sweep(folder, now + 20)

        assert "received before; nothing changed" in (folder.path / "done/b.sta.txt").read_text()
        assert (StatementFile.objects.count(), StatementLine.objects.count()) == (1, 1)

    def test_what_cannot_be_read_is_refused_with_the_reason(self, folder: Folder) -> None:
        (folder.path / "a.xml").write_bytes(b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>')
        (folder.path / "b.csv").write_bytes(b"")
        sweep(folder, 0)

        assert sweep(folder, 20) == [("a.xml", "REFUSED"), ("b.csv", "REFUSED")]
        assert "a.xml: refused\n  HOSTILE_XML DOCTYPE" in (folder.path / "refused/a.xml.txt").read_text()
        assert "STATEMENT_FILE_EMPTY" in (folder.path / "refused/b.csv.txt").read_text()

    def test_what_waits_for_a_person_says_why(self, folder: Folder) -> None:
        (folder.path / "a.sta").write_bytes(swift("C|150|FT1|A").replace(b"VND150,\n-", b"VND151,\n-"))
        sweep(folder, 0)

        assert sweep(folder, 20) == [("a.sta", "WAITS")]
        assert "UNBALANCED 150 / 151" in (folder.path / "done/a.sta.txt").read_text()

    def test_two_files_of_one_name_both_stay(self, folder: Folder) -> None:
        for number, now in ((1, 0), (2, 100)):
            (folder.path / "a.sta").write_bytes(
                swift(f"C|{number}|FT{number}|A", id=f"S{number}", sequence=number)
            )
            sweep(folder, now)
            sweep(folder, now + 20)

        kept = [name for name in names(folder.path) if name.endswith(".sta")]
        assert (len(kept), kept[-1]) == (2, "done/a.sta")
        assert StatementFile.objects.count() == 2

    def test_one_bad_file_does_not_hold_up_the_others(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = statements.import_file

        def broken(**told: Any) -> Any:
            if told["name"] == "a.sta":
                raise RuntimeError("a bug")
            return real(**told)

        monkeypatch.setattr(statement_folder.statements, "import_file", broken)
        for number, name in enumerate(("a.sta", "b.sta"), 1):
            (folder.path / name).write_bytes(swift(f"C|{number}|FT{number}|A"))
        sweep(folder, 0)

        assert sweep(folder, 20) == [("b.sta", "IN_USE")]
        assert "a.sta" in names(folder.path)

    def test_no_folder_is_no_fault(self, own: None, tmp_path: Path) -> None:
        assert sweep(Folder(tmp_path / "none"), 0) == []


class Killed(BaseException):
    """The process ends here."""


class TestKills:
    """Wherever it dies, the file is in use once and ends in done/."""

    @pytest.mark.parametrize("where", ["store_file", "read_file", "_write", "_move"])
    def test_a_kill_loses_nothing(self, folder: Folder, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
        (folder.path / "a.sta").write_bytes(swift("C|150|FT1|A"))
        holder: Any = {"_write": statement_folder, "_move": Folder}.get(where, statements)
        with monkeypatch.context() as patched:

            def die(*_told: Any, **_named: Any) -> Any:
                raise Killed

            patched.setattr(holder, where, die)
            sweep(folder, 0)
            with pytest.raises(Killed):
                sweep(folder, 20)
        assert (folder.path / "a.sta").exists()

        after = Folder(folder.path)
        sweep(after, 0)
        sweep(after, 20)
        assert [name for name in names(folder.path) if not name.endswith(".txt")] == ["done/a.sta"]
        assert StatementLine.objects.get().amount_vnd == 150
        assert StatementFile.objects.get().state == "READ"


def test_a_file_too_large_is_refused_before_it_is_kept(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_folder, "MOST_BYTES", 10)

    taken = statement_folder.take(content=b"x" * 11, name="a", actor=WORKER, at=NEXT)
    assert taken == Taken("a", "REFUSED", ("FILE_TOO_LARGE 11 / 10",))
    assert StatementFile.objects.count() == 0


def test_the_worker_looks_into_the_folder_of_its_company(
    own: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ENV", dataclasses.replace(jobs.ENV, statement_inbox=tmp_path))
    monkeypatch.setattr(jobs, "_FOLDERS", {})
    clock = iter((0.0, 20.0))
    monkeypatch.setattr(jobs, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    mine = tmp_path / current_company_code()
    mine.mkdir()
    (mine / "a.sta").write_bytes(swift("C|150|FT1|A"))

    assert (jobs.take_dropped_files(NEXT), jobs.take_dropped_files(NEXT)) == (0, 1)
    assert (mine / "done/a.sta").exists()


class TestCommand:
    def test_says_of_each_file_what_became_of_it(
        self, own: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        good, bad = tmp_path / "a.sta", tmp_path / "b.xml"
        good.write_bytes(swift("C|150|FT1|A"))
        bad.write_bytes(b"<x/>")

        assert statement_import.take_all([str(good), str(good)], as_json=True) == 0
        assert [json.loads(line)["outcome"] for line in capsys.readouterr().out.splitlines() if "{" in line] == [
            "IN_USE", "SEEN",
        ]  # fmt: skip
        assert statement_import.take_all([str(bad)], as_json=False) == 1
        assert "b.xml: refused\n  UNKNOWN_VERSION" in capsys.readouterr().out
        assert StatementLine.objects.count() == 1
