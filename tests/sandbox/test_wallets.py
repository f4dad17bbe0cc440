"""From the customer's page to the wallet and back, over HTTP, with each thing that can go wrong on the way."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.test import Client
from tests.payments.matched_day import OWN, swift

from motcua.config import clock
from motcua.connectors.wallets import paying
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import matching_queries
from motcua.payments import queries as payment_queries
from motcua.payments.models import GatewayCall, GatewaySettlement, OnlinePayment, Payment
from motcua.payments.operations import matching, statements
from motcua.payments.statements import reading
from motcua.sandbox import wallets, wallets_calls
from motcua.sandbox.wallets import Decision, Fault
from motcua.sandbox.wallets_models import SandboxWalletCall, SandboxWalletOrder

TOTAL = 105_840
CUSTOMER = UUID("01900000-0000-7000-8000-00000000000c")
WALLETS = ("VNPAY", "MOMO", "ZALOPAY")


@pytest.fixture
def site(committed_company, pages, at, monkeypatch):
    """The company's pages, with the stand-ins as its wallets, and no courier in the background."""
    from motcua.ledger import registry

    monkeypatch.setattr(registry, "_paid", {})
    monkeypatch.setattr(wallets_calls, "start", lambda: None)
    wallets.ensure_gateways(host=f"hanoi.localhost:{urlsplit(pages).port}", at=at)
    return Client(headers={"host": f"hanoi.localhost:{urlsplit(pages).port}"})


@pytest.fixture
def raise_one(site, at):
    numbers = itertools.count()

    def make():
        return ledger_ops.raise_charge(
            kind="CM", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=None, request_id=None, unit_code="PD0100",
            actor=Actor.system("test"), at=at, key=f"fee-{next(numbers)}",
        )  # fmt: skip

    return make


@pytest.fixture
def charge(raise_one):
    return raise_one()


@pytest.fixture
def move(monkeypatch, outside):
    def by(**span):
        now = clock.now() + timedelta(**span)
        monkeypatch.setattr(clock, "CLOCK", FixedClock(now))
        outside._at = now
        from motcua.sandbox import courier

        monkeypatch.setattr(courier, "OUTSIDE", FixedClock(now))
        return now

    return by


def begin(site, charge, wallet, **said):
    return site.post(f"/thanh-toan/{charge.payment_code}/tra/{wallet.lower()}/", said)


def at_wallet(site, answer):
    """The payer follows the page to the wallet: the order there."""
    page = site.get(answer["Location"]).content.decode()
    assert 'http-equiv="refresh"' in page
    attempt = OnlinePayment.objects.order_by("-created_at", "-id").first()
    parts = urlsplit(attempt.pay_url)
    there = site.get(f"{parts.path}?{parts.query}", follow=True)
    assert there.status_code == 200
    assert "Đồng ý trả" in there.content.decode()
    return SandboxWalletOrder.objects.get(wallet=attempt.gateway_id, ref=attempt.ref)


def decide(site, order, decision=Decision.PAY):
    """The payer decides and is sent back: the page they come to."""
    answer = site.post(f"/sandbox/wallets/pay/{order.token}/", {"decision": decision.value})
    parts = urlsplit(answer["Location"])
    return site.get(f"{parts.path}?{parts.query}", follow=True).content.decode()


def sound():
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []


@pytest.mark.parametrize("wallet", WALLETS)
def test_paid_from_the_page_to_the_receipt(site, charge, wallet, at):
    page = site.get(f"/thanh-toan/{charge.payment_code}/").content.decode()
    assert "Trả bằng VNPAY" in page
    assert page.index("Quét mã") < page.index("Trả bằng VNPAY") < page.index("Tại quầy")
    order = at_wallet(site, begin(site, charge, wallet))

    back = decide(site, order)

    assert "Đang kiểm tra" in back or "Mời sang trang" in back  # coming back proves nothing
    assert Payment.objects.count() == 0
    wallets_calls.deliver_due()
    assert OnlinePayment.objects.get().state == "PAID"
    assert ledger_queries.get_charge(charge.id).is_paid
    assert ledger_queries.get_balance(f"138-{wallet}").balance_vnd == TOTAL
    attempt = OnlinePayment.objects.get()
    assert (
        "Đã trả. Cảm ơn" in site.get(f"/thanh-toan/{charge.payment_code}/lan/{attempt.ref}/").content.decode()
    )
    assert wallets.settlement(wallet, "2026-11-16") == [(order.ref, order.txn_id, TOTAL, 1_100)]
    sound()


