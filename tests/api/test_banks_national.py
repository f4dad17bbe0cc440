"""One address for all companies: the company is found by its records."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import ProgrammingError, connection, transaction

from motcua.companies import context
from motcua.companies.context import using_company
from motcua.ledger import queries as ledger_queries
from motcua.payments import operations as payment_ops
from motcua.payments.models import BankNotification, BankRoute, PartnerAnswer, Payment
from tests.api.conftest import BANK, SYSTEM

TOTAL = 105_840
NATIONAL_SECRET = "g" * 40
ACCOUNT = "PD13000000001"  # HANOI's prefix


@pytest.fixture
def national(company, call, add_bank):
    """The bank is let in at the group, at HANOI and at NPC; nowhere else."""
    with using_company("GROUP"):
        add_bank(code="VCB-VN", secret=NATIONAL_SECRET)
    for code in ("HANOI", "NPC"):
        with using_company(code):
            add_bank()
    return partial(call, host="localhost", partner="VCB-VN", secret=NATIONAL_SECRET)


@pytest.fixture
def raise_at(raise_one):
    def make(company_code, **changes):
        with using_company(company_code):
            return raise_one(**changes)

    return make


def told(answer, status=200, code="00"):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    return answer.json()


def pay_body(charge, at, txn_id="FT1", **changes):
    return {
        "txn_id": txn_id,
        "charge_id": str(charge.id),
        "amount_vnd": TOTAL,
        "paid_at": at.isoformat(),
        **changes,
    }


def serial_of(charge):
    return int(charge.payment_code[2:11])


def skip_serials(company_code, count):
    with using_company(company_code), connection.cursor() as cursor:
        cursor.execute("SELECT count(nextval('ledger_payment_serial')) FROM generate_series(1, %s)", [count])


class TestLookingUp:
    def test_by_the_prefix_where_the_record_is_there(self, national, raise_at):
        charge = raise_at("HANOI", account_code=ACCOUNT, kind="TD")
        answer = told(national("inquiry", {"customer_code": ACCOUNT}))
        assert (answer["company"], answer["bills"][0]["bill_id"]) == ("HANOI", str(charge.id))

    def test_by_the_record_where_the_prefix_says_something_else(self, national, raise_at):
        charge = raise_at("NPC", account_code=ACCOUNT, kind="TD")
        answer = told(national("inquiry", {"customer_code": ACCOUNT}))
        assert (answer["company"], answer["bills"][0]["bill_id"]) == ("NPC", str(charge.id))

    def test_a_code_nobody_knows(self, national):
        told(national("inquiry", {"customer_code": ACCOUNT}), 404, "01")
        told(national("inquiry", {"payment_code": "CM000000017B"}), 404, "01")

    def test_two_companies_know_it_and_it_begins_like_the_codes_of_one(self, national, raise_at):
        raise_at("NPC", account_code=ACCOUNT, kind="TD")
        charge = raise_at("HANOI", account_code=ACCOUNT, kind="TD")
        answer = told(national("inquiry", {"customer_code": ACCOUNT}))
        assert (answer["company"], answer["bills"][0]["bill_id"]) == ("HANOI", str(charge.id))

    def test_the_finder_sees_codes_and_nothing_else(self, national, raise_at):
        raise_at("NPC", account_code=ACCOUNT, kind="TD")
        with context.as_finder(), connection.cursor() as cursor:
            cursor.execute("SELECT account_code, payment_code FROM npc.ledger_charge")
            assert cursor.fetchone()[0] == ACCOUNT
        for question in (
            "SELECT total_vnd FROM npc.ledger_charge",
            "SELECT full_name FROM npc.customers_customer",
        ):
            with (
                context.as_finder(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(),
                connection.cursor() as cursor,
            ):  # fmt: skip
                cursor.execute(question)

    def test_a_payment_code_of_one_company(self, national, raise_at):
        charge = raise_at("NPC")
        answer = told(national("inquiry", {"payment_code": charge.payment_code}))
        assert answer["company"] == "NPC"

    def test_a_payment_code_of_two_companies_asks_which(self, national, raise_at):
        one, two = raise_at("HANOI"), raise_at("NPC")
        ahead = serial_of(one) - serial_of(two)  # each company counts for itself, tests before this one too
        if ahead > 0:
            skip_serials("NPC", ahead - 1)
            two = raise_at("NPC")
        elif ahead < 0:
            skip_serials("HANOI", -ahead - 1)
            one = raise_at("HANOI")
        assert one.payment_code == two.payment_code
        asked = {"payment_code": one.payment_code}
        refused = told(national("inquiry", asked), 409, "09")
        assert refused["companies"] == ["NPC", "HANOI"]
        assert told(national("inquiry", {**asked, "company": "NPC"}))["bills"][0]["bill_id"] == str(two.id)

    def test_a_company_that_does_not_let_the_bank_in(self, national, raise_at, add_bank):
        charge = raise_at("NPC")
        with using_company("GROUP"):
            add_bank(code="NHB-VN", bank="ACB", secret="b" * 40)
        answer = national(
            "inquiry", {"charge_id": str(charge.id)}, bank="ACB", partner="NHB-VN", secret="b" * 40
        )
        assert told(answer, 403, "07")["fields"] == ["company"]

    def test_a_company_that_has_suspended_it(self, national, raise_at, at):
        charge = raise_at("NPC")
        with using_company("NPC"):
            payment_ops.switch_partner(code="NHA", is_active=False, actor=SYSTEM, at=at)
        told(national("inquiry", {"charge_id": str(charge.id)}), 403, "07")

    @pytest.mark.parametrize("company_code", ["GROUP", "NOBODY", "X"])
    def test_what_is_no_company(self, national, company_code):
        told(national("inquiry", {"customer_code": ACCOUNT, "company": company_code}), 404, "01")

    def test_a_companys_own_host_tells_of_itself_alone(self, national, call, raise_at):
        charge = raise_at("NPC")
        told(call("inquiry", {"charge_id": str(charge.id)}), 404, "01")
        told(call("inquiry", {"charge_id": str(charge.id), "company": "NPC"}), 404, "01")

    def test_its_key_opens_no_companys_host(self, national, call):
        answer = call("pay-status", {"txn_id": "F"}, partner="VCB-VN", secret=NATIONAL_SECRET)
        assert answer.status_code == 401
        assert call("pay-status", {"txn_id": "F"}, host="localhost").status_code == 401


class TestPaying:
    def test_is_booked_by_the_company_that_is_owed(self, national, raise_at, at):
        charge = raise_at("NPC")
        answer = told(national("pay", pay_body(charge, at), request_id="r1"))

        assert (answer["company"], answer["state"]) == ("NPC", "paid")
        with using_company("NPC"):
            assert ledger_queries.get_charge(charge.id).is_paid
            assert Payment.objects.get().bank == BANK
        with using_company("HANOI"):
            assert Payment.objects.count() == 0
        assert told(national("pay-status", {"txn_id": "FT1"}))["state"] == "paid"
        again = national("pay", pay_body(charge, at), request_id="r1")
        assert again.json() == answer

    def test_an_id_stays_with_its_company(self, national, raise_at, at):
        here, there = raise_at("HANOI"), raise_at("NPC")
        told(national("pay", pay_body(here, at), request_id="r1"))
        other_request = told(national("pay", pay_body(there, at), request_id="r2"), 409, "06")
        other_txn = told(national("pay", pay_body(there, at, "FT2"), request_id="r1"), 409, "06")

        assert (other_request["fields"], other_txn["fields"]) == (["txn_id"], ["request_id"])
        with using_company("NPC"):
            assert (Payment.objects.count(), PartnerAnswer.objects.count()) == (0, 0)
        with using_company("GROUP"):
            assert set(BankRoute.objects.values_list("ref", "company_code")) == {
                ("r1", "HANOI"),
                ("FT1", "HANOI"),
            }
        assert told(national("pay", pay_body(there, at, "FT2"), request_id="r2"))["company"] == "NPC"

    def test_hold_confirm_reverse_find_their_company(self, national, raise_at, at):
        charge = raise_at("NPC")
        body = pay_body(charge, at)
        paid_at = body.pop("paid_at")
        assert told(national("hold", body))["company"] == "NPC"
        assert told(national("confirm", {"txn_id": "FT1", "paid_at": paid_at}))["state"] == "paid"
        back = {"txn_id": "RV1", "original_txn_id": "FT1", "amount_vnd": TOTAL}
        assert told(national("reverse", back))["state"] == "reversed"
        assert told(national("pay-status", {"txn_id": "RV1"}))["state"] == "reversed"

    def test_what_nobody_knows(self, national, at):
        assert told(national("pay-status", {"txn_id": "FT1"}))["state"] == "unknown"
        told(national("confirm", {"txn_id": "FT1", "paid_at": at.isoformat()}), 404, "01")
        told(national("reverse", {"txn_id": "R", "original_txn_id": "FT1", "amount_vnd": 5}), 404, "01")
        back = {"txn_id": "R", "original_txn_id": "FT1", "amount_vnd": 5, "company": "NPC"}
        assert told(national("reverse", back))["state"] == "waiting"

    def test_a_notice_is_for_whose_account_was_paid(self, national, notice, raise_at, company):
        charge = raise_at("HANOI")
        told(national("notifications", notice(charge.payment_code, account=company.bank_account)))
        with using_company("HANOI"):
            assert ledger_queries.get_charge(charge.id).is_paid
        assert told(national("notifications", notice("x", txn_id="FT2")), 400, "98")["fields"] == ["company"]
        told(national("notifications", notice("x", txn_id="FT3", account="1")), 404, "01")
        with using_company("HANOI"):
            assert BankNotification.objects.count() == 1

    def test_files_are_of_one_company(self, national):
        assert told(national("daily-file", {"date": "2026-11-16"}), 400, "98")["fields"] == ["company"]
        file = national("daily-file", {"date": "2026-11-16", "company": "NPC"})
        assert "MOTCUA_NPC_VCB_20261116.csv" in file["Content-Disposition"]
