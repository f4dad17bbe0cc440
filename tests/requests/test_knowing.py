"""Drafts, submissions and proofs: what the record says is filled in for whoever proved to be its person."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import Invalid
from motcua.requests import knowing
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.supply import operations as supply_ops

SEED = Actor.system("seed")
ACCOUNT = "PD04000000001"
MOVE = {"same_address": True, "new_spot": "Ra cột trước cổng", "spot_owner": "OWN", "visit_time": "ANY"}


@pytest.fixture
def hoa(company: Any, at: Any) -> Any:
    """Mrs Hoa with one contract at Tây Sơn."""
    supply_ops.add_stock_meters(serials=["26000100001"], unit_code="PD0400", actor=SEED, at=at)
    person = customer_ops.create_customer(
        full_name="Nguyễn Thị Hoa",
        phone="0901234567",
        id_number="001185012345",
        email="hoa@gmail.com",
        actor=SEED,
        at=at,
    )
    place = supply_ops.create_place(
        text="Số 12 ngõ 34 phố Tây Sơn", house="12", street="Tây Sơn", province_code="01", actor=SEED, at=at
    )
    supply_ops.connect_supply(
        request_id=None, customer_id=person.id, place_id=place.id, unit_code="PD0400", meter_serial="26000100001",
        first_reading="0", seals=["S"], phases=1, quota=1, contract_number="1", energised_at=at, actor=SEED, at=at, key="c",
    )  # fmt: skip
    return person


def begin(at: Any, actor: Actor, **more: Any) -> Any:
    return request_ops.start_draft(
        service_code="MOVE-METER", channel="WEB", actor=actor, at=at, visitor_id=new_id(at), **more
    )


def test_a_proven_customer_begins_with_what_we_know(hoa: Any, at: Any) -> None:
    draft = begin(at, Actor.customer(hoa.id), customer_id=hoa.id)

    assert draft.answers == {"account_code": ACCOUNT, "full_name": "Nguyễn Thị Hoa", "phone": "+84901234567"}


def test_a_proven_phone_is_enough_but_shows_no_identity_number(hoa: Any, at: Any) -> None:
    assert begin(at, Actor.anonymous("v"), proven_phone="+84901234567").answers["account_code"] == ACCOUNT
    known = knowing.known_to(Actor.anonymous("v"), proven_phone="+84901234567")
    assert (known.full_name, known.id_number) == ("Nguyễn Thị Hoa", "")


def test_a_phone_that_two_people_have_names_nobody(hoa: Any, at: Any) -> None:
    customer_ops.create_customer(full_name="Trần Văn An", phone="0901234567", actor=SEED, at=at)

    assert begin(at, Actor.anonymous("v"), proven_phone="+84901234567").answers == {}


def test_a_code_typed_by_a_stranger_tells_nothing(hoa: Any, at: Any) -> None:
    draft = begin(at, Actor.anonymous("v"))
    draft = request_ops.save_answers(
        draft_id=draft.id, values={"account_code": ACCOUNT}, actor=Actor.anonymous("v"), at=at
    )

    assert draft.answers == {"account_code": ACCOUNT}


def test_ones_own_code_brings_the_rest_along_and_a_cleared_answer_stays_clear(hoa: Any, at: Any) -> None:
    actor = Actor.customer(hoa.id)
    draft = begin(at, actor, customer_id=hoa.id, answers={"account_code": "PD04000000777"})
    assert draft.answers == {"account_code": "PD04000000777"}

    draft = request_ops.save_answers(draft_id=draft.id, values={"account_code": ACCOUNT}, actor=actor, at=at)
    assert draft.answers["full_name"] == "Nguyễn Thị Hoa"
    draft = request_ops.save_answers(draft_id=draft.id, values={"full_name": None}, actor=actor, at=at)
    assert "full_name" not in draft.answers


def test_a_submission_need_not_say_what_we_know(hoa: Any, at: Any) -> None:
    told = {"service_code": "MOVE-METER", "answers": MOVE, "channel": "API", "at": at, "key": "k"}
    with pytest.raises(Invalid) as refusal:
        request_ops.submit(**told, actor=Actor.anonymous("v"))
    assert set(refusal.value.errors) == {"account_code", "full_name", "phone"}

    receipt = request_ops.submit(**told, actor=Actor.customer(hoa.id), customer_id=hoa.id)

    view = request_queries.get_request(receipt.request_id)
    assert (view.state.account_code, view.unit_code, view.customer_id) == (ACCOUNT, "PD0400", hoa.id)
    assert view.answers["phone"] == "+84901234567"


def test_an_employee_is_told_by_contract(hoa: Any, at: Any) -> None:
    from motcua.services import catalogue
    from motcua.supply import queries as supply_queries
    from motcua.web.intake import known

    service = catalogue.get("MOVE-METER", at.date())
    contract = supply_queries.find_contract(ACCOUNT)

    assert known.answers(service, customer_id=hoa.id, contract=contract)["phone"] == "0901 234 567"
    assert known.answers(service, customer_id=hoa.id, contract=contract, is_private=False) == {
        "account_code": ACCOUNT, "full_name": "Nguyễn Thị Hoa",
    }  # fmt: skip


def test_the_old_holder_who_asks_for_another_stays_the_old_one(hoa: Any, at: Any) -> None:
    receipt = request_ops.submit(
        service_code="CHG-HOLDER",
        answers={
            "full_name": "Trần Văn An", "id_number": "001085099999", "phone": "0907654321", "consent": "OLD_SIGNS",
            "takes_over_debt": False, "visit_time": "ANY",
        },
        channel="WEB", actor=Actor.customer(hoa.id), customer_id=hoa.id, at=at, key="k",
    )  # fmt: skip

    assert request_queries.get_request(receipt.request_id).customer_id != hoa.id
