"""`motcua reports`: says what is wrong, puts it right."""

from __future__ import annotations

import argparse

import pytest
from tests.reports.conftest import answer, ask

from motcua.ops import main, reports
from motcua.reports import operations as report_ops
from motcua.reports.models import RollUp


@pytest.fixture
def counted(committed_company, at):
    answer(ask(at, key="a"), at, key="b")
    report_ops.roll_up(at=at)


def test_check_and_rebuild(counted, at, capsys):
    assert reports.check("HANOI")
    assert "right: 1 journals replayed" in capsys.readouterr().out

    RollUp.objects.filter(company_code="HANOI").update(settled=9)
    assert not reports.check("HANOI")
    assert "rebuild --company HANOI puts it right" in capsys.readouterr().out

    assert reports.rebuild("HANOI")
    assert reports.check("HANOI")


def test_the_command_knows_both_acts():
    told = main.parser().parse_args(["reports", "check", "--company", "hanoi"])
    assert isinstance(told, argparse.Namespace)
    assert (told.act, told.company, told.run) == ("check", "hanoi", "motcua.ops.reports:run")
