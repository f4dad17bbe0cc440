"""Customers are told of their bills: once each, on their own channel, for a whole run at a time; and before one falls due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from motcua.billing import queries, registry, telling
from motcua.billing.models import Bill, BillRun
from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.messaging import forms, rules, template_versions, templates
from motcua.messaging.forms import Form
from motcua.messaging.mass import queries as mass_queries
from motcua.messaging.mass import running
from motcua.messaging.mass.models import MassNotice, MassRecipient, MassState
from motcua.messaging.models import OutboxMessage
from tests.billing.billed_house import House, house
from tests.web import people

SYSTEM = Actor.system("test")
ADMIN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["ADMIN"], [])
NOON = datetime.fromisoformat("2026-11-16T12:00:00+07:00")


@pytest.fixture
def home(company: Any) -> House:
    return house(NOON)


def run_of(home: House, at: datetime = NOON, unit: str = "PD0100") -> BillRun:
    return BillRun.objects.create(
        id=uuid4(), unit_code=unit, reading_date=date(2026, 11, 5), billing_month=date(2026, 11, 1), started_at=at, started_by="x",
        changed_at=at,
    )  # fmt: skip


def bills(home: House, run: BillRun, count: int, *, at: datetime = NOON, first: int = 0) -> list[UUID]:
    """So many customers with a contract and a bill of the run each; every fifth has no phone."""
    found = []
    for number in range(first, first + count):
        phone = "" if number % 5 == 4 else f"09011{number:05d}"
        who = home.person(f"Khách {number}", phone)
        account = home.contract(who, f"Số {number + 1} phố Huế")
        found.append(
            home.bill(
                date(2026, 11, 1), 100 + number, customer_id=who, account_code=account, run_id=run.id, at=at
            ).id
        )
    return found


def told(run: BillRun, at: datetime = NOON) -> None:
    registry.bills_issued(run_id=run.id, at=at, actor=SYSTEM)


def work(at: datetime = NOON) -> None:
    for _turn in range(10):
        if not running.work(at=at):
            break


def messages(template: str = "bill.issued") -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(template=template).order_by("created_at", "id"))


def text_of(message: OutboxMessage) -> str:
    return rules.render(message.texts[message.language], message.params)


def pay(bill_id: UUID) -> str:
    """The account that owes no more."""
    charge = ledger_queries.get_charge(Bill.objects.get(id=bill_id).charge_id)
    ledger_ops.settle_charge(
        charge_id=charge.id, amount_vnd=charge.total_vnd, clearing_account="111", reference="x", actor=SYSTEM, at=NOON,
        key=f"pay:{bill_id}",
    )  # fmt: skip
    return charge.account_code


class TestARun:
    def test_tells_everybody_once_without_anybody_starting_it(self, home: House) -> None:
        run = run_of(home)
        ids = bills(home, run, 5)
        told(run)
        assert (
            OutboxMessage.objects.filter(template="bill.issued").count() == 0
        )  # no recipient is a job, none waits for us
        work()
        sent = messages()
        assert len(sent) == 4
        charge = ledger_queries.get_charge(Bill.objects.get(id=ids[0]).charge_id)
        first = next(text_of(m) for m in sent if m.params["account_code"] == charge.account_code)
        assert first == (
            f"EVNHANOI: Tiền điện 11/2026 của mã {charge.account_code}: 100 kWh, {charge.total_vnd:,} đ, hạn trả 23/11/2026. "
            f"Trả tại http://hanoi.localhost:8000/thanh-toan/{charge.payment_code}/ Xem từng dòng: http://hanoi.localhost:8000/hoa-don/"
        ).replace(f"{charge.total_vnd:,}", f"{charge.total_vnd:,}".replace(",", "."))
        notice = MassNotice.objects.get()
        assert notice.counts["recipients"] == {"TO_SEND": 4, "NO_ADDRESS": 1}
        assert notice.state == MassState.RUNNING and notice.started_by == telling.TELLER.ref

    def test_says_what_a_notice_of_one_bill_says(self, home: House) -> None:
        run = run_of(home)
        bill_id = bills(home, run, 1)[0]
        told(run)
        work()
        by_run = text_of(messages()[0])
        bill = Bill.objects.get(id=bill_id)
        charge = ledger_queries.get_charge(bill.charge_id)
        assert by_run == rules.render(
            templates.get("bill.issued").vi, telling.facts_of(queries.view_of(bill), charge)
        )

    def test_told_again_tells_nobody_again(self, home: House) -> None:
        run = run_of(home)
        bills(home, run, 3)
        for _again in range(3):
            told(run)
            work()
        assert len(messages()) == 3
        assert MassNotice.objects.count() == 1

    def test_done_again_for_what_was_missing_tells_those_alone(self, home: House) -> None:
        run, later = run_of(home), NOON + timedelta(hours=2)
        bills(home, run, 3)
        told(run)
        more = bills(home, run, 2, at=later, first=10)
        told(run, later)
        work(later)
        told(run, later)
        work(later)
        assert len(messages()) == 5
        accounts = [message.params["account_code"] for message in messages()]
        assert len(set(accounts)) == 5
        second = MassNotice.objects.order_by("created_at").last()
        assert second is not None
        subjects = set(MassRecipient.objects.filter(notice=second).values_list("subject", flat=True))
        assert subjects == set(Bill.objects.filter(id__in=more).values_list("account_code", flat=True))

    def test_who_has_paid_meanwhile_is_not_told(self, home: House) -> None:
        run = run_of(home)
        ids = bills(home, run, 3)
        told(run)
        running.work(at=NOON)  # gathered, not sent
        account = pay(ids[0])
        work()
        states = dict(MassRecipient.objects.values_list("subject", "state"))
        assert states[account] == "OVER"
        assert account not in {message.params["account_code"] for message in messages()}
        assert len(messages()) == 2

    def test_goes_to_who_pays_in_their_language(self, home: House) -> None:
        run = run_of(home)
        payer = home.person("Payer", "0977000111")
        Customer.objects.filter(id=payer).update(language="en")
        home.bill(date(2026, 11, 1), 345, payer_id=payer, run_id=run.id)
        told(run)
        work()
        (message,) = messages()
        assert message.address == "+84977000111"
        assert text_of(message).startswith("EVNHANOI: Electricity 11/2026 of customer")

    def test_goes_by_the_channel_they_chose(self, home: House) -> None:
        run = run_of(home)
        who = home.person("Lê Thư", "0977000111", email="thu@example.com")
        customer_ops.choose_channels(
            customer_id=who, topic="PAYMENT", channels=["EMAIL"], actor=SYSTEM, at=NOON
        )
        home.bill(date(2026, 11, 1), 345, customer_id=who, run_id=run.id)
        told(run)
        work()
        (message,) = messages()
        assert (message.channel, message.address) == ("EMAIL", "thu@example.com")

    def test_bills_of_nothing_tell_nobody(self, home: House) -> None:
        run = run_of(home)
        home.bill(date(2026, 11, 1), 0, run_id=run.id)
        told(run)
        assert not MassNotice.objects.exists()

    def test_takes_no_more_questions_for_many_than_for_few(self, home: House) -> None:
        counts = []
        for number, size in enumerate((2, 12)):
            run = BillRun.objects.create(
                id=uuid4(), unit_code=f"PD010{number}", reading_date=date(2026, 11, 5), billing_month=date(2026, 11, 1), started_at=NOON,
                started_by="x", changed_at=NOON,
            )  # fmt: skip
            bills(home, run, size, first=100 * number)
            with CaptureQueriesContext(connection) as taken:
                told(run)
                running.work(at=NOON)
                running.work(at=NOON)
            counts.append(len(taken))
            MassNotice.objects.update(state="STOPPED", ended_at=NOON, counted_at=NOON + timedelta(days=1))
        assert counts[0] == counts[1], counts

    def test_an_edited_text_goes_and_the_message_names_its_version(self, home: House) -> None:
        texts = {"vi": "{company}: {amount} {pay_link} {link} {customer_name} {address} {unit_name} {payment_code}",
                 "en": "{company}: {amount} {pay_link} {link} {customer_name} {address} {unit_name} {payment_code}"}  # fmt: skip
        template_versions.write(
            code="bill.issued",
            form=Form.SHORT,
            texts=texts,
            reason="Ngắn hơn",
            valid_from=NOON,
            after=0,
            actor=ADMIN,
            at=NOON,
        )
        run = run_of(home)
        home.bill(date(2026, 11, 1), 345, run_id=run.id)
        told(run)
        work()
        (message,) = messages()
        assert message.template_version == 1
        assert "Nguyễn Thị Hoa Số 12 ngõ 34 phố Tây Sơn" in text_of(message)

    def test_staff_of_other_units_do_not_see_the_notice(self, home: House) -> None:
        run = run_of(home)
        home.bill(date(2026, 11, 1), 345, run_id=run.id)
        told(run)
        notice = MassNotice.objects.get()
        here = Actor.staff("a", "A", ["BUSINESS"], ["PD0100"])
        there = Actor.staff("b", "B", ["BUSINESS"], ["PD0200"])
        assert mass_queries.may_see(notice, here)
        assert not mass_queries.may_see(notice, there)


class TestOneBill:
    def test_is_told_once(self, home: House) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        OutboxMessage.objects.all().delete()
        for _again in range(2):
            registry.bills_issued(bill_ids=[bill.id], at=NOON, actor=SYSTEM)
        (message,) = messages()
        assert message.address == "+84901234567"
        assert "345 kWh" in text_of(message)

    def test_one_of_a_run_waits_for_the_notice_of_its_run(self, home: House) -> None:
        run = run_of(home)
        home.bill(date(2026, 11, 1), 345, run_id=run.id)
        assert messages() == []
        told(run)
        work()
        assert len(messages()) == 1

    def test_a_replaced_or_empty_one_is_not(self, home: House) -> None:
        replaced, empty = home.bill(date(2026, 11, 1), 345), home.bill(date(2026, 10, 1), 0)
        OutboxMessage.objects.all().delete()
        Bill.objects.filter(id=replaced.id).update(state="REPLACED")
        registry.bills_issued(bill_ids=[replaced.id, empty.id, uuid4()], at=NOON, actor=SYSTEM)
        assert messages() == []


class TestReminders:
    def test_who_still_owes_is_reminded_once(self, home: House) -> None:
        run = run_of(home)
        ids = bills(home, run, 3)  # due on the 23rd
        pay(ids[0])
        OutboxMessage.objects.all().delete()
        later = NOON + timedelta(days=5)
        assert not telling.remind(today=date(2026, 11, 20), at=later, days=2)
        assert telling.remind(today=date(2026, 11, 21), at=later, days=2)
        assert not telling.remind(today=date(2026, 11, 21), at=later, days=2)
        work(later)
        assert len(messages("bill.due-soon")) == 2
        assert "hạn trả 23/11/2026" in text_of(messages("bill.due-soon")[0])

    def test_nobody_is_when_the_setting_says_so(self, home: House) -> None:
        bills(home, run_of(home), 1)
        assert not telling.remind(today=date(2026, 11, 23), at=NOON, days=0)

    def test_what_is_left_is_said(self, home: House) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        ledger_ops.settle_charge(
            charge_id=bill.charge_id,
            amount_vnd=bill.total_vnd - 1_000,
            clearing_account="111",
            reference="x",
            actor=SYSTEM,
            at=NOON,
            key="pay",
        )
        assert telling.remind(today=date(2026, 11, 21), at=NOON, days=2)
        work()
        assert "còn 1.000 đ" in text_of(messages("bill.due-soon")[0])


class TestTheTexts:
    @pytest.mark.parametrize("code", ["bill.issued", "bill.due-soon"])
    def test_every_variable_can_be_filled_for_many_and_for_one(self, home: House, code: str) -> None:
        template = templates.get(code)
        bill = home.bill(date(2026, 11, 1), 345)
        facts = telling.facts_of(bill, ledger_queries.get_charge(bill.charge_id))
        for_many = set(mass_queries.variables_of("BILLS")) | {"company", "hotline"}
        assert template.names | template.known <= for_many
        assert template.names <= set(facts)
        assert template.facts is not None
        assert template.facts(home.account) == facts
        assert template.facts("PD09999999999") is None
        assert {"amount", "pay_link"} <= template.needed

    def test_the_short_one_is_two_messages_at_most(self, home: House) -> None:
        bill = home.bill(date(2026, 11, 1), 345)
        facts = telling.facts_of(bill, ledger_queries.get_charge(bill.charge_id))
        for code in ("bill.issued", "bill.due-soon"):
            assert forms.measure_sms(rules.render(templates.get(code).vi, facts)).segments <= 2

    def test_a_preview_shows_real_values(self, home: House) -> None:
        home.bill(date(2026, 11, 1), 345)
        admin: Client = people.browser(people.add_staff("quan-tri-x", Role.ADMIN))
        page = admin.get(f"/nhan-vien/thong-bao/mau/bill.issued/?yeu-cau={home.account}").content.decode()
        assert home.account in page and "345 kWh" in page
