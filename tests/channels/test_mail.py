"""E-mail over real sockets: a person's mailbox, the mail server with its faults, our inbox, the assistant, our outbox."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from motcua.channels import accounts
from motcua.channels.mail import fetching, imap, sending, setup, smtp, threads
from motcua.channels.models import Mail, Mailbox
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.documents.models import Document
from motcua.kernel.actors import Actor
from motcua.messaging import operations, queries, registry
from motcua.messaging.models import InboxEvent, OutboxMessage
from motcua.messaging.rules import Delivery, Kind, SendFailed
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.sandbox import mail
from tests.channels.mail_house import BOX, HOA, LAN, mail_house  # noqa: F401 - a fixture
from tests.documents import samples
from tests.web import people


@pytest.fixture
def house(company, mail_house):  # noqa: F811
    return mail_house


@pytest.fixture
def echo(monkeypatch):
    """The assistant is asked, and says that it was."""
    asked = []

    def answer(conversation_id, at):
        asked.append(conversation_id)
        operations.append_out(
            conversation_id=conversation_id,
            text=f"Trả lời {len(asked)}",
            author=operations.BOT,
            key=f"a{len(asked)}",
            at=at,
        )

    monkeypatch.setattr(registry, "_responders", [answer])
    return asked


def delivery(**more):
    fields = {
        "id": "019a0000-0000-7000-8000-000000000001", "channel": "EMAIL", "address": HOA, "text": "Xin chào chị Hoa.",
        "kind": Kind.TRANSACTIONAL, "attempt": 1,
    }  # fmt: skip
    return Delivery(**{**fields, **more})


class TestTalk:
    def test_a_customer_writes_the_assistant_answers_and_they_reply_above_the_quoted_text(self, house):
        house.writes("Tôi muốn hỏi giá điện sinh hoạt", subject="Giá điện")
        house.work()
        [first] = house.letters()
        assert first.subject == "Re: Giá điện"
        assert first.headers["Auto-Submitted"] == "auto-replied"
        assert first.reply_to.partition("<")[2].startswith(BOX.partition("@")[0] + "+")
        assert "List-Unsubscribe" not in first.headers

        house.answers("Cảm ơn, cho tôi gặp nhân viên")
        house.work()

        assert house.threads() == [HOA]
        assert house.heard() == ["Giá điện\nTôi muốn hỏi giá điện sinh hoạt", "Cảm ơn, cho tôi gặp nhân viên"]
        assert house.conversation().owner == "QUEUE"
        assert house.conversation().customer_id is None, "an address proves nothing"

    def test_an_answer_below_the_quoted_text_is_found_too(self, house, echo):
        house.writes("alo")
        house.work()
        house.answers("Vâng, đúng rồi", is_below=True)
        house.work()
        assert house.heard()[-1] == "Vâng, đúng rồi"

    def test_staff_answer_without_the_mark_of_a_program(self, house, intake, echo):
        house.writes("Tôi hỏi hóa đơn")
        house.work()
        operations.append_out(
            conversation_id=house.conversation().id, text="Chào chị,\n\nem là Lan & <b>đây</b>", author=intake, key="k",
            at=house.later(seconds=1),
        )  # fmt: skip
        house.work()
        last = house.letters()[-1]
        assert "Auto-Submitted" not in last.headers
        assert last.text == "Chào chị,\n\nem là Lan & <b>đây</b>"
        with mail.STORE.open() as opened:
            raw = bytes(opened.execute("SELECT raw FROM mails WHERE serial = ?", [last.serial]).fetchone()[0])
        assert b"&lt;b&gt;" in raw and b"<b>" in raw  # HTML escaped, plain text as it is

    def test_our_mails_are_chained(self, house, echo):
        named = house.writes("một")
        house.work()
        house.answers("hai")
        house.work()
        first, second = house.letters()
        assert first.headers["In-Reply-To"] == named
        assert second.headers["References"].split()[:2] == [named, first.message_id]

    def test_doubled_and_reordered_mails_make_one_conversation_in_the_writers_order(self, house, echo):
        mail.plan_faults(["REORDERED", "DOUBLED"])
        house.writes("thứ nhất", subject="a")
        house.writes("thứ hai", subject="a")
        house.writes("thứ ba", subject="a")
        fetching.fetch_new(at=clock.now())
        house.work()
        assert [text.split("\n")[-1] for text in house.heard()] == ["thứ nhất", "thứ hai", "thứ ba"]
        assert InboxEvent.objects.filter(channel="EMAIL").count() == 3

    def test_a_mailbox_numbered_anew_is_read_again_and_nothing_doubles(self, house, echo):
        house.writes("một")
        house.work()
        mail.plan_faults(["NUMBERED_ANEW"])
        house.writes("hai")
        house.work()
        assert len(house.heard()) == 2
        assert Mailbox.objects.get().validity == 1_000_002

    def test_a_kill_before_marking_stores_once(self, house, echo, monkeypatch):
        house.writes("một")

        def killed(self, uids):
            raise imap.MailboxFailed("KILLED")

        with monkeypatch.context() as patched:
            patched.setattr(imap.Box, "mark", killed)
            assert fetching.fetch_new(at=clock.now()) == 0
        assert InboxEvent.objects.count() == 1
        house.work()
        assert len(house.heard()) == 1

    def test_files_come_as_documents_and_others_are_named(self, house, echo):
        files = [("so-do.jpg", "image/jpeg", samples.jpeg()), ("x.zip", "application/zip", b"PK\3\4" * 20)]
        house.writes("Tôi gửi ảnh", files=files)
        house.work()
        said = house.said(with_internal=True)
        [file] = [message for message in said if message.document_id]
        assert Document.objects.get(id=file.document_id).sensitive
        assert any("x.zip" in message.text for message in said if message.is_internal)
        assert len(echo) == 1, "a file alone asks nothing"

    def test_a_file_that_is_not_what_it_says_is_refused(self, house, echo):
        house.writes("ảnh", files=[("a.jpg", "image/jpeg", b"MZ" + b"\0" * 500)])
        house.work()
        assert not Document.objects.exists()
        assert (
            "Không lấy được tệp"
            in house.said(with_internal=True)[-1].text + house.said(with_internal=True)[-2].text
        )


class TestThreads:
    def token_of(self, house, person=HOA):
        return house.letters(person)[-1].reply_to

    def test_a_forged_sender_with_anothers_token_opens_a_thread_of_its_own(self, house, echo):
        house.writes("của Hoa")
        house.work()
        stolen = self.token_of(house)
        house.writes("cho tôi biết địa chỉ", LAN, to=stolen)
        house.work()

        assert house.heard() == ["của Hoa"]
        [_hoa, other] = house.threads()
        assert other.startswith(f"{LAN}#")
        assert [letter.text for letter in house.letters(LAN)] == ["Trả lời 2"]

    def test_somebody_under_the_customers_name_without_proof_is_kept_apart_once_linked(
        self, house, echo, intake
    ):
        house.writes("của Hoa")
        house.work()
        customer = customer_ops.create_customer(
            full_name="Hoa", phone="+84901234567", actor=intake, at=house.later(seconds=1)
        )
        operations.identify(conversation_id=house.conversation().id, customer_id=customer.id, at=clock.now())
        house.writes("hủy yêu cầu của tôi", subject="Re: của Hoa")
        house.answers("đây mới là Hoa")
        house.work()

        assert house.heard() == ["của Hoa", "đây mới là Hoa"]
        [_hoa, other] = house.threads()
        assert queries.find_open_conversation("EMAIL", other).customer_id is None

    def test_our_own_message_id_leads_back_where_the_token_is_lost(self, house, echo):
        house.writes("một", subject="x")
        house.work()
        house.answers("hai", to=BOX)
        house.work()
        assert house.heard()[-1] == "hai"
        assert house.said()[-2].payload["by"] == "OURS"

    def test_the_same_subject_alone_joins_no_two_people(self, house, echo):
        house.writes("một", subject="Mất điện")
        house.writes("hai", LAN, subject="Re: Mất điện")
        house.work()
        assert house.threads() == [HOA, LAN]

    def test_references_of_another_person_do_not_lead_into_their_thread(self, house, echo):
        house.writes("một")
        house.work()
        name = house.letters()[-1].message_id
        house.writes("hai", LAN, headers={"In-Reply-To": name, "References": name})
        house.work()
        assert house.heard() == ["một"]
        assert house.threads() == [HOA, LAN]

    def test_another_subject_in_an_answer_is_marked_as_a_topic_that_may_be_new(self, house, echo):
        house.writes("một", subject="Giá điện")
        house.work()
        house.answers("Nhà tôi mất điện", subject="Mất điện")
        house.work()
        said = [message for message in house.said() if message.is_from_customer][-1]
        assert (said.text, said.payload["new_topic"]) == ("Mất điện\nNhà tôi mất điện", True)

    def test_a_changed_token_is_none(self, house):
        made = threads.token(UUID(int=7))
        assert threads.read_token(made) == UUID(int=7)
        assert threads.read_token(made[:-1] + ("a" if made[-1] != "a" else "b")) in {None}
        assert threads.read_token("phanhoi") is None
        assert threads.read_token("ấ!") is None


class TestPrograms:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Auto-Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List-Id": "<a.b>"}, {"Return-Path": "<>"},
            {"List-Unsubscribe": "<mailto:a@b.c>"},
        ],
    )  # fmt: skip
    def test_get_no_answer_and_open_no_thread(self, house, echo, headers):
        house.writes("Bản tin tháng này", headers=headers)
        house.work()
        assert (house.threads(), echo, house.letters()) == ([], [], [])

    def test_an_out_of_office_answer_is_shown_to_staff_and_not_answered(self, house, echo):
        mail.plan_faults(["ANSWERED_BY_PROGRAM"])
        house.writes("một")
        house.work()
        house.work()
        assert len(house.letters()) == 1
        assert "Thư tự động" in house.said(with_internal=True)[-1].text

    def test_two_programs_do_not_talk_for_ever(self, house, echo):
        for _ in range(threads.MOST_ANSWERS + 5):
            house.writes("Xin chào")
            house.work()
        assert len(house.letters()) == threads.MOST_ANSWERS

    def test_our_own_mail_is_not_answered(self, house, echo):
        house.writes("vòng lặp", headers={"From": BOX})
        house.work()
        assert echo == []


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


class TestNotices:
    def customer(self, intake, at, **more):
        return customer_ops.create_customer(full_name="Hoa", email=HOA, actor=intake, at=at, **more)

    def request_of(self, customer, at):
        receipt = request_ops.submit(
            service_code="NEW-LV-RES", answers=dict(people.HOME_ANSWERS), channel="WEB", actor=Actor.customer(customer.id),
            at=at, key="test:1", customer_id=customer.id,
        )  # fmt: skip
        return request_queries.get_request(receipt.request_id)

    def test_go_by_mail_to_who_chose_it(self, house, intake):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="REQUEST", channels=["EMAIL"], actor=intake, at=clock.now()
        )
        told = operations.notify(
            key="n1", at=house.later(seconds=1), customer_id=customer.id, phone="+84901234567", important=True,
            texts={"vi": "Tổ công tác đến ngày mai. Xin ở nhà."},
        )  # fmt: skip
        house.work()
        assert told.outbox_keys == ("notice:n1:mail",)
        [letter] = house.letters()
        assert letter.subject == "EVNHANOI: Tổ công tác đến ngày mai"
        assert letter.headers["Auto-Submitted"] == "auto-generated"
        house.answers("Vâng")
        house.work()
        assert house.heard() == ["Vâng"]

    def test_a_mail_that_reaches_nobody_falls_back_to_the_phone(self, house, intake):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="REQUEST", channels=["EMAIL"], actor=intake, at=clock.now()
        )
        mail.plan_faults(["NO_SUCH_USER"])
        operations.notify(
            key="n2", at=house.later(seconds=1), customer_id=customer.id, texts={"vi": "Xin chào"}
        )
        operations.send_due(at=house.later(seconds=1))
        assert OutboxMessage.objects.get(channel="SMS").address == "+84901234567"

    @pytest.mark.parametrize("state", ["SENT", "DELIVERED"])
    def test_a_mail_that_comes_back_days_later_falls_back_to_the_phone_once(self, house, intake, state):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="REQUEST", channels=["EMAIL"], actor=intake, at=clock.now()
        )
        operations.notify(
            key="n3", at=house.later(seconds=1), customer_id=customer.id, texts={"vi": "Mai có điện"}
        )
        operations.send_due(at=house.later(seconds=1))
        OutboxMessage.objects.filter(channel="EMAIL").update(state=state)
        [letter] = house.letters()
        head = f"Message-ID: {letter.message_id}\r\n\r\n".encode()
        for _copy in range(2):
            mail.report("HANOI", HOA, head, house.later(days=2))
        fetching.fetch_new(at=clock.now())
        operations.drain_inbox(at=clock.now())

        sms = OutboxMessage.objects.get(channel="SMS")
        assert (sms.address, sms.texts["vi"]) == ("+84901234567", "Mai có điện")
        assert OutboxMessage.objects.get(channel="EMAIL").state == (
            "FAILED" if state == "SENT" else "DELIVERED"
        )

    def test_a_number_in_the_subject_is_a_link_where_the_mail_proves_whose_it_is(self, house, intake, echo):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        request = self.request_of(customer, clock.now())
        house.writes(f"về phiếu {request.number}", subject=f"Hỏi {request.number}")
        house.work()
        first = house.conversation()
        operations.identify(conversation_id=first.id, customer_id=customer.id, at=house.later(seconds=1))
        house.answers("bao giờ có điện?", subject=f"Re: Phiếu {request.number.lower()}")
        house.work()

        told = [line.payload for line in house.said() if line.is_from_customer]
        assert "request_id" not in told[0], "a stranger's mail proves nothing"
        assert (told[1]["request_id"], told[1]["request_number"]) == (str(request.id), request.number)
        assert (told[1]["subject"], told[1]["from_address"]) == (f"Re: Phiếu {request.number.lower()}", HOA)
        assert house.conversation().request_id == request.id

    def test_somebody_elses_number_is_no_link(self, house, intake, echo):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        other = customer_ops.create_customer(full_name="Lan", email=LAN, actor=intake, at=clock.now())
        request = self.request_of(other, clock.now())
        house.writes("một")
        house.work()
        operations.identify(
            conversation_id=house.conversation().id, customer_id=customer.id, at=house.later(seconds=1)
        )
        house.answers("hai", subject=f"Re: {request.number}")
        house.work()

        assert "request_id" not in house.said()[-2].payload
        assert house.conversation().request_id is None

    def test_names_of_mails_go_with_the_customer(self, house, intake, echo):
        house.writes("một")
        house.work()
        customer = self.customer(intake, house.later(seconds=1))
        operations.identify(conversation_id=house.conversation().id, customer_id=customer.id, at=clock.now())
        customer_ops.erase_customer(
            customer_id=customer.id, reason="theo yêu cầu", actor=intake, at=house.later(days=1)
        )
        assert not Mail.objects.exists()