@pytest.mark.parametrize("wallet", WALLETS)
def test_not_paid_says_what_to_do(site, raise_one, wallet):
    for decision in (Decision.CANCEL, Decision.NO_FUNDS):
        charge = raise_one()
        order = at_wallet(site, begin(site, charge, wallet))
        decide(site, order, decision)
        wallets_calls.deliver_due()
        paying.poll_due(at=clock.now())  # ZaloPay tells of success alone

        attempt = OnlinePayment.objects.get(charge_id=charge.id)
        page = site.get(f"/thanh-toan/{charge.payment_code}/lan/{attempt.ref}/").content.decode()
        assert attempt.state == "FAILED"
        assert "Chưa trả được" in page
        assert "Trả bằng cách khác" in page
        assert ledger_queries.get_charge(charge.id).is_open


ENDS_PAID = (
    Fault.LATE, Fault.LOST, Fault.DOUBLED, Fault.TEN, Fault.REORDERED, Fault.NEVER, Fault.EARLY, Fault.WRONG_SIGNATURE,
    Fault.OTHER_AMOUNT, Fault.TIMEOUT, Fault.PROCESSING, Fault.UNKNOWN_ORDER,
)  # fmt: skip


@pytest.mark.parametrize("wallet", WALLETS)
def test_whatever_goes_wrong_there_is_one_receipt_in_the_end(site, raise_one, wallet, move):
    for number, fault in enumerate(ENDS_PAID, 1):
        charge = raise_one()
        wallets.plan(wallet=wallet, faults=[fault])
        answer = begin(site, charge, wallet)
        attempt = OnlinePayment.objects.get(charge_id=charge.id)
        order = SandboxWalletOrder.objects.filter(ref=attempt.ref).first()
        if order is None or order.state == "NEW":
            order = at_wallet(site, answer)
            decide(site, order)
        elif fault is Fault.TIMEOUT:
            assert attempt.state == "UNKNOWN"
        for _ in range(6):
            wallets_calls.deliver_due()
            paying.poll_due(at=move(seconds=45))

        attempt.refresh_from_db()
        assert (fault, attempt.state, attempt.paid_vnd) == (fault, "PAID", TOTAL)
        assert (fault, Payment.objects.count()) == (fault, number)
        assert ledger_queries.get_charge(charge.id).is_paid
    assert ledger_queries.get_balance(f"138-{wallet}").balance_vnd == TOTAL * len(ENDS_PAID)
    sound()


def test_ten_at_once_are_all_answered_well(site, charge):
    wallets.plan(wallet="VNPAY", faults=[Fault.NEVER])
    order = at_wallet(site, begin(site, charge, "VNPAY"))
    decide(site, order)
    order.refresh_from_db()

    assert wallets_calls.tell_at_once(order) == [200] * 10
    assert (Payment.objects.count(), GatewayCall.objects.count()) == (1, 1)


@pytest.mark.parametrize("wallet", WALLETS)
def test_an_order_the_wallet_lost_expires_and_late_success_is_still_money(site, charge, wallet, move):
    wallets.plan(wallet=wallet, faults=[Fault.DROPPED, Fault.NEVER])
    order = at_wallet(site, begin(site, charge, wallet))
    decide(site, order)
    for _ in range(5):
        paying.poll_due(at=move(minutes=8))
    assert OnlinePayment.objects.get().state == "EXPIRED"

    order.refresh_from_db()
    assert wallets_calls.send(wallet, wallets.outcome(order), host=order.host).is_success

    assert OnlinePayment.objects.get().state == "PAID"
    assert ledger_queries.get_charge(charge.id).is_paid
    sound()


