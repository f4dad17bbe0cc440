"""Numbers without gaps: under races, kills and repeats, in the order of days."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from motcua.billing import operations as billing_ops
from motcua.billing import registry
from motcua.billing.einvoice import issuing, numbering
from motcua.billing.models import BillEvent, Invoice, InvoiceOrder, InvoiceSeries
from motcua.companies.context import using_company
from motcua.kernel.actors import Actor
from tests.billing.invoice_house import AT, bills, open_shop

TEST = Actor.system("test")


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    """Keys lie in a home of the test's own."""
    from dataclasses import replace

    from motcua.billing.einvoice import certificates

    monkeypatch.setattr(certificates, "ENV", replace(certificates.ENV, home=tmp_path))
    certificates._signers.clear()


def number_all(at=AT, limit=numbering.BATCH) -> int:
    """Until no order waits."""
    total = 0
    while done := issuing.number_next(at=at, limit=limit):
        total += done
    return total


def numbers() -> list[int]:
    return list(Invoice.objects.order_by("number").values_list("number", flat=True))


class TestGiving:
    def test_a_run_is_invoiced_once_however_often_it_is_told(self, company):
        open_shop(AT)
        run = uuid4()
        bills(7, AT, run_id=run)
        for _ in range(3):
            registry.bills_issued(run_id=run, at=AT, actor=TEST)
            number_all(limit=3)
        assert numbers() == [1, 2, 3, 4, 5, 6, 7]
        assert {i.series.form + i.series.symbol for i in Invoice.objects.select_related("series")} == {
            "1K25TTD"
        }
        assert BillEvent.objects.filter(kind="INVOICED").count() == 7
        assert numbering.list_faults() == []

    def test_a_bill_issued_by_hand_is_ordered_with_it(self, company):
        open_shop(AT)
        bill = billing_ops.issue_bill(
            account_code="PD01000000001", customer_id=uuid4(), unit_code="PD0100", billing_month=date(2025, 10, 5),
            case={"group": "HOME", "from": "2025-09-05", "to": "2025-10-05", "kwh": 300}, readings=[], actor=TEST, at=AT,
        )  # fmt: skip
        if not InvoiceOrder.objects.exists():  # whoever issues bills tells of them
            registry.bills_issued(bill_ids=[bill.id], at=AT, actor=TEST)
        number_all()
        assert Invoice.objects.get().bill_id == bill.id

    def test_nothing_due_and_what_was_cancelled_need_no_number(self, company):
        open_shop(AT)
        run = uuid4()
        bills(
            1,
            AT,
            run_id=run,
            active_vnd=0,
            subtotal_vnd=0,
            vat_vnd=0,
            total_vnd=0,
            kwh=0,
            lines=[],
            charge_id=None,
        )
        bills(1, AT, run_id=run, first=2, state="CANCELLED")
        registry.bills_issued(run_id=run, at=AT, actor=TEST)
        number_all()
        assert numbers() == []
        assert InvoiceOrder.objects.get().done_at == AT

    def test_without_a_seller_the_order_waits(self, company):
        registry.bills_issued(bill_ids=[bills(1, AT)[0].id], at=AT, actor=TEST)
        assert number_all() == 0
        open_shop(AT)
        assert number_all() == 1

    def test_each_year_begins_anew_and_days_only_go_on(self, company):
        open_shop(AT)
        for place, at in enumerate((AT, AT + timedelta(days=90), AT + timedelta(days=91)), start=1):
            registry.bills_issued(bill_ids=[bills(1, at, first=place)[0].id], at=at, actor=TEST)
            number_all(at)
        assert list(InvoiceSeries.objects.order_by("symbol").values_list("symbol", "next_number")) == [
            ("K25TTD", 2),
            ("K26TTD", 3),
        ]
        registry.bills_issued(bill_ids=[bills(1, AT, first=9)[0].id], at=AT, actor=TEST)
        with pytest.raises(numbering.DayBefore):
            number_all(AT + timedelta(days=90))

    def test_a_series_that_is_full_gives_no_more(self, company):
        open_shop(AT)
        InvoiceSeries.objects.create(form="1", symbol="K25TTD", year=2025, next_number=99_999_999)
        registry.bills_issued(bill_ids=[bill.id for bill in bills(2, AT)], at=AT, actor=TEST)
        with pytest.raises(numbering.SeriesFull):
            number_all()
        assert numbers() == [99_999_999]

    def test_an_adjustment_waits_for_what_it_adjusts_and_names_it(self, company):
        open_shop(AT)
        [wrong] = bills(1, AT)
        [less] = bills(
            1, AT, kind="ADJUSTMENT", corrects=wrong, account_code=wrong.account_code, charge_id=None, lines=[], kwh=-10,
            active_vnd=-1000, subtotal_vnd=-1000, vat_vnd=-80, total_vnd=-1080, reason="Sai chỉ số",
        )  # fmt: skip
        registry.bills_issued(bill_ids=[less.id], at=AT, actor=TEST)
        number_all()
        assert numbers() == []
        registry.bills_issued(bill_ids=[wrong.id], at=AT, actor=TEST)
        number_all()
        assert issuing.order_forgotten(since=AT - timedelta(days=3), at=AT + timedelta(minutes=1)) == 1
        number_all()
        told = Invoice.objects.get(bill=less)
        assert (told.relation, told.relates_to.bill_id, told.number) == (2, wrong.id, 2)

    @pytest.mark.parametrize("change", [{"number": 9}, {"total_vnd": 1}, {"dated": date(2020, 1, 1)}])
    def test_a_number_is_never_taken_back(self, company, change):
        open_shop(AT)
        registry.bills_issued(bill_ids=[bills(1, AT)[0].id], at=AT, actor=TEST)
        number_all()
        with pytest.raises(DatabaseError), transaction.atomic():
            Invoice.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Invoice.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            InvoiceSeries.objects.update(next_number=1)


