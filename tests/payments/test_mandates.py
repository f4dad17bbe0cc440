"""Auto-debit: consent kept, files in their shape, each debit paid once, stopped in one act."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from tests.payments.conftest import CUSTOMER, SYSTEM

from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import debit_files
from motcua.payments import queries as payment_queries
from motcua.payments.debit_files import DebitLine, FileUnfit, ResultLine
from motcua.payments.models import Debit, DebitFile, Mandate, Payment
from motcua.payments.operations import mandates as mandate_ops

ACCOUNT = "PD01000123456"
PARTNER = "UNTHU"


def results(of_file, *lines, number="R1"):
    from datetime import UTC, datetime

    return debit_files.write_results(
        number=number, of_file=of_file, made_at=datetime(2026, 11, 18, tzinfo=UTC), lines=lines
    )


class TestFiles:
    LINE = DebitLine("TD1-A-1", 108_000, "UQ1", date(2026, 11, 1), "Nguyễn Thị Hoa", "970436", "0011", "TD1")

    def write(self, *lines, at=None):
        from datetime import UTC, datetime

        return debit_files.write(
            number="DD1", made_at=datetime(2026, 11, 16, tzinfo=UTC), collect_on=date(2026, 11, 17), creditor="Điện lực",
            creditor_bin="970418", creditor_account="9101", lines=lines or [self.LINE],
        )  # fmt: skip

    def test_what_is_written_passes_its_own_check(self):
        content = self.write()

        assert debit_files.check(content) == []
        assert b"<Nm>Nguyen Thi Hoa</Nm>" in content
        assert b'<InstdAmt Ccy="VND">108000</InstdAmt>' in content
        assert b"IBAN" not in content

    @pytest.mark.parametrize(
        ("was", "now", "problem"),
        [
            (b'Ccy="VND">108000<', b'Ccy="VND">108000.50<', "no whole dong"),
            (b'Ccy="VND"', b'Ccy="USD"', "no whole dong"),
            (b"<CtrlSum>108000<", b"<CtrlSum>108001<", "is not their sum"),
            (b"<NbOfTxs>1<", b"<NbOfTxs>2<", "not the number of debits"),
            (b"<PmtMtd>DD<", b"<PmtMtd>TRF<", "PmtMtd is not DD"),
            (b"<MmbId>970436<", b"<MmbId>97<", "six digits"),
            (b"<MndtId>UQ1</MndtId>", b"", "MndtId is missing"),
            (b"pain.008.001.08", b"pain.001.001.09", "not a CstmrDrctDbtInitn"),
        ],
    )
    def test_the_check_names_what_is_wrong(self, was, now, problem):
        assert any(problem in line for line in debit_files.check(self.write().replace(was, now)))

    def test_two_debits_of_one_name_are_never_written(self):
        with pytest.raises(FileUnfit, match="stands twice"):
            self.write(self.LINE, self.LINE)

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"<", b"<a/>",
            b'<!DOCTYPE x [<!ENTITY a "b">]><Document xmlns="' + debit_files.RESULTS.encode() + b'"/>',
            results("DD1", ResultLine("A", "WHAT")),
            results("DD1", ResultLine("A", "RJCT", "because")),
            results("DD1", ResultLine("A", "ACSC"), ResultLine("A", "RJCT")),
            results("", ResultLine("A", "ACSC")),
        ],
    )  # fmt: skip
    def test_results_that_are_none_are_refused(self, content):
        with pytest.raises(FileUnfit):
            debit_files.read_results(content)

    def test_results_are_read_as_they_were_written(self):
        lines = (
            ResultLine("A", "ACSC", "", "FT1", 5),
            ResultLine("B", "RJCT", "AM04"),
            ResultLine("C", "PDNG"),
        )
        told = debit_files.read_results(results("DD1", *lines))

        assert (told.number, told.of_file, told.lines) == ("R1", "DD1", lines)


class TestDebits:
    @pytest.fixture(autouse=True)
    def _sound(self, company):
        yield
        assert ledger_queries.check_ledger() == []
        assert payment_queries.check_payments() == []

    @pytest.fixture
    def charge(self, company, at):
        return ledger_ops.raise_charge(
            kind="TD", amount_vnd=100_000, vat_rate=Decimal("0.08"), customer_id=CUSTOMER, request_id=None,
            unit_code="PD0100", account_code=ACCOUNT, actor=SYSTEM, at=at, key="bill",
        )  # fmt: skip

    def agree(self, at, **changes):
        told = {
            "customer_id": CUSTOMER, "account_code": ACCOUNT, "partner": PARTNER, "debtor_bin": "970436",
            "debtor_account": "0011 0012 34567", "debtor_name": "Nguyễn Thị Hoa", "most_vnd": 2_000_000,
            "consent_text": "Tôi đồng ý để ngân hàng trích tiền điện.", "consent_channel": "WEB", "actor": SYSTEM, "at": at,
        }  # fmt: skip
        return mandate_ops.give_mandate(**(told | changes))

    def send(self, at):
        mandate_ops.plan_debits(at=at)
        return mandate_ops.make_file(partner=PARTNER, collect_on=at.date(), at=at)

    def answer(self, file, at, status, reason="", amount=None):
        debit = Debit.objects.get(file=file)
        line = ResultLine(debit.end_to_end_id, status, reason, "FT9", amount)
        return mandate_ops.take_results(partner=PARTNER, content=results(file.number, line), at=at)

    def test_agreed_planned_sent_paid_once(self, charge, at):
        mandate = self.agree(at)
        file = self.send(at)
        assert (file.count, file.total_vnd) == (1, 108_000)
        assert debit_files.check(file.content.encode()) == []
        assert mandate.number in file.content
        assert self.send(at) is None

        for _ in range(3):
            assert self.answer(file, at, "ACSC").paid == 1

        assert ledger_queries.get_charge(charge.id).is_paid
        assert ledger_queries.get_balance(f"138-{PARTNER}").balance_vnd == 108_000
        assert Payment.objects.count() == 1
        assert DebitFile.objects.get().state == "ANSWERED"

    def test_no_funds_are_tried_again_and_then_no_more(self, charge, at):
        self.agree(at)
        for attempt, days in ((1, 2), (2, 3), (3, None)):
            file = self.send(at)
            assert Debit.objects.get(file=file).attempt == attempt
            self.answer(file, at, "RJCT", "AM04")
            assert self.send(at) is None
            at += timedelta(days=days or 30)
        assert self.send(at) is None
        assert ledger_queries.get_charge(charge.id).is_open

    def test_an_account_that_is_closed_ends_the_mandate(self, charge, at):
        self.agree(at)
        self.answer(self.send(at), at, "RJCT", "AC04")

        mandate = Mandate.objects.get()
        assert (mandate.state, mandate.end_reason) == ("ENDED", "AC04")
        assert self.send(at + timedelta(days=9)) is None

    def test_in_process_is_no_result(self, charge, at):
        self.agree(at)
        file = self.send(at)

        assert self.answer(file, at, "ACSP").waiting == 1
        assert Debit.objects.get().state == "SENT"
        assert self.answer(file, at, "RJCT", "AM04").refused == 1
        assert self.answer(file, at, "ACSC").paid == 1  # the bank's later word is money

    def test_stopped_in_one_act_and_what_is_at_the_bank_is_still_money(self, charge, at):
        mandate = self.agree(at)
        file = self.send(at)
        for _ in range(2):
            mandate_ops.cancel_mandate(mandate_id=mandate.id, actor=SYSTEM, at=at)

        assert Mandate.objects.get().state == "CANCELLED"
        assert mandate_ops.plan_debits(at=at) == 0
        assert self.answer(file, at, "ACSC").paid == 1
        assert ledger_queries.get_charge(charge.id).is_paid
        self.agree(at)  # and may agree again

    def test_what_was_planned_and_then_paid_elsewhere_is_not_sent(self, charge, tell, at):
        self.agree(at)
        assert mandate_ops.plan_debits(at=at) == 1
        tell("FT1", 108_000, charge.payment_code)

        assert mandate_ops.make_file(partner=PARTNER, collect_on=at.date(), at=at) is None
        assert Debit.objects.get().state == "CANCELLED"

    def test_more_than_was_agreed_is_left_to_the_customer(self, charge, at):
        self.agree(at, most_vnd=100_000)
        assert mandate_ops.plan_debits(at=at) == 0

    def test_lines_that_are_not_ours_are_told(self, charge, at):
        self.agree(at)
        file = self.send(at)
        told = mandate_ops.take_results(
            partner=PARTNER, content=results(file.number, ResultLine("X", "ACSC")), at=at
        )
        assert told.unknown == ("X",)
        assert self.answer(file, at, "ACSC", amount=5).unknown == (Debit.objects.get().end_to_end_id,)
        other = mandate_ops.take_results(
            partner="OTHER",
            content=results(file.number, ResultLine(Debit.objects.get().end_to_end_id, "ACSC")),
            at=at,
        )
        assert other.paid == 0
        assert Payment.objects.count() == 0

    def test_refuses_what_is_no_consent_and_a_second_mandate(self, company, at):
        for change, refusal in (
            ({"consent_text": " "}, mandate_ops.ConsentMissing), ({"debtor_account": "x!"}, mandate_ops.MandateInvalid),
            ({"most_vnd": 0}, mandate_ops.MandateInvalid), ({"debtor_bin": "97"}, mandate_ops.MandateInvalid),
        ):  # fmt: skip
            with pytest.raises(refusal):
                self.agree(at, **change)
        assert Mandate.objects.count() == 0
        self.agree(at)
        with pytest.raises(mandate_ops.MandateExists):
            self.agree(at)

    def test_who_asks_what_is_held_of_them_gets_their_consents(self, company, at):
        from motcua.payments import personal

        self.agree(at)
        [told] = personal.export([CUSTOMER])["auto_debits"]
        assert (told["debtor_account"], told["state"]) == ("0011001234567", "ACTIVE")
        assert personal.export([])["auto_debits"] == []

    def test_a_consent_is_never_changed(self, company, at):
        mandate = self.agree(at)
        for change in ({"consent_text": "other"}, {"most_vnd": 5}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Mandate.objects.filter(id=mandate.id).update(**change)
        mandate_ops.cancel_mandate(mandate_id=mandate.id, actor=SYSTEM, at=at)
        with pytest.raises(DatabaseError), transaction.atomic():
            Mandate.objects.filter(id=mandate.id).update(state="ACTIVE", ended_at=None)
