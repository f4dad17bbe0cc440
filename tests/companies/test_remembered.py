"""What is read once is never older than the rows: every table, every way of writing, every way back."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, time
from typing import Any

import pytest
from django.db import connection, transaction

from motcua.companies import context, queries, remembered
from motcua.companies.models import (
    Company,
    CompanyDay,
    Domain,
    NationalDay,
    Province,
    ProvinceService,
    Unit,
    UnitArea,
    WorkSpan,
)

NOW = date(2026, 11, 22)
A_DAY = date(2026, 12, 8)


def marks() -> tuple[Any, Any]:
    return remembered.national().mark, remembered.own().mark


def some(model: Any) -> Any:
    return model.objects.order_by("pk").first()


CHANGES = {
    "province": lambda: Province.objects.filter(code="01").update(name="Hà Nội mới"),
    "service": lambda: ProvinceService.objects.filter(company_code="HANOI").update(source="x"),
    "national day": lambda: NationalDay.objects.create(date=A_DAY, is_working=False, name="Bão", source="x"),
    "domain": lambda: Domain.objects.create(
        domain="moi.localhost", tenant_id=Company.objects.get(code="HANOI").pk
    ),
    "unit": lambda: Unit.objects.filter(kind="CENTRE").update(name="Trung tâm mới"),
    "area": lambda: UnitArea.objects.filter(pk=some(UnitArea).pk).delete(),
    "hours": lambda: WorkSpan.objects.filter(pk=some(WorkSpan).pk).update(start=time(5)),
    "own day": lambda: CompanyDay.objects.create(date=A_DAY, is_working=False, name="Bão"),
}
IS_NATIONAL = {"province", "service", "national day", "domain"}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen_at_once_and_undone_with_its_transaction(company: Any, what: str) -> None:
    before = marks()
    point = transaction.savepoint()

    with context.in_public() if what in IS_NATIONAL else nullcontext():
        CHANGES[what]()

    during = marks()
    assert [before[0] != during[0], before[1] != during[1]] == [what in IS_NATIONAL, what not in IS_NATIONAL]
    transaction.savepoint_rollback(point)
    assert marks() == before


def test_the_rows_themselves_are_new(company: Any) -> None:
    assert queries.get_centre().name != "Trung tâm mới"

    with connection.cursor() as cursor:  # by hand, past every operation
        cursor.execute("UPDATE companies_unit SET name = 'Trung tâm mới' WHERE kind = 'CENTRE'")
        cursor.execute("DELETE FROM companies_unitarea")

    assert queries.get_centre().name == "Trung tâm mới"
    assert queries.find_unit(province_code="01", on=NOW) is None


def test_an_act_sees_one_edition_from_beginning_to_end(company: Any, django_assert_num_queries: Any) -> None:
    centre = queries.get_centre()
    with django_assert_num_queries(1), remembered.steady():
        queries.get_calendar()
        queries.find_province("01", NOW)
        with remembered.steady():
            queries.get_centre()
    with remembered.steady():
        Unit.objects.filter(kind="CENTRE").update(name="Trung tâm mới")
        assert queries.get_centre() is centre
    assert queries.get_centre().name == "Trung tâm mới"


def test_what_is_national_can_be_asked_without_a_company(company: Any) -> None:
    with context.in_public():
        assert [found.name for found in queries.find_provinces("hà nội", NOW, limit=1)] == ["Hà Nội"]
        with pytest.raises(RuntimeError):
            queries.get_centre()


def test_another_connections_commit_is_seen(committed_company: Any) -> None:
    from threading import Thread

    old = queries.get_calendar()

    def declare() -> None:
        try:
            with context.using_company("HANOI"):
                CompanyDay.objects.create(date=A_DAY, is_working=False, name="Bão")
        finally:
            connection.close()

    other = Thread(target=declare)
    other.start()
    other.join()

    assert A_DAY in queries.get_calendar().days
    assert A_DAY not in old.days


def test_rows_that_change_while_they_are_read_are_read_again(
    company: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_calendar, seen = remembered._calendar, []

    def while_somebody_writes(shared: Any) -> Any:
        if not seen:
            seen.append(True)
            Unit.objects.filter(kind="CENTRE").update(name="Trung tâm mới")
        return read_calendar(shared)

    CompanyDay.objects.create(date=A_DAY, is_working=False, name="Bão")
    monkeypatch.setattr(remembered, "_calendar", while_somebody_writes)

    assert queries.get_centre().name == "Trung tâm mới"
    assert remembered.own().mark == remembered._marks()[1]
