"""What was not understood is kept without what is personal, given its meaning by staff, and trains a model."""

from __future__ import annotations

import json

import pytest

from motcua.assistant import learning, operations
from motcua.assistant.models import Candidate
from motcua.assistant.state import Learn, Why
from motcua.assistant.understanding import datasets, masking
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from tests.assistant.talking import Talk
from tests.assistant.test_operations import Visitor
from tests.web import people

LAN = Actor.staff("lan", "Lan", ["SUPERVISOR"])
PAGE = "/nhan-vien/hoi-dap/cau-chua-hieu/"


class TestMasking:
    @pytest.mark.parametrize(
        ("said", "gone"),
        [
            ("gọi chị Hoa số 0901 234 567 giúp em cái điện", ("hoa", "0901", "234")),
            ("Nguyễn Thị Hoa", ("hoa", "nguyen")),
            ("nguyen thi hoa", ("hoa", "nguyen")),
            ("cho hỏi Trần Văn An ở đâu vậy ad", ("tran", " an ")),
            ("tôi là Trần Văn An muốn hỏi cái điện nhà mình", ("tran", "van an")),
            ("mã PD01000123456 sao vậy ad", ("pd01", "123456")),
            ("cccd 001185012345 có làm được gì không", ("001185",)),
            ("hoa@gmail.com không nhận được gì", ("gmail.com", "hoa@")),
            ("nhà số 12 ngõ 34 phố Tây Sơn bị sao ấy", ("tay son", "34")),
            ("chuyển 1.250.000 đồng rồi mà sao vẫn thế", ("1.250", "1250")),
            ("xem https://x.example/theo-doi/HN26-000007-U/ chưa thấy gì", ("x.example", "000007")),
            ("mật khẩu là 998877 giúp em với nhé", ("998877",)),
        ],
    )
    def test_nothing_personal_stays(self, said, gone):
        kept = masking.folded(said)
        assert not [mark for mark in gone if mark in kept], kept
        assert kept == kept.lower() and kept.isascii()

    @pytest.mark.parametrize("said", ["", "???", "0901234567", "PD01000123456", "dài " * 60])
    def test_what_teaches_nothing_is_not_kept(self, said):
        assert masking.folded(said) == ""

    def test_the_words_stay(self):
        assert masking.folded("Điện nhà em sao cứ chập chờn vậy ạ?") == "dien nha em sao cu chap chon vay a"


class TestTurns:
    def test_missed_and_the_button_then_taken(self):
        talk = Talk()
        talk("điện nhà em")
        talk.press("Mua điện sinh hoạt (cấp điện mới)")

        [asked, picked] = talk.learned
        assert (asked.text, asked.why, bool(asked.guess)) == ("dien nha em", Why.OFFERED, True)
        assert (picked.text, picked.picked) == ("dien nha em", "NEW-LV-RES")

    def test_a_form_dropped_at_once_was_not_what_was_wanted(self):
        talk = Talk()
        talk("tôi muốn mua điện mới")
        talk("hủy")
        talk.press("Hủy hẳn")

        [wrong] = [act for act in talk.learned if act.why is Why.CORRECTED]
        assert wrong.guess == "NEW-LV-RES" and "mua dien" in wrong.text

    def test_a_form_with_an_answer_was_wanted(self):
        talk = Talk()
        talk("tôi muốn mua điện mới")
        talk.press("Không")
        talk("hủy")
        talk.press("Hủy hẳn")

        assert not talk.learned

    def test_the_person_called_reads_a_summary_with_what_was_not_understood(self):
        talk = Talk()
        talk("giá điện bao nhiêu")
        talk("tôi muốn mua điện mới")
        talk.press("Không")
        talk("gặp nhân viên")

        assert "Khách hỏi: Giá điện; Mua điện sinh hoạt" in talk.summary
        assert "(1/8)" in talk.summary and "Chưa chứng minh là ai" in talk.summary

    def test_two_messages_in_a_row_not_understood_call_a_person(self):
        talk = Talk()
        talk("asdf qwer")
        talk("zxcv uiop")

        assert talk.handed_over == 1
        assert "zxcv" in talk.summary


