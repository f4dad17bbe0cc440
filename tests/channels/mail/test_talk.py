"""E-mail over real sockets: a person's mailbox, the mail server with its faults, our inbox, the assistant, our outbox."""

import pytest

from motcua.channels.mail import fetching, imap, threads
from motcua.channels.models import Mailbox
from motcua.config import clock
from motcua.documents.models import Document
from motcua.messaging import operations
from motcua.messaging.models import InboxEvent
from motcua.sandbox import mail
from tests.channels.mail_house import BOX, HOA
from tests.documents import samples


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