def test_money_that_is_held_blocks_another_attempt(site, charge):
    order = at_wallet(site, begin(site, charge, "VNPAY"))
    decide(site, order, Decision.HELD)
    wallets_calls.deliver_due()

    attempt = OnlinePayment.objects.get()
    assert attempt.state == "HELD"
    page = site.get(f"/thanh-toan/{charge.payment_code}/lan/{attempt.ref}/").content.decode()
    assert "Tiền đang được giữ để kiểm tra" in page
    again = begin(site, charge, "MOMO", chac="1")
    assert again.status_code == 409
    assert "trả lần nữa" not in again.content.decode()
    assert OnlinePayment.objects.count() == 1


def test_a_second_attempt_beside_an_unknown_one_is_only_for_who_is_sure(site, charge, move):
    wallets.plan(wallet="MOMO", faults=[Fault.TIMEOUT])
    begin(site, charge, "MOMO")

    warned = begin(site, charge, "VNPAY")

    assert warned.status_code == 409
    assert "Có thể anh/chị đã trả" in warned.content.decode()
    order = at_wallet(site, begin(site, charge, "VNPAY", chac="1"))
    decide(site, order)
    wallets_calls.deliver_due()
    paying.poll_due(at=move(seconds=60))
    assert Payment.objects.count() == 2  # both are money: one paid, one waits for its owner
    assert ledger_queries.get_charge(charge.id).is_paid
    sound()


def test_the_days_file_can_disagree_by_one_line(site, charge):
    wallets.plan(wallet="VNPAY", faults=[Fault.SETTLEMENT])
    decide(site, at_wallet(site, begin(site, charge, "VNPAY")))

    content = site.get("/sandbox/wallets/settlement/vnpay/2026-11-16.csv").content
    assert f",{TOTAL + 1_000}," in content.decode()
    [made] = reading.read(content, "vnpay-2026-11-16.csv").settlements
    assert (made.gateway, made.amount_vnd, made.fee_vnd, made.faults) == ("VNPAY", TOTAL + 1_000, 1_100, [])
    assert made.rows[0].own_ref == OnlinePayment.objects.get().ref


def test_faults_are_drawn_from_a_seed_the_same_each_time(site):
    wallets.plan(wallet="MOMO", seed="7")
    drawn = [wallets.planned("MOMO", f"A-{number}") for number in range(60)]

    assert drawn == [wallets.planned("MOMO", f"A-{number}") for number in range(60)]
    assert {fault for [fault] in drawn} >= {"", "late", "timeout"}


def test_what_comes_back_with_the_payer_proves_nothing(site, charge):
    at_wallet(site, begin(site, charge, "VNPAY"))
    order = SandboxWalletOrder.objects.get()
    order.told["decision"], order.state = (
        "PAID",
        "PAID",
    )  # a payer who made the address up, even with the right secret
    good = urlsplit(wallets.return_address(order))
    forged = good.query.replace("vnp_Amount=", "vnp_Amount=9")

    for query in (good.query, forged, "", "vnp_TxnRef=x&vnp_TxnRef=y"):
        assert site.get(f"{good.path}?{query}", follow=True).status_code == 200
    assert OnlinePayment.objects.get().state == "WAITING"
    assert Payment.objects.count() == 0