class TestRows:
    def test_the_same_message_is_counted_and_the_summary_is_for_staff_alone(self, company, at):
        for _ in range(2):
            visitor = Visitor(at)
            visitor.say("asdf qwer")
            visitor.say("zxcv uiop")

        assert Candidate.objects.get(text=masking.folded("asdf qwer")).times == 2
        from motcua.messaging import queries

        lines = queries.list_messages(visitor.conversation.id, with_internal=True)
        [summary] = [line for line in lines if line.text.startswith("Trợ lý bàn giao")]
        assert summary.is_internal

    def test_a_form_sent_by_staff_tells_what_was_meant(self, company, at):
        visitor = Visitor(at)
        visitor.say("asdf qwer")
        visitor.say("zxcv uiop")
        conversation = visitor.conversation
        messaging_ops.take_over(conversation_id=conversation.id, actor=LAN, at=at)
        messaging_ops.release(conversation_id=conversation.id, actor=LAN, at=at)
        operations.begin_service(conversation_id=conversation.id, service_code="FAULT", at=at)

        assert Candidate.objects.get(text=masking.folded("zxcv uiop")).picks == {"FAULT": 1}

    def test_one_decided_is_decided_once_and_may_be_taken_back(self, company, at):
        learning.keep(Learn("asdf", Why.MISSED), at=at)
        row = Candidate.objects.get()
        learning.teach(candidate_id=row.id, intent="office", known={"office"}, actor=LAN, at=at)
        with pytest.raises(learning.CandidateDecided):
            learning.drop(candidate_id=row.id, actor=LAN, at=at)
        with pytest.raises(learning.IntentUnknown):
            learning.teach(candidate_id=row.id, intent="nothing", known={"office"}, actor=LAN, at=at)
        learning.take_back(candidate_id=row.id, actor=LAN, at=at)
        learning.drop(candidate_id=row.id, actor=LAN, at=at)
        assert list(learning.export()) == []


class TestPage:
    @pytest.fixture
    def page(self, company):
        return people.browser(people.add_staff("bien-tap", Role.BUSINESS))

    def test_lists_by_times_takes_a_meaning_and_exports_what_trains(self, page, at, tmp_path):
        for text, times in (("asdf qwer", 1), ("cup dien hoai", 3)):
            for _ in range(times):
                learning.keep(Learn(text, Why.OFFERED, "outage_when"), at=at)
        learning.keep(Learn("cup dien hoai", Why.OFFERED, picked="FAULT"), at=at)
        shown = page.get(PAGE).content.decode()
        assert shown.index("cup dien hoai") < shown.index("asdf qwer")
        assert '<option value="FAULT" selected>' in shown

        row = Candidate.objects.get(text="cup dien hoai")
        page.post(f"{PAGE}{row.id}/viec/", {"viec": "ghi", "intent": "FAULT"})
        page.post(f"{PAGE}{Candidate.objects.get(text='asdf qwer').id}/viec/", {"viec": "bo"})

        assert "Không câu nào chờ" in page.get(PAGE).content.decode()
        told = page.get(f"{PAGE}tai/").content.decode()
        assert [json.loads(line) for line in told.splitlines()] == [
            {"text": "cup dien hoai", "intent": "FAULT"}
        ]
        file = tmp_path / "taught.jsonl"
        file.write_text(page.get(f"{PAGE}tai/", {"kem": "1"}).content.decode())
        read = datasets.read(file)
        assert (read[-1].text, read[-1].intent) == ("cup dien hoai", "FAULT")
        assert len(read) > 2000

    def test_a_meaning_nobody_knows_is_refused(self, page, at):
        learning.keep(Learn("asdf qwer", Why.MISSED), at=at)
        row = Candidate.objects.get()
        page.post(f"{PAGE}{row.id}/viec/", {"viec": "ghi", "intent": "none-such"})
        assert "Hãy chọn ý của câu này" in page.get(PAGE).content.decode()
        row.refresh_from_db()
        assert row.state == "WAITING"


class TestResuming:
    def test_a_form_kept_at_one_door_goes_on_at_another(self, company, at):
        first, second = Visitor(at), Visitor(at)
        first.say("toi muon mua dien")
        first.fill(2)
        first.say("để sau đi")
        from motcua.requests import queries as request_queries

        code = request_queries.find_open_draft(visitor_id=first.id).resume_code
        assert code in first.last.text
        told = second.say(f"làm tiếp {code}")

        assert "(2/8)" in told and "(3/8)" in told
        assert "không tìm thấy phiếu" in Visitor(at).say("làm tiếp ABCD-2345")
