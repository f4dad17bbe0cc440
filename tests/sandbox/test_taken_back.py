"""A bank takes a payment back after the step it paid for went on: nobody may overlook it, and it can be paid again."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.requests.conftest import HOME_ANSWERS, later
from tests.web import people

from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.customers.models import VisitorSession
from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.messaging.models import OutboxMessage
from motcua.payments import queries as payment_queries
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from motcua.sandbox import bank
from motcua.web.visitors import COOKIE

HOST = "hanoi.localhost"
BUSINESS = Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0400"])


@pytest.fixture
def transfer(committed_company, pages, at):
    """Pay the open charge of a request at the stand-in bank, told at once; the bank's transaction."""

    def pay(request_id) -> str:
        charge = next(c for c in ledger_queries.list_charges(request_id) if c.is_open)
        order = bank.read_order(told=payment_queries.payment_view(charge.id).qr_text, amount_vnd=None)
        txn_id = bank.pay(order=order, faults=frozenset(), host=HOST, at=at)
        bank.deliver_due()
        return txn_id

    return pay


@pytest.fixture
def paid(transfer, at):
    """A new supply whose fee was paid: the step went on. The request and the bank's transaction."""
    sent = request_ops.submit(
        service_code="NEW-LV-RES", answers=HOME_ANSWERS, channel="WEB", actor=Actor.anonymous("v"), at=at, key="s",
    ).request_id  # fmt: skip
    request_ops.advance(
        request_id=sent, action="accept", inputs={"needs_survey": False, "cost_vnd": 450_000, "cost_note": "cáp"},
        actor=BUSINESS, at=at, key="accept",
    )  # fmt: skip
    txn_id = transfer(sent)
    assert request_queries.get_request(sent).step == "SIGN"
    return sent, txn_id


def take_back(txn_id, at) -> None:
    bank.take_back(txn_id=txn_id, host=HOST, at=at)
    bank.deliver_due()


def names(request_id) -> list[str]:
    return [entry.name for entry in request_queries.list_entries(request_id)]


class TestTakenBack:
    def test_is_in_the_journal_which_still_leads_to_the_row(self, paid, at):
        sent, txn_id = paid

        take_back(txn_id, later(at, 24))

        view = request_queries.get_request(sent)
        entry = Entry.objects.get(request_id=sent, name="charge.reopened")
        assert view.step == "SIGN"
        assert view.state.taken_back_at is not None
        assert (entry.payload["amount_vnd"], entry.payload["owed"]) == (486_000, True)
        assert request_queries.replay_request(sent) == view.state

    def test_the_customer_is_told_once_and_where_to_pay_again(self, paid, at):
        sent, txn_id = paid
        take_back(txn_id, at)
        bank.take_back(txn_id=txn_id, host=HOST, at=at)
        bank.deliver_due()

        told = OutboxMessage.objects.filter(key__contains=":reopened:sms")
        charge = ledger_queries.list_charges(sent)[0]
        number = request_queries.get_request(sent).number
        assert told.count() == 1
        assert told[0].params["pay_link"].endswith(f"/theo-doi/{number}/thanh-toan/")
        assert told[0].params["reopened_code"] == charge.payment_code

    def test_the_pay_page_and_the_follow_page_ask_for_it(self, paid, at):
        sent, txn_id = paid
        take_back(txn_id, at)
        view = request_queries.get_request(sent)
        browser = Client(headers={"host": HOST})
        opened = customer_ops.open_session(at=at)
        VisitorSession.objects.filter(id=opened.id).update(
            customer_id=view.customer_id, proven_at=at, proven_phone="0901234567"
        )
        browser.cookies[COOKIE] = opened.token

        page = browser.get(f"/theo-doi/{view.number}/thanh-toan/").content.decode()
        follow = browser.get(f"/theo-doi/{view.number}/").content.decode()

        assert 'data-amount="486000"' in page
        assert "data-payment-code" in page
        assert "rút lại khoản thanh toán" in page
        assert "rút lại khoản thanh toán" in follow
        assert f"/theo-doi/{view.number}/thanh-toan/" in follow

    def test_business_staff_see_it_on_the_request_and_in_the_list(self, paid, at):
        sent, txn_id = paid
        number = request_queries.get_request(sent).number
        desk = people.browser(people.add_staff("minh", Role.BUSINESS))
        assert number not in desk.get("/ban-viec/?luot=rut-tien").content.decode()

        take_back(txn_id, at)

        assert number in desk.get("/ban-viec/?luot=rut-tien").content.decode()
        assert (
            "Ngân hàng đã rút lại khoản thanh toán"
            in desk.get(f"/ban-viec/yeu-cau/{number}/").content.decode()
        )
        other = people.browser(people.add_staff("xa", Role.BUSINESS, unit="PD0100"))
        assert number not in other.get("/ban-viec/?luot=rut-tien").content.decode()

    def test_paid_again_the_mark_goes_and_taken_back_again_it_returns(self, paid, transfer, at):
        sent, txn_id = paid
        take_back(txn_id, at)

        second = transfer(sent)
        assert request_queries.get_request(sent).state.taken_back_at is None
        assert names(sent).count("charge.paid") == 2

        take_back(second, at)
        view = request_queries.get_request(sent)
        assert view.state.taken_back_at is not None
        assert names(sent).count("charge.reopened") == 2
        assert OutboxMessage.objects.filter(key__contains=":reopened:sms").count() == 2
        assert request_queries.replay_request(sent) == view.state

    def test_nobody_owes_for_a_request_that_was_called_off(self, paid, at):
        sent, txn_id = paid
        customer = Actor.customer(request_queries.get_request(sent).customer_id)
        request_ops.cancel(request_id=sent, actor=customer, at=at, key="c")

        take_back(txn_id, at)

        view = request_queries.get_request(sent)
        assert view.state.taken_back_at is None
        assert [charge.status for charge in ledger_queries.list_charges(sent)] == ["CANCELLED"]
        assert not OutboxMessage.objects.filter(key__contains=":reopened").exists()
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []
