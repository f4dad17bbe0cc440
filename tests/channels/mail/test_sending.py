"""What goes out: batches, refusals, limits; and what comes back as undeliverable."""

from dataclasses import replace
from datetime import timedelta

import pytest

from motcua.channels import accounts
from motcua.channels.mail import fetching, sending, setup, smtp
from motcua.channels.models import Mail, Mailbox
from motcua.config import clock
from motcua.messaging import operations
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Delivery, Kind, SendFailed
from motcua.sandbox import mail
from tests.channels.mail_house import HOA


def delivery(**more):
    fields = {
        "id": "019a0000-0000-7000-8000-000000000001", "channel": "EMAIL", "address": HOA, "text": "Xin chào chị Hoa.",
        "kind": Kind.TRANSACTIONAL, "attempt": 1,
    }  # fmt: skip
    return Delivery(**{**fields, **more})


class TestBounces:
    def test_a_mail_sent_back_fails_with_its_reason_and_staff_see_it(self, house, echo, intake):
        house.writes("một")
        house.work()
        mail.plan_faults(["BOUNCED"])
        operations.append_out(
            conversation_id=house.conversation().id,
            text="Chào",
            author=intake,
            key="k",
            at=house.later(seconds=1),
        )
        house.work()
        house.work()
        row = OutboxMessage.objects.order_by("id").last()
        assert (row.state, row.reason) == ("FAILED", "UNREACHABLE")
        assert "không đến nơi" in house.said(with_internal=True)[-1].text
        assert len(echo) == 1

    def test_a_report_on_a_mail_that_is_not_ours_changes_nothing(self, house, echo):
        house.writes("một")
        house.work()
        mail.report("HANOI", HOA, b"Message-ID: <wrong@hanoi.example>\r\n\r\n", house.later(seconds=1))
        house.work()
        assert house.states() == [("SENT", "")]


class TestSending:
    def test_one_connection_carries_a_batch(self, house):
        for number in range(5):
            sending.Mail().send(
                delivery(id=f"019a0000-0000-7000-8000-00000000000{number}", text=f"Thư {number}")
            )
        assert house.server.logins == 1
        assert len(house.letters()) == 5

    def test_the_name_is_known_before_it_goes(self, house):
        mail.plan_faults(["BUSY"])
        with pytest.raises(SendFailed):
            sending.Mail().send(delivery())
        row = Mail.objects.get()
        assert (row.message_id, row.person) == ("<019a0000-0000-7000-8000-000000000001@hanoi.example>", HOA)

    @pytest.mark.parametrize(
        ("fault", "code", "is_final", "is_unknown"),
        [
            ("BUSY", "SMTP_421", False, False), ("LATER", "SMTP_450", False, False), ("REFUSED", "SMTP_554", True, False),
            ("NO_SUCH_USER", "UNREACHABLE", True, False), ("SILENT_AFTER_TAKING", "BROKEN_AFTER", False, True),
        ],
    )  # fmt: skip
    def test_each_refusal_has_its_class(self, house, fault, code, is_final, is_unknown):
        mail.plan_faults([fault])
        with pytest.raises(SendFailed) as failed:
            sending.Mail().send(delivery())
        found = failed.value
        assert (found.code, found.is_final, found.is_unknown) == (code, is_final, is_unknown)
        assert sending.Mail().send(delivery(attempt=2)).provider_code == "250"
        assert len(house.letters()) == 1, "twice under one name is one mail"

    def test_a_wrong_password_holds_mail_back_and_costs_no_try(self, house, monkeypatch):
        wrong = replace(house.account, keys={"password": "x"})
        monkeypatch.setattr(accounts, "find_account", lambda code: wrong)
        with pytest.raises(SendFailed) as failed:
            sending.Mail().send(delivery())
        assert (failed.value.code, failed.value.counts) == ("LOGIN_535", False)

    def test_nothing_goes_unencrypted_to_a_real_server(self, house, monkeypatch):
        real = replace(house.account, host="")
        monkeypatch.setattr(accounts, "find_account", lambda code: real)
        with pytest.raises(SendFailed) as failed:
            sending.Mail().send(delivery())
        assert failed.value.code == "NOT_ENCRYPTED"
        demanded = replace(
            real, settings={**real.settings, "smtp_security": "starttls", "imap_security": "starttls"}
        )
        assert setup.try_out(demanded).smtp == "NOT_ENCRYPTED"
        assert setup.try_out(demanded).imap
        assert house.server.logins == 0, "no password was said in the clear"

    def test_a_quick_sender_waits(self, house, monkeypatch):
        slow = replace(house.account, settings={**house.account.settings, "per_minute": 1})
        monkeypatch.setattr(accounts, "find_account", lambda code: slow)
        sending.Mail().send(delivery())
        with pytest.raises(SendFailed) as failed:
            sending.Mail().send(delivery(id="019a0000-0000-7000-8000-000000000002"))
        assert (failed.value.code, failed.value.counts) == ("PACE", False)
        assert failed.value.retry_after > timedelta(seconds=30)

    def test_advertising_can_be_left_and_headers_cannot_be_broken(self, house):
        sending.Mail().send(delivery(kind=Kind.ADVERTISING, text="Tiết kiệm điện.\r\nBcc: x@y.zz"))
        [letter] = house.letters()
        assert letter.headers["List-Unsubscribe"].startswith("<mailto:")
        assert "Bcc" not in letter.headers
        with pytest.raises(SendFailed) as failed:
            sending.Mail().send(
                delivery(id="019a0000-0000-7000-8000-000000000003", address="a@b.vn\r\nBcc: c@d.vn")
            )
        assert failed.value.is_final

    def test_the_try_out_names_what_fails(self, house):
        assert setup.try_out(house.account).is_good
        wrong = replace(house.account, keys={"password": "x"})
        assert setup.try_out(wrong) == setup.Tried("LOGIN_REFUSED", "LOGIN_535")

    def test_an_absent_server_is_no_end(self, house, monkeypatch):
        gone = replace(house.account, settings={**house.account.settings, "imap_port": 1, "smtp_port": 1})
        monkeypatch.setattr(accounts, "find_account", lambda code: gone)
        assert fetching.fetch_new(at=clock.now()) == 0
        assert Mailbox.objects.get().refused_code == "ConnectionRefusedError"
        with pytest.raises(SendFailed) as failed:
            sending.Mail().send(delivery())
        assert not failed.value.is_final and not failed.value.is_unknown
        smtp.forget()
