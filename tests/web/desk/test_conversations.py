"""Answering customers: taking over, replying, sending a form filled in as far as we know."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from motcua.channels import webchat
from motcua.companies.access import actor_of
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.documents.models import Document, DocumentAccess
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.requests import queries as request_queries
from motcua.web.visitors import COOKIE
from tests.web import people


@pytest.fixture
def waiting(company):
    """A customer in the web chat who asked for a person."""
    at = clock.now()
    opened = messaging_ops.open_conversation(channel="WEBCHAT", address="visitor-1", at=at)
    messaging_ops.append_in(conversation_id=opened.id, text="Cho tôi gặp người", client_msg_id="m1", at=at)
    return messaging_ops.queue_for_staff(conversation_id=opened.id, at=at)


def url(here, rest: str = "") -> str:
    return f"/ban-viec/hoi-thoai/{here.id}/{rest}"


def now(here):
    return messaging_queries.get_conversation(here.id)


class TestQueue:
    def test_shows_who_waits_with_their_last_words(self, intake_page, waiting):
        text = intake_page.get("/ban-viec/hoi-thoai/").content.decode()

        assert url(waiting) in text
        assert "Cho tôi gặp người" in text

    def test_mine_stand_apart(self, intake_page, waiting):
        intake_page.post(url(waiting, "viec/"), {"viec": "nhan"})

        page = intake_page.get("/ban-viec/hoi-thoai/")

        assert (len(page.context["mine"]), len(page.context["waiting"])) == (1, 0)


class TestConversation:
    def test_a_reply_takes_it_over_and_the_customer_sees_it(self, intake_page, waiting):
        page = intake_page.post(url(waiting), {"text": "Dạ, em nghe ạ", "client_msg_id": "r1"})

        said = messaging_queries.list_messages(waiting.id)
        assert page.status_code == 302
        assert now(waiting).owner == "STAFF"
        assert [m.text for m in said if m.author.startswith("staff:") and m.kind == "TEXT"] == [
            "Dạ, em nghe ạ"
        ]

    def test_a_reply_sent_twice_is_one_message(self, intake_page, waiting):
        for _ in range(2):
            intake_page.post(url(waiting), {"text": "Dạ", "client_msg_id": "r1"})

        assert [m.text for m in messaging_queries.list_messages(waiting.id)].count("Dạ") == 1

    def test_an_empty_reply_is_refused(self, intake_page, waiting):
        page = intake_page.post(url(waiting), {"text": " ", "client_msg_id": "r1"})

        assert page.status_code == 422
        assert "Vui lòng nhập nội dung tin nhắn." in page.content.decode()

    def test_newer_messages_alone_are_answered_to_the_pages_script(self, intake_page, waiting):
        intake_page.post(url(waiting), {"text": "Dạ", "client_msg_id": "r1"})

        piece = intake_page.get(url(waiting), {"after": "1"})

        assert "<html" not in piece.content.decode()
        assert "Dạ" in piece.content.decode()
        assert "Cho tôi gặp người" not in piece.content.decode()
        assert "/live/conversation/" in piece.headers["X-Chat-Stream"]

    def test_what_somebody_else_answers_is_theirs_until_a_supervisor_steps_in(
        self, intake_page, supervisor_page, waiting
    ):
        intake_page.post(url(waiting), {"text": "Dạ", "client_msg_id": "r1"})
        other = people.browser(people.add_staff("an", Role.INTAKE))

        reply = other.post(url(waiting), {"text": "Em đây", "client_msg_id": "r2"})
        takes = other.post(url(waiting, "viec/"), {"viec": "nhan"})
        forces = other.post(url(waiting, "viec/"), {"viec": "thay"})
        steps_in = supervisor_page.post(url(waiting, "viec/"), {"viec": "thay"})

        assert (reply.status_code, takes.status_code, forces.status_code) == (422, 409, 404)
        assert "Em đây" in reply.content.decode()
        assert steps_in.status_code == 302

    def test_gives_back_to_the_assistant_to_the_queue_and_ends(self, intake_page, waiting):
        owners = []
        for wanted in ("nhan", "hang-cho", "nhan", "tro-ly"):
            intake_page.post(url(waiting, "viec/"), {"viec": wanted})
            owners.append(now(waiting).owner)
        intake_page.post(url(waiting, "viec/"), {"viec": "ket-thuc"})

        assert owners == ["STAFF", "QUEUE", "STAFF", "BOT"]
        assert now(waiting).status == "CLOSED"

    def test_of_another_unit_is_not_found(self, waiting):
        messaging_ops.link(conversation_id=waiting.id, unit_code="PD0100")
        elsewhere = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))

        assert elsewhere.get(url(waiting)).status_code == 404
        assert elsewhere.post(url(waiting), {"text": "x", "client_msg_id": "r"}).status_code == 404


class TestSendForm:
    def test_sends_a_draft_filled_in_with_what_we_know(self, intake_page, waiting):
        hoa = customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa",
            phone="0901234567",
            id_number="001185012345",
            actor=Actor.system("t"),
            at=clock.now(),
        )
        messaging_ops.identify(conversation_id=waiting.id, customer_id=hoa.id, at=clock.now())

        page = intake_page.post(url(waiting, "phieu/"), {"dich-vu": "NEW-LV-RES", "key": "f1"})

        draft = request_queries.find_open_draft(conversation_id=waiting.id)
        told = messaging_queries.list_messages(waiting.id)[-1]
        assert page.status_code == 302
        assert draft.answers == {
            "full_name": "Nguyễn Thị Hoa",
            "id_number": "001185012345",
            "phone": "0901 234 567",
        }
        assert f"/tiep-tuc/?ma={draft.resume_code}" in told.text

    def test_a_stranger_gets_an_empty_form(self, intake_page, waiting):
        intake_page.post(url(waiting, "phieu/"), {"dich-vu": "INFO", "key": "f1"})

        assert request_queries.find_open_draft(conversation_id=waiting.id).answers == {}

    def test_an_unknown_service_is_not_found(self, intake_page, waiting):
        assert intake_page.post(url(waiting, "phieu/"), {"dich-vu": "NO"}).status_code == 404


class TestOnTheRequestPage:
    def test_the_conversation_stands_there_with_its_reply_box(self, intake_page, send, waiting):
        view = send(conversation_id=waiting.id)
        messaging_ops.link(conversation_id=waiting.id, request_id=view.id)

        text = intake_page.get(f"/ban-viec/yeu-cau/{view.number}/").content.decode()
        back = intake_page.post(
            url(waiting), {"text": "Dạ", "client_msg_id": "r1", "next": f"/ban-viec/yeu-cau/{view.number}/"}
        )

        assert "Cho tôi gặp người" in text
        assert back.headers["Location"] == f"/ban-viec/yeu-cau/{view.number}/"

    def test_never_leads_to_another_site(self, intake_page, waiting):
        back = intake_page.post(
            url(waiting), {"text": "Dạ", "client_msg_id": "r1", "next": "https://evil.example/"}
        )

        assert back.headers["Location"] == url(waiting)


def test_staff_without_the_right_role_get_no_conversation(waiting):
    crew = people.add_staff("hung", Role.CREW)
    assert actor_of(crew).has_role("CREW")

    assert people.browser(crew).get("/ban-viec/hoi-thoai/").status_code == 403


def picture(name: str = "so-do.jpg"):
    content = BytesIO()
    Image.new("RGB", (60, 40), "white").save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/jpeg")


class TestFiles:
    @pytest.fixture
    def visited(self, company):
        """A visitor in the web chat and the browser they write from."""
        at = clock.now()
        opened = customer_ops.open_session(at=at)
        browser = people.browser()
        browser.cookies[COOKIE] = opened.token
        webchat.accept(visitor_id=opened.id, said=webchat.Said(client_msg_id="1", text="xin chào"), at=at)
        webchat.answer_now(visitor_id=opened.id, at=at)
        return messaging_queries.find_latest_conversation("WEBCHAT", str(opened.id)), browser

    def test_a_photo_reaches_the_customer_and_every_opening_is_logged(self, intake_page, visited):
        here, browser = visited

        page = intake_page.post(
            url(here), {"text": "Sơ đồ đấu nối đây ạ", "client_msg_id": "r1", "file": picture()}
        )

        assert page.status_code == 302
        file, words = messaging_queries.list_messages(here.id)[-2:]
        assert (file.kind, words.text) == ("FILE", "Sơ đồ đấu nối đây ạ")
        assert "so-do.jpg" in browser.get("/chat/").content.decode()
        seen = browser.get(f"/chat/file/{file.seq}")
        assert (seen.status_code, seen["Content-Type"]) == (200, "image/jpeg")
        assert intake_page.get(url(here, f"tep/{file.seq}/")).status_code == 200
        assert DocumentAccess.objects.filter(document_id=file.document_id).count() == 2
        assert people.browser().get(f"/chat/file/{file.seq}").status_code == 404

    def test_sent_twice_is_one(self, intake_page, visited):
        here, _browser = visited
        for _time in range(2):
            intake_page.post(url(here), {"text": "", "client_msg_id": "r1", "file": picture()})

        assert [m.kind for m in messaging_queries.list_messages(here.id)].count("FILE") == 1

    def test_what_is_no_paper_is_refused_and_the_words_stay(self, intake_page, visited):
        here, _browser = visited
        bad = SimpleUploadedFile("x.exe", b"MZ\x90\x00 no picture", content_type="image/jpeg")

        page = intake_page.post(url(here), {"text": "đây ạ", "client_msg_id": "r1", "file": bad})

        assert page.status_code == 422
        assert "đây ạ" in page.content.decode()
        assert not Document.objects.filter(subject_id=str(here.id)).exists()
        assert all(m.author != "staff" for m in messaging_queries.list_messages(here.id))

    def test_another_who_does_not_own_it_sends_nothing(self, intake_page, visited, company):
        here, _browser = visited
        intake_page.post(url(here, "viec/"), {"viec": "nhan"})
        other = people.browser(people.add_staff("hai", Role.INTAKE))

        page = other.post(url(here), {"text": "", "client_msg_id": "r2", "file": picture()})

        assert page.status_code == 422
        assert not Document.objects.filter(subject_id=str(here.id)).exists()

    def test_a_channel_without_our_pages_takes_no_files(self, intake_page, company):
        at = clock.now()
        here = messaging_ops.open_conversation(channel="SMS", address="0901234567", at=at)
        messaging_ops.append_in(conversation_id=here.id, text="Alo", client_msg_id="m1", at=at)

        page = intake_page.post(url(here), {"text": "", "client_msg_id": "r1", "file": picture()})

        assert page.status_code == 422
        assert "Kênh này không nhận tệp" in page.content.decode()
        assert 'name="file"' not in intake_page.get(url(here)).content.decode()