class TestAtTheSameTime:
    def test_parallel_runs_share_one_series_without_gaps(self, committed_company, race):
        open_shop(AT)
        for place in range(4):
            run = uuid4()
            bills(60, AT, run_id=run, first=place * 100)
            registry.bills_issued(run_id=run, at=AT, actor=TEST)
        found = race(*[lambda: number_all(limit=17)] * 4)
        assert not [one for one in found if isinstance(one, Exception)], found
        number_all()
        assert numbers() == list(range(1, 241))
        assert numbering.list_faults() == []

    def test_the_same_bills_told_to_many_at_once(self, committed_company, race):
        open_shop(AT)
        told = [bill.id for bill in bills(40, AT)]

        def again():
            registry.bills_issued(bill_ids=told, at=AT, actor=TEST)
            return number_all(limit=11)

        found = race(*[again] * 4)
        assert not [one for one in found if isinstance(one, Exception)], found
        number_all()
        assert numbers() == list(range(1, 41))

    def test_a_kill_before_the_commit_takes_its_numbers_back(self, committed_company, shared_server):
        """The back-end is terminated when the numbers are given and not yet committed; another goes on without a gap."""
        open_shop(AT)
        run = uuid4()
        bills(50, AT, run_id=run)
        registry.bills_issued(run_id=run, at=AT, actor=TEST)
        assert issuing.number_next(at=AT, limit=20) == 20
        given, killed = threading.Event(), threading.Event()
        pid, seen = [], []

        def half() -> None:
            with using_company("HANOI"):
                try:
                    with transaction.atomic():
                        issuing.number_next(at=AT, limit=20)
                        with connection.cursor() as cursor:
                            cursor.execute("SELECT pg_backend_pid()")
                            pid.append(cursor.fetchone()[0])
                        given.set()
                        killed.wait(120)
                except DatabaseError as error:
                    seen.append(error)
                finally:
                    connection.close()

        thread = threading.Thread(target=half)
        thread.start()
        assert given.wait(60)
        assert numbers() == list(range(1, 21))
        with psycopg.connect(shared_server.owner_url(committed_company.test_database)) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 60000)", [pid[0]])  # and wait until it is gone
        killed.set()
        thread.join(120)
        assert seen, "the transaction went through although its back-end was killed"
        number_all(limit=20)
        assert numbers() == list(range(1, 51))
        assert numbering.list_faults() == []
