"""`motcua bill-run`: what it prints, and its exit codes."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from datetime import date

import pytest
from tests.billing.accounts import make

from motcua.billing.models import Bill, BillRun
from motcua.companies.context import using_company
from motcua.ops import bill_run, database, main
from motcua.ops.trouble import Exit, Trouble

OCT, NOV = date(2025, 10, 5), date(2025, 11, 5)


@pytest.fixture
def entered(committed_company, monkeypatch):
    @contextmanager
    def here(home):
        yield

    monkeypatch.setattr(database, "entered", here)


def run(*more, day="2025-11-05", company="HANOI", unit="PD0100"):
    words = ["bill-run", "--company", company, "--unit", unit, "--day", day, *more]
    return bill_run.run(main.parser().parse_args(words))


def test_bills_everybody_and_says_who_waits(entered, capsys):
    make(OCT, {NOV: 300})
    late = make(OCT, {})

    assert run("--dry-run") == Exit.FAILED
    assert "Dry run: nothing was written." in capsys.readouterr().out
    with using_company("HANOI"):
        assert not BillRun.objects.exists()

    assert run("--chunk", "1") == Exit.FAILED
    said = capsys.readouterr().out
    assert "2 accounts, 1 bills, 300 kWh, 798,660 VND with VAT" in said
    assert "1  NO_READING" in said
    with using_company("HANOI"):
        assert Bill.objects.exclude(account_code=late).count() == 1


def test_exits_with_nought_when_nobody_waits(entered, capsys):
    make(OCT, {NOV: 300})
    assert run() == Exit.OK


@pytest.mark.parametrize(
    "wrong", [{"day": "5/11/2025"}, {"day": "2040-11-05"}, {"company": "X"}, {"unit": "X"}]
)
def test_says_what_is_wrong(entered, wrong):
    with pytest.raises(Trouble) as trouble:
        run(**wrong)
    assert trouble.value.exit_code == Exit.USAGE


def test_a_chunk_has_at_least_one():
    told = argparse.Namespace(day="2025-11-05", chunk=0, home="", company="HANOI", unit="X", dry_run=False)
    with pytest.raises(Trouble):
        bill_run.run(told)
