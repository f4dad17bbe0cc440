"""What money in suspense may be for: each reason by itself, in order, and nothing for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.customers import operations as customer_ops
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.ledger import operations as ledger_ops
from motcua.ledger.queries import ChargeView
from motcua.payments import suggesting
from motcua.payments.queries import CaseView
from motcua.payments.suggesting import Why

ACTOR = Actor.system("test")
AT = datetime(2026, 1, 15, 3, tzinfo=UTC)
ACCOUNT = "PD01000000077"


def raised(
    key: str, amount_vnd: int, *, customer_id: UUID | None = None, account_code: str = ""
) -> ChargeView:
    return ledger_ops.raise_charge(
        kind="TD", amount_vnd=amount_vnd, vat_rate=Decimal(0), customer_id=customer_id, request_id=None, unit_code="PD0100",
        account_code=account_code, actor=ACTOR, at=AT, key=key,
    )  # fmt: skip


def case(text: str, amount_vnd: int = 111, charge_id: UUID | None = None) -> CaseView:
    return CaseView(
        id=uuid4(), payment_id=uuid4(), bank="VCB", txn_id="FT1", amount_vnd=amount_vnd, reason="NO_CODE", text=text,
        charge_id=charge_id, paid_at=AT, opened_at=AT, state="OPEN", resolution="", closed_at=None, closed_by="", note="",
    )  # fmt: skip


def found(
    text: str, amount_vnd: int = 111, charge_id: UUID | None = None
) -> list[tuple[UUID, tuple[Why, ...]]]:
    return [(one.charge.id, one.why) for one in suggesting.suggest(case(text, amount_vnd, charge_id))]


@pytest.fixture
def hoa(company: object) -> UUID:
    return customer_ops.create_customer(
        full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=ACTOR, at=AT
    ).id


class TestReasons:
    def test_a_code_with_one_sign_wrong(self, company: object) -> None:
        charge = raised("a", 500)
        wrong = charge.payment_code.replace("0", "8", 1)

        assert found(f"MBVCB.123.{wrong}.tien dien") == [(charge.id, (Why.NEAR_CODE,))]
        assert found(f"glued{wrong}on") == [(charge.id, (Why.NEAR_CODE,))]
        assert found(charge.payment_code) == [(charge.id, (Why.CODE,))]

    def test_the_customers_own_code(self, company: object) -> None:
        mine, _other = raised("a", 500, account_code=ACCOUNT), raised("b", 500, account_code="PD01000000078")

        assert found("TT tien dien pd01000000077 ky 12") == [(mine.id, (Why.ACCOUNT,))]

    @pytest.mark.parametrize("text", ["sdt 0901234567 tra tien", "84901234567", "+84901234567 nop"])
    def test_the_customers_telephone(self, hoa: UUID, text: str) -> None:
        charge = raised("a", 500, customer_id=hoa)

        assert found(text) == [(charge.id, (Why.PHONE,))]

    def test_a_name_counts_with_the_right_amount(self, hoa: UUID) -> None:
        hers, other = raised("a", 500, customer_id=hoa), raised("b", 500)

        assert found("NGUYEN THI HOA chuyen tien", 500) == [
            (hers.id, (Why.NAME, Why.AMOUNT)),
            (other.id, (Why.AMOUNT,)),
        ]
        assert found("NGUYEN THI HOA chuyen tien", 499) == []
        assert [why for _id, why in found("nguyen thi hoang", 500)] == [(Why.AMOUNT,), (Why.AMOUNT,)]

    def test_what_the_money_was_first_for(self, hoa: UUID) -> None:
        cancelled, open_ = raised("a", 500, customer_id=hoa), raised("b", 700, customer_id=hoa)
        ledger_ops.cancel_charge(
            charge_id=cancelled.id, reason="x", actor=ACTOR, at=AT + timedelta(1), key="c"
        )

        assert found("", charge_id=cancelled.id) == [(open_.id, (Why.RELATED,))]

    def test_the_strongest_stands_first_and_then_the_right_amount(self, hoa: UUID) -> None:
        first, second, third = (
            raised(key, vnd, account_code=ACCOUNT) for key, vnd in (("a", 300), ("b", 400), ("c", 500))
        )

        assert found(f"{third.payment_code} {ACCOUNT}", 400) == [
            (third.id, (Why.CODE, Why.ACCOUNT)),
            (second.id, (Why.ACCOUNT, Why.AMOUNT)),
            (first.id, (Why.ACCOUNT,)),
        ]

    def test_nothing_for_nothing(self, company: object) -> None:
        raised("a", 500)
        assert found("chuyen tien", 111) == []


@given(st.integers(1, 999_999_999), st.integers(0, 11), st.sampled_from(codes.ALPHABET))
def test_every_code_with_one_sign_wrong_is_near_its_own(serial: int, place: int, sign: str) -> None:
    code = codes.payment_code("TD", serial)
    typed = code[:place] + sign + code[place + 1 :]

    assert typed == code or code in suggesting.near_codes(f"tien dien {typed} cam on")


@given(st.integers(1, 999_999_999), st.integers(0, 10))
def test_every_code_with_two_signs_swapped_is_near_its_own(serial: int, place: int) -> None:
    code = codes.payment_code("TD", serial)
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert typed == code or code in suggesting.near_codes(typed)


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    assert all(codes.parse_payment_code(code) == code for code in suggesting.near_codes(text))