def test_doors_refuse_what_is_not_theirs(site, charge):
    assert site.post(f"/thanh-toan/{charge.payment_code}/tra/nobody/").status_code == 422
    assert site.get(f"/thanh-toan/{charge.payment_code}/tra/vnpay/").status_code == 405
    assert site.post("/thanh-toan/CM0000000000/tra/vnpay/").status_code == 404
    assert site.get(f"/thanh-toan/{charge.payment_code}/lan/x/").status_code == 404
    assert site.get("/api/wallets/vnpay/ipn").json()["RspCode"] == "97"
    assert site.post("/api/wallets/momo/ipn", data="{}", content_type="application/json").status_code == 401
    answer = site.post("/api/wallets/zalopay/ipn", data="{}", content_type="application/json")
    assert answer.json()["return_code"] == -1


def test_the_stand_ins_own_page_plans_by_form_and_by_program(site):
    site.post("/sandbox/wallets/", {"wallet": "MOMO", "faults": ["late", "doubled"]})
    assert wallets.planned("MOMO", "x") == ["doubled", "late"]
    told = site.post(
        "/sandbox/wallets/", data='{"wallet": "VNPAY", "faults": ["never"]}', content_type="application/json"
    )
    assert told.json()["faults"] == ["never"]
    assert (
        site.post(
            "/sandbox/wallets/", data='{"wallet": "VNPAY", "faults": ["x"]}', content_type="application/json"
        ).status_code
        == 422
    )
    assert "Báo muộn 20 giây" in site.get("/sandbox/wallets/").content.decode()
    assert SandboxWalletCall.objects.count() == 0


class TestDebits:
    """Auto-debit against the stand-in bank: the file goes out, the result comes at the second question."""

    @pytest.fixture
    def agreed(self, site, pages, at):
        from motcua.payments.operations import mandates as mandate_ops
        from motcua.sandbox import debits

        debits.ensure_partner(host=f"hanoi.localhost:{urlsplit(pages).port}", at=at)
        for number, account in (("1", "001100123456"), ("2", "001100123404")):
            code = f"PD0100012345{number}"
            mandate_ops.give_mandate(
                customer_id=CUSTOMER, account_code=code, partner="UNTHU", debtor_bin="970436", debtor_account=account,
                debtor_name="Hoa", most_vnd=500_000, consent_text="Tôi đồng ý.", consent_channel="WEB",
                actor=Actor.system("test"), at=at,
            )  # fmt: skip
            ledger_ops.raise_charge(
                kind="TD", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=CUSTOMER, request_id=None,
                unit_code="PD0100", account_code=code, actor=Actor.system("test"), at=at, key=f"bill-{number}",
            )  # fmt: skip

    def test_from_the_bill_to_the_receipt(self, agreed, move):
        from motcua.connectors.banks import debits
        from motcua.payments.models import Debit, DebitFile

        for _ in range(6):
            debits.run(at=move(minutes=5))

        assert dict(Debit.objects.values_list("mandate__account_code", "state")) == {
            "PD01000123451": "PAID",
            "PD01000123452": "REFUSED",
        }
        assert Debit.objects.get(state="REFUSED").reason == "AM04"
        assert DebitFile.objects.get().state == "ANSWERED"
        assert ledger_queries.get_balance("138-UNTHU").balance_vnd == TOTAL
        assert Payment.objects.count() == 1
        sound()


