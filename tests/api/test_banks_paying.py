"""Paying through the bank interface: in one call, by hold and confirm, taken back, asked for, counted at the day's end."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest

from motcua.kernel import hashing, local_time
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import banking
from motcua.payments import operations as payment_ops
from motcua.payments import queries as payment_queries
from motcua.payments.models import BankHold, BankNotification, PartnerAnswer, Payment
from tests.api.conftest import PARTNER, SYSTEM

TOTAL = 105_840
OTHER = {"bank": "ACB", "partner": "NHB", "secret": "b" * 40}


@pytest.fixture(autouse=True)
def _banks(company, add_bank):
    add_bank()
    add_bank(code="NHB", bank="ACB", secret="b" * 40)
    yield
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


@pytest.fixture
def charge(raise_one):
    return raise_one()


@pytest.fixture
def order(charge, at):
    def make(txn_id: str = "FT1", **changes):
        given = {
            "txn_id": txn_id,
            "charge_id": str(charge.id),
            "amount_vnd": TOTAL,
            "paid_at": at.isoformat(),
        }
        return {**given, **changes}

    return make


@pytest.fixture
def held(charge):
    def make(txn_id: str = "FT1", **changes):
        return {"txn_id": txn_id, "charge_id": str(charge.id), "amount_vnd": TOTAL, **changes}

    return make


def told(answer, status: int = 200, code: str = "00") -> dict:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    return answer.json()


def allow_parts(at: datetime) -> None:
    policy = banking.Policy("OLDEST_DUE", part_payment=True, must_follow_order=False, hold_seconds=300)
    payment_ops.set_collection_policy(
        valid_from=local_time.local_date(at), policy=policy, source="test", actor=SYSTEM, at=at
    )


class TestPay:
    def test_a_payment_is_booked_as_a_notice_is(self, call, order, charge, notice, raise_one):
        answer = told(call("pay", order(channel="MOBILE"), request_id="r1"))
        twin = raise_one()
        call("notifications", notice(twin.payment_code, txn_id="FT2"))

        assert (answer["state"], answer["remaining_vnd"], answer["company"]) == ("paid", 0, "HANOI")
        assert answer["business_date"] == "2026-11-16"
        assert ledger_queries.get_charge(charge.id).is_paid
        ours, theirs = (
            [
                (leg.account, leg.side, leg.amount_vnd)
                for booking in ledger_queries.list_transactions(one.id)
                for leg in booking.postings
            ]
            for one in (charge, twin)
        )
        assert ours == theirs
        assert BankNotification.objects.get(txn_id="FT1").channel == "MOBILE"
        assert answer["ledger_txn_id"] == str(Payment.objects.get(txn_id="FT1").ledger_transaction_id)

    def test_the_same_request_gets_the_same_bytes_however_it_is_written(self, call, order, bank_clock):
        first = call("pay", order(), request_id="r1")
        bank_clock.advance(timedelta(hours=3))
        again = call("pay", dict(reversed(order().items())), request_id="r1")

        assert again.content == first.content
        assert (Payment.objects.count(), PartnerAnswer.objects.count()) == (1, 1)

    def test_the_same_transaction_under_another_request_is_a_duplicate(self, call, order):
        first = told(call("pay", order(), request_id="r1"))
        again = told(call("pay", order(), request_id="r2"))

        assert (first["is_duplicate"], again["is_duplicate"]) == (False, True)
        assert again["receipt_no"] == first["receipt_no"]
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "field"), [({"amount_vnd": 5}, "amount_vnd"), ({"channel": "ATM"}, "channel"), ({"txn_id": "FT9"}, "txn_id")]
    )  # fmt: skip
    def test_the_same_request_with_other_content_names_the_field(self, call, order, change, field):
        call("pay", order(), request_id="r1")
        assert told(call("pay", order(**change), request_id="r1"), 409, "06")["fields"] == [field]

    def test_a_request_id_belongs_to_its_call(self, call, order, held):
        call("hold", held(), request_id="r1")
        call("release", {"txn_id": "FT1"}, request_id="r2")
        assert told(call("confirm", {"txn_id": "FT1", "paid_at": order()["paid_at"]}, request_id="r2"), 409, "06")["fields"] == ["call"]  # fmt: skip

    def test_the_same_transaction_for_another_charge_names_the_charge(self, call, order, raise_one):
        call("pay", order())
        answer = call("pay", order(charge_id=str(raise_one().id)))
        assert told(answer, 409, "06")["fields"] == ["charge_id"]

    def test_nobody_pays_what_is_paid(self, call, order):
        told(call("pay", order("A")))
        assert told(call("pay", order("B"), **OTHER), 409, "04")["fields"] == ["charge_id"]
        assert Payment.objects.count() == 1

    def test_a_bill_that_has_changed_is_looked_up_again(self, call, order, charge, notice):
        version = told(call("inquiry", {"charge_id": str(charge.id)}))["bills"][0]["version"]
        call("notifications", notice(charge.payment_code, amount_vnd=840, txn_id="X"))

        assert told(call("pay", order(amount_vnd=105_000, version=version)), 409, "03")["fields"] == [
            "version"
        ]
        fresh = told(call("inquiry", {"charge_id": str(charge.id)}))["bills"][0]
        assert (
            told(call("pay", order(amount_vnd=fresh["amount_vnd"], version=fresh["version"])))["state"]
            == "paid"
        )

    @pytest.mark.parametrize("amount", [TOTAL + 1, TOTAL - 1, 1])
    def test_another_amount_is_refused_and_told(self, call, order, amount):
        answer = told(call("pay", order(amount_vnd=amount)), 422, "05")
        assert (answer["amount_vnd"], Payment.objects.count()) == (TOTAL, 0)

    @pytest.mark.parametrize("amount", [0, -1, 1.5, "105840", True, 10**19])
    def test_what_is_no_amount_is_refused(self, call, order, amount):
        assert call("pay", order(amount_vnd=amount)).json()["code"] in {"05", "98"}
        assert Payment.objects.count() == 0

    def test_a_part_where_the_policy_allows_it(self, call, order, at):
        allow_parts(at)
        assert told(call("pay", order("A", amount_vnd=5_840)))["remaining_vnd"] == 100_000
        assert told(call("pay", order("B", amount_vnd=100_001)), 422, "05")["amount_vnd"] == 100_000
        assert told(call("pay", order("C", amount_vnd=100_000)))["remaining_vnd"] == 0

    def test_unknown_and_cancelled_charges(self, call, order, charge, at):
        assert told(call("pay", order(charge_id=str(uuid4()))), 404, "01")["fields"] == ["charge_id"]
        ledger_ops.cancel_charge(charge_id=charge.id, reason="", actor=SYSTEM, at=at, key="c")
        told(call("pay", order()), 409, "02")

    def test_what_cannot_be_booked_now_is_stored_and_counts_as_paid(
        self, call, order, charge, monkeypatch, at
    ):
        from motcua.payments.operations import at_once, inbox

        with monkeypatch.context() as patch:
            patch.setattr(at_once, "_WAITING", "SELECT 1 / 0 WHERE %s::text <> ''")
            patch.setattr(inbox, "process_notification", lambda *a, **k: 1 / 0)
            assert told(call("pay", order("A")))["state"] == "pending"
        assert told(call("pay-status", {"txn_id": "A"}))["state"] == "pending"
        told(call("pay", order("B"), **OTHER), 409, "10")
        assert told(call("inquiry", {"charge_id": str(charge.id)}))["bills"][0]["payable_vnd"] == 0

        assert payment_ops.process_due(at=at + timedelta(hours=1)) == 1
        assert told(call("pay-status", {"txn_id": "A"}))["state"] == "paid"

    def test_the_order_where_the_policy_demands_it(self, call, order, raise_one, at):
        policy = banking.Policy("OLDEST_DUE", part_payment=False, must_follow_order=True, hold_seconds=300)
        payment_ops.set_collection_policy(
            valid_from=local_time.local_date(at), policy=policy, source="test", actor=SYSTEM, at=at
        )
        late, early = (
            raise_one(account_code="PD13000000001", kind="TD", due_at=at + timedelta(days=days)) for days in (9, 3)
        )  # fmt: skip
        refused = told(call("pay", order(charge_id=str(late.id))), 409, "11")

        assert refused["bill_id"] == str(early.id)
        told(call("pay", order("A", charge_id=str(early.id))))
        told(call("pay", order("B", charge_id=str(late.id))))


class TestLookingUp:
    def test_an_account_shows_its_charges_in_order(self, call, raise_one, at):
        account = "PD13000000001"
        late, undated, early = (
            raise_one(account_code=account, kind="TD", due_at=due)
            for due in (at + timedelta(days=9), None, at + timedelta(days=3))
        )
        answer = told(call("inquiry", {"customer_code": "pd13 0000 00001"}))

        assert [(bill["position"], bill["bill_id"]) for bill in answer["bills"]] == [
            (1, str(early.id)), (2, str(late.id)), (3, str(undated.id))
        ]  # fmt: skip
        assert answer["policy"] == {
            "order": "OLDEST_DUE", "part_payment": False, "must_follow_order": False, "hold_seconds": 300
        }  # fmt: skip
        assert {bill["customer_code"] for bill in answer["bills"]} == {account}
        assert [b["kind"] for b in told(call("inquiry", {"customer_code": account, "kinds": ["NG"]}), 200, "02")["bills"]] == []  # fmt: skip

    def test_one_of_three_codes(self, call, charge):
        both = {"charge_id": str(charge.id), "payment_code": charge.payment_code}
        assert told(call("inquiry", both), 400, "98")["fields"] == [
            "payment_code",
            "customer_code",
            "charge_id",
        ]
        told(call("inquiry", {"charge_id": str(uuid4())}), 404, "01")

    def test_says_what_somebody_else_is_about_to_pay(self, call, held, charge, bank_clock):
        call("hold", held())
        bill = told(call("inquiry", {"charge_id": str(charge.id)}, **OTHER))["bills"][0]
        assert (bill["amount_vnd"], bill["payable_vnd"]) == (TOTAL, 0)
        bank_clock.advance(timedelta(seconds=300))
        assert (
            told(call("inquiry", {"charge_id": str(charge.id)}, **OTHER))["bills"][0]["payable_vnd"] == TOTAL
        )


class TestHolds:
    def test_held_confirmed_paid(self, call, held, order, charge):
        first = told(call("hold", held()))
        assert (first["state"], first["until"]) == ("held", "2026-11-16T02:05:00.000000Z")
        assert ledger_queries.list_transactions(charge.id)[1:] == []
        done = told(call("confirm", {"txn_id": "FT1", "paid_at": order()["paid_at"], "amount_vnd": TOTAL}))

        assert (done["state"], done["was_late"], done["remaining_vnd"]) == ("paid", False, 0)
        assert BankHold.objects.get().state == "CONFIRMED"

    def test_keeps_others_out_until_its_time_is_over(self, call, held, order, bank_clock):
        call("hold", held("A", seconds=60))
        assert told(call("pay", order("B"), **OTHER), 409, "10")["until"] == "2026-11-16T02:01:00.000000Z"
        told(call("hold", held("C"), **OTHER), 409, "10")
        told(call("pay", order("D")), 409, "10")  # the same bank's other customer too
        bank_clock.advance(timedelta(seconds=60))
        assert told(call("pay-status", {"txn_id": "A"}))["state"] == "expired"
        assert told(call("pay", order("B"), **OTHER))["state"] == "paid"

    def test_no_hold_is_longer_than_the_policy(self, call, held):
        assert told(call("hold", held(seconds=86_400)))["until"] == "2026-11-16T02:05:00.000000Z"

    def test_released_is_free_for_others(self, call, held, order):
        call("hold", held("A"))
        assert told(call("release", {"txn_id": "A"}))["state"] == "released"
        assert told(call("release", {"txn_id": "A"}))["is_duplicate"]
        assert told(call("pay", order("B"), **OTHER))["state"] == "paid"

    def test_a_late_confirmation_is_money_never_dropped(self, call, held, order, bank_clock, charge):
        call("hold", held("A"))
        bank_clock.advance(timedelta(minutes=6))
        told(call("pay", order("B"), **OTHER))
        late = told(call("confirm", {"txn_id": "A", "paid_at": order()["paid_at"]}))

        assert (late["state"], late["was_late"]) == ("paid", True)
        assert Payment.objects.count() == 2
        (case,) = payment_queries.list_open_cases()  # nobody is known to whom it could be credit
        assert (case.amount_vnd, case.charge_id) == (TOTAL, charge.id)

    def test_a_confirmation_after_letting_go_is_money_too(self, call, held, order):
        call("hold", held("A"))
        call("release", {"txn_id": "A"})
        done = told(call("confirm", {"txn_id": "A", "paid_at": order()["paid_at"]}))
        assert (done["state"], done["was_late"], done["remaining_vnd"]) == ("paid", True, 0)
        told(call("release", {"txn_id": "A"}), 409, "12")

    def test_confirmed_twice_is_paid_once(self, call, held, order):
        call("hold", held("A"))
        body = {"txn_id": "A", "paid_at": order()["paid_at"]}
        answers = [told(call("confirm", body, request_id=id)) for id in ("r1", "r2", "r1")]
        assert [one["is_duplicate"] for one in answers] == [False, True, False]
        assert Payment.objects.count() == 1

    def test_what_is_not_held(self, call, held, order):
        told(call("confirm", {"txn_id": "A", "paid_at": order()["paid_at"]}), 404, "01")
        told(call("release", {"txn_id": "A"}), 404, "01")
        call("hold", held("A"))
        told(call("confirm", {"txn_id": "A", "paid_at": order()["paid_at"]}, **OTHER), 404, "01")
        assert told(call("confirm", {"txn_id": "A", "paid_at": order()["paid_at"], "amount_vnd": 1}), 422, "05")["amount_vnd"] == TOTAL  # fmt: skip
        assert told(call("hold", held("A", amount_vnd=5)), 409, "06")["fields"] == ["amount_vnd"]
        assert told(call("pay", order("A")), 409, "06")["fields"] == ["txn_id"]
        assert Payment.objects.count() == 0

    def test_what_a_hold_reserves_is_never_changed(self, call, held):
        from django.db import DatabaseError, transaction

        call("hold", held("A"))
        for change in ({"amount_vnd": 1}, {"txn_id": "B"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                BankHold.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            BankHold.objects.all().delete()


class TestReversing:
    def back(self, **changes):
        return {
            "txn_id": "RV1",
            "original_txn_id": "FT1",
            "amount_vnd": TOTAL,
            "reason": "khach huy",
            **changes,
        }

    def test_taken_back_on_its_day(self, call, order, charge):
        call("pay", order())
        done = told(call("reverse", self.back(), request_id="r1"))
        assert done["state"] == "reversed"
        assert ledger_queries.get_charge(charge.id).is_open
        assert told(call("pay-status", {"txn_id": "FT1"}))["state"] == "reversed"
        assert call("reverse", self.back(), request_id="r1").json() == done
        assert told(call("reverse", self.back(txn_id="RV2")))["state"] == "reversed"
        assert told(call("pay", order("FT2")))["state"] == "paid"

    def test_not_after_its_day_has_ended(self, call, order, charge, bank_clock):
        call("pay", order())
        bank_clock.advance(timedelta(hours=15))  # midnight in Vietnam
        assert told(call("reverse", self.back()), 409, "08")["fields"] == ["original_txn_id"]
        assert ledger_queries.get_charge(charge.id).is_paid

    def test_not_after_the_cut_off_of_its_day(self, call, order, bank_clock, at):
        day = local_time.local_date(at)
        payment_ops.set_cut_off(code=PARTNER, valid_from=day, ends_at=time(16, 30), actor=SYSTEM, at=at)
        call("pay", order("A"))
        bank_clock.advance(timedelta(hours=7, minutes=30))  # 16:30
        told(call("reverse", self.back(original_txn_id="A")), 409, "08")

    def test_what_came_behind_the_cut_off_is_of_the_next_day(self, call, order, bank_clock, at):
        day = local_time.local_date(at)
        payment_ops.set_cut_off(code=PARTNER, valid_from=day, ends_at=time(16, 30), actor=SYSTEM, at=at)
        bank_clock.advance(timedelta(hours=8))
        assert told(call("pay", order()))["business_date"] == "2026-11-17"
        bank_clock.advance(timedelta(hours=23))
        assert told(call("reverse", self.back()))["state"] == "reversed"

    def test_a_reversal_that_comes_first_undoes_what_comes_later(self, call, order, charge):
        assert told(call("reverse", self.back()))["state"] == "waiting"
        assert told(call("pay", order()))["state"] == "reversed"
        assert ledger_queries.get_charge(charge.id).is_open

    def test_only_the_whole_and_only_a_payment(self, call, order):
        call("pay", order())
        assert told(call("reverse", self.back(amount_vnd=5)), 422, "05")["amount_vnd"] == TOTAL
        call("reverse", self.back())
        told(call("reverse", self.back(txn_id="RV3", original_txn_id="RV1")), 404, "01")
        assert told(call("reverse", self.back(original_txn_id="FT7")), 409, "06")["fields"] == [
            "original_txn_id"
        ]

    def test_nobody_takes_back_another_banks_payment(self, call, order, charge):
        call("pay", order())
        assert told(call("reverse", self.back(), **OTHER))["state"] == "waiting"
        assert ledger_queries.get_charge(charge.id).is_paid


class TestTheDay:
    @pytest.fixture
    def paid(self, call, order, raise_one):
        told(call("pay", order("A")))
        told(call("pay", order("B", charge_id=str(raise_one().id))))
        told(call("reverse", {"txn_id": "RB", "original_txn_id": "B", "amount_vnd": TOTAL}))

    def test_the_file_has_every_line_and_adds_up(self, call, paid, charge, bank_clock):
        answer = call("daily-file", {"date": "2026-11-16"})
        assert answer["Content-Disposition"] == 'attachment; filename="MOTCUA_HANOI_VCB_20261116.csv"'
        assert answer["X-Is-Final"] == "false"
        text = answer.content.decode()
        *lines, last = csv.reader(io.StringIO(text))
        rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]

        assert [(row["txn_id"], row["kind"], row["state"], row["amount_vnd"]) for row in rows] == [
            ("A", "receipt", "paid", str(TOTAL)), ("B", "receipt", "reversed", str(TOTAL)),
            ("RB", "reversal", "reversed", str(TOTAL)),
        ]  # fmt: skip
        assert rows[0]["payment_code"] == charge.payment_code
        assert rows[0]["received_at"] == "2026-11-16T09:00:00+07:00"
        assert last[:4] == ["#", "3", str(2 * TOTAL), str(TOTAL)]
        assert last[4] == hashing.sha256_hex(text[: text.rindex("#")])
        bank_clock.advance(timedelta(hours=15))
        assert call("daily-file", {"date": "2026-11-16"})["X-Is-Final"] == "true"
        assert call("daily-file", {"date": "2026-11-16"}, **OTHER).content.count(b"\n") == 2

    def lines(self, *changes):
        return [
            {"txn_id": "A", "amount_vnd": TOTAL}, {"txn_id": "B", "amount_vnd": TOTAL},
            {"txn_id": "RB", "kind": "reversal", "amount_vnd": TOTAL}, *changes,
        ]  # fmt: skip

    def test_equal_counts(self, call, paid):
        answer = told(
            call("reconcile", {"date": "2026-11-16", "lines": self.lines(), "totals": {"count": 3, "amount_vnd": 3 * TOTAL}})
        )  # fmt: skip
        assert (answer["state"], answer["matched"], answer["differing"]) == ("equal", 3, 0)

    def test_page_by_page_with_differences(self, call, paid):
        day = {"date": "2026-11-16"}
        first = told(call("reconcile", {**day, "anew": True, "lines": self.lines()[:1]}))
        assert (first["state"], first["told"]) == ("open", 1)
        again = told(call("reconcile", {**day, "lines": self.lines()[:1]}))
        assert again["told"] == 1
        rest = [{"txn_id": "B", "amount_vnd": 1}, {"txn_id": "X", "amount_vnd": 7}]
        answer = told(
            call("reconcile", {**day, "lines": rest, "totals": {"count": 3, "amount_vnd": TOTAL + 8}})
        )

        assert (answer["state"], answer["matched"]) == ("differs", 1)
        assert [(one["txn_id"], one["what"], one["here_vnd"], one["there_vnd"]) for one in answer["differences"]] == [
            ("B", "amount_differs", TOTAL, 1), ("RB", "missing_there", TOTAL, None), ("X", "missing_here", None, 7),
        ]  # fmt: skip

    def test_a_line_may_come_again_but_not_with_other_content(self, call, paid):
        call("reconcile", {"date": "2026-11-16", "lines": self.lines()})
        other = {"date": "2026-11-16", "lines": [{"txn_id": "A", "amount_vnd": 1}]}
        assert told(call("reconcile", other), 409, "06")["fields"] == ["lines"]
        totals = {"count": 9, "amount_vnd": 1}
        assert told(call("reconcile", {"date": "2026-11-16", "lines": [], "totals": totals}), 409, "13")


def test_the_days_of_a_bank_follow_its_dated_cut_offs():
    cut_offs = [
        banking.CutOff(date(2026, 11, 16), time(16, 30)),
        banking.CutOff(date(2026, 11, 18), None),
    ]
    at = local_time.instant
    for moment, day in [
        (at(date(2026, 11, 15), time(23, 59)), date(2026, 11, 15)),
        (at(date(2026, 11, 16), time(16, 29)), date(2026, 11, 16)),
        (at(date(2026, 11, 16), time(16, 30)), date(2026, 11, 17)),
        (at(date(2026, 11, 17), time(16, 30)), date(2026, 11, 18)),
        (at(date(2026, 11, 18), time(23, 59)), date(2026, 11, 18)),
    ]:
        assert banking.day_of(moment, cut_offs) == day
        begins, ends = banking.day_span(day, cut_offs)
        assert begins <= moment < ends
