"""The import as it runs: crashes, two at once, its documentation, the command."""
# ruff: noqa: F811 - fixtures are arguments

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ops.import_house import (  # noqa: F401 - fixtures among them
    bring,
    counts,
    row,
    totals,
    write,
)

from motcua.customers.models import Customer
from motcua.ops.importing.columns import COLUMNS, read_headers
from motcua.ops.importing.faults import HINTS
from motcua.supply import operations as supply_ops
from motcua.supply.models import (
    Contract,
    Reading,
)
from motcua.supply.operations import staged


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