@pytest.mark.parametrize("wallet", WALLETS)
def test_a_refund_that_two_agreed_to_goes_back_once_through_the_wallet(site, charge, wallet, move, at):
    from motcua.connectors.wallets import refunding
    from motcua.payments import operations as payment_ops
    from motcua.payments.models import OnlineRefund, Refund, SuspenseCase
    from motcua.payments.operations import refunds as refund_ops

    order = at_wallet(site, begin(site, charge, wallet))
    ledger_ops.cancel_charge(charge_id=charge.id, reason="x", actor=Actor.system("test"), at=at, key="cancel")
    decide(site, order)
    wallets_calls.deliver_due()
    case = SuspenseCase.objects.get()
    refund = refund_ops.ask_refund(
        payment_id=case.payment_id, amount_vnd=TOTAL, way="BACK", reason="khoản thu đã hủy", case_id=case.id,
        actor=Actor.staff("one", "One", ["ACCOUNTANT"], ["PD0100"]), at=at,
    )  # fmt: skip
    assert refunding.run(at=at) == 0  # nobody has agreed yet
    refund_ops.approve_refund(
        refund_id=refund, actor=Actor.staff("two", "Two", ["ACCOUNTANT"], ["PD0100"]), at=at
    )

    for _ in range(3):
        refunding.run(at=move(minutes=5))

    order.refresh_from_db()
    attempt = OnlinePayment.objects.get()
    assert (order.refunded_vnd, attempt.state, attempt.refunded_vnd) == (TOTAL, "REFUNDED", TOTAL)
    assert (OnlineRefund.objects.get().state, Refund.objects.get().state) == ("DONE", "DONE")
    assert ledger_queries.get_balance(f"138-{wallet}").balance_vnd == 0
    page = site.get(f"/thanh-toan/{charge.payment_code}/lan/{attempt.ref}/").content.decode()
    assert "Đã hoàn tiền" in page
    assert payment_ops.process_due(at=move(minutes=5)) == 0
    sound()


@pytest.mark.parametrize("wallet", ["VNPAY", "MOMO"])
def test_a_refund_is_taken_off_the_hand_over_and_all_comes_to_zero(site, raise_one, wallet, move, at):
    """The wallet's own file names the refund: MoMo by our reference of it, VNPAY by that of the payment."""
    from motcua.connectors.wallets import refunding
    from motcua.payments.models import Refund, SuspenseCase
    from motcua.payments.operations import refunds as refund_ops

    one, two = (
        Actor.staff("one", "One", ["ACCOUNTANT"], ["PD0100"]),
        Actor.staff("two", "Two", ["ACCOUNTANT"], ["PD0100"]),
    )
    gone, kept = raise_one(), raise_one()
    for charge in (gone, kept):
        order = at_wallet(site, begin(site, charge, wallet))
        if charge is gone:
            ledger_ops.cancel_charge(charge_id=gone.id, reason="x", actor=one, at=at, key="cancel")
        decide(site, order)
    wallets_calls.deliver_due()
    case = SuspenseCase.objects.get()
    refund = refund_ops.ask_refund(
        payment_id=case.payment_id, amount_vnd=TOTAL, way="BACK", reason="khoản thu đã hủy", case_id=case.id, actor=one, at=at
    )  # fmt: skip
    refund_ops.approve_refund(refund_id=refund, actor=two, at=at)
    for _ in range(3):
        refunding.run(at=move(minutes=5))
    assert Refund.objects.get().state == "DONE"

    statements.open_own_account(number=OWN, bank="VCB", name="Thu", actor=one, at=at)
    statements.set_settlement(
        channel=wallet, account=OWN, mode="LUMP", valid_from=date(2026, 1, 1), text_pattern="QUYET TOAN", lag_days=1,
        most_fee_vnd=3_000, actor=one, at=at,
    )  # fmt: skip
    file = site.get(f"/sandbox/wallets/settlement/{wallet.lower()}/2026-11-16.csv").content
    assert statements.import_file(content=file, name="doi-soat.csv", actor=one, at=at).accepted == 1
    line = f"C|{TOTAL - 2_200}|FT1|QUYET TOAN 16/11"
    statements.import_file(content=swift(line, day=date(2026, 11, 17)), name="sao-ke.sta", actor=one, at=at)
    done = matching.match_day(day=date(2026, 11, 17), actor=one, at=move(days=1))

    assert done.still_open == 0
    assert GatewaySettlement.objects.get().line.key == "FT1"
    assert ledger_queries.get_balance(f"138-{wallet}").balance_vnd == 0
    assert ledger_queries.get_balance(f"112-{OWN}").balance_vnd == TOTAL - 2_200
    assert ledger_queries.get_balance("6417").balance_vnd == 2_200
    assert matching_queries.check_matching() == []
    sound()
