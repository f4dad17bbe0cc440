"""`motcua shadow-bills`: a file of demands, row by row; what it refuses it names."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from tests.billing.price_books import enter_two_part

from motcua.billing import operations
from motcua.billing.models import ShadowBill
from motcua.companies.context import using_company
from motcua.kernel.actors import Actor
from motcua.ops import database, main, shadow_bills
from motcua.ops.trouble import Exit, Trouble

AT = datetime(2026, 4, 16, 1, 0, tzinfo=UTC)
ACCOUNT, HOME = "PD01000000001", "PD01000000002"


@pytest.fixture
def entered(company, monkeypatch):
    @contextmanager
    def here(home):
        yield

    monkeypatch.setattr(database, "entered", here)
    enter_two_part()
    period = {"from": "2026-03-15", "to": "2026-04-15", "kwh": 300_000}
    for account, more in (
        (ACCOUNT, {"group": "PRODUCTION", "voltage": "GE_110KV"}),
        (HOME, {"group": "HOME"}),
    ):
        operations.issue_bill(
            account_code=account, customer_id=uuid4(), unit_code="PD0100", case=period | more, readings=[],
            billing_month=date(2026, 4, 1), actor=Actor.system("test"), at=AT,
        )  # fmt: skip


def run(file, company="HANOI"):
    return shadow_bills.run(main.parser().parse_args(["shadow-bills", str(file), "--company", company]))


def written(tmp_path, *rows, head="account_code,month,kw"):
    file = tmp_path / "demand.csv"
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    return file


def test_takes_what_it_can_and_names_the_rest(entered, tmp_path, capsys):
    file = written(
        tmp_path, f"{ACCOUNT},2026-04,1200.5", f"{HOME},2026-04,500", f"{ACCOUNT},2026-03,1", f"{ACCOUNT},2026-13,1",
        f'{ACCOUNT},2026-04,"1.200,5"', f"{ACCOUNT},2026-04,100",
    )  # fmt: skip

    assert run(file) == Exit.FAILED
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "row 2: TWO_PART 677,543,972 VND, +90,779,972 against the bill",
        "1 rows taken, 5 refused",
    ]
    assert [line.split(":")[0] for line in told.err.splitlines()] == [f"row {n}" for n in (3, 4, 5, 6, 7)]
    with using_company("HANOI"):
        assert ShadowBill.objects.get().kw_hundredths == 120_050


def test_given_again_changes_nothing(entered, tmp_path):
    file = written(tmp_path, f"{ACCOUNT},2026-04,1200.5,1", head="account_code,month,kw,period")

    assert [run(file), run(file)] == [Exit.OK, Exit.OK]
    with using_company("HANOI"):
        assert ShadowBill.objects.count() == 1


def test_a_file_or_company_that_is_none(entered, tmp_path):
    with pytest.raises(Trouble, match="cannot be read"):
        run(tmp_path / "none.csv")
    with pytest.raises(Trouble, match="lacks kw"):
        run(written(tmp_path, head="account_code,month"))
    with pytest.raises(Trouble, match="There is no company"):
        run(written(tmp_path), company="MARS")
