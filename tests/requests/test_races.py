"""Two real transactions at the same instant: one wins, the other is told."""

from motcua.kernel.actors import Actor
from motcua.ledger import queries as ledger_queries
from motcua.requests import operations as request_ops
from motcua.requests import queries
from motcua.requests.models import Request
from tests.requests.conftest import pay
from tests.requests.test_advance import accept

BUSINESS = Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0400"])


def test_two_sending_the_same_form_make_one_request(committed_company, submit_home, race):
    results = race(submit_home, submit_home, submit_home)

    assert [result.number for result in results] == [results[0].number] * 3
    assert Request.objects.count() == 1


def test_two_people_pressing_the_same_button_one_wins_the_other_is_told(
    committed_company, submit_home, at, race
):
    sent = submit_home().request_id

    results = race(
        lambda: accept(sent, BUSINESS, at, key="a", expected_step="CHECK"),
        lambda: accept(sent, BUSINESS, at, key="b", expected_step="CHECK"),
    )

    assert sorted(type(result).__name__ for result in results) == ["Advanced", "Stale"]
    assert len(ledger_queries.list_charges(sent)) == 1


def test_a_double_click_acts_once_and_both_see_the_same_answer(committed_company, submit_home, at, race):
    sent = submit_home().request_id

    results = race(*[lambda: accept(sent, BUSINESS, at, key="same")] * 3)

    assert [(result.step, type(result)) for result in results] == [("PAY", request_ops.Advanced)] * 3
    assert sorted(result.was_done_before for result in results) == [False, True, True]
    assert len(ledger_queries.list_charges(sent)) == 1


def test_cancelling_while_the_money_arrives_waits_its_turn_and_keeps_the_money(
    committed_company, submit_home, at, race
):
    sent = submit_home().request_id
    accept(sent, BUSINESS, at)
    customer = Actor.customer(queries.get_request(sent).customer_id)

    results = race(
        lambda: pay(sent, at),
        lambda: request_ops.cancel(request_id=sent, actor=customer, at=at, key="c"),
    )

    assert [type(result).__name__ for result in results] == ["NoneType", "NoneType"]
    assert queries.get_request(sent).state.state == "CANCELLED"
    assert ledger_queries.check_ledger() == []
