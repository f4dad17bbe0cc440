"""The chat without JavaScript: pages and plain posts; with it: the same posts and pieces."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.models import Conversation, Message
from motcua.requests.models import Request

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], [])


@pytest.fixture(autouse=True)
def now(at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))


def post(client, text="", **more):
    return client.post("/chat/send", {"text": text, "client_msg_id": more.pop("key", ""), **more})


def values(page, label):
    """The values of buttons with a label, in order."""
    html = page.content.decode()
    return re.findall(rf'<button class="chip" name="text" value="([^"]*)">{re.escape(label)}</button>', html)


def press(client, label):
    found = values(client.get("/chat/"), label)
    assert found, f"no button {label!r}"
    return post(client, found[-1], key=f"k{Message.objects.count()}")


def picture():
    content = BytesIO()
    Image.new("RGB", (60, 40), "white").save(content, "JPEG")
    return SimpleUploadedFile("nha.jpg", content.getvalue(), content_type="image/jpeg")


class TestWithoutJavaScript:
    def test_welcomes_without_storing_anything(self, hanoi):
        page = hanoi.get("/chat/")

        assert page.status_code == 200
        assert "em chào anh/chị" in page.content.decode()
        assert values(page, "Mua điện sinh hoạt (cấp điện mới)") == ["s|NEW-LV-RES"]
        assert page.content.decode().count('value="s|') == 5
        assert Conversation.objects.count() == 0
        assert "mc_visitor" not in page.cookies

    def test_the_rest_of_the_services_is_one_press_away(self, hanoi):
        assert values(hanoi.get("/chat/"), "Việc khác") == ["x|menu"]

        post(hanoi, "x|menu", key="1")
        page = hanoi.get("/chat/").content.decode()

        assert "Em giúp được những việc này" in page
        assert page.count('value="s|') == 9

    def test_answer_is_there_after_the_redirect(self, hanoi):
        answer = post(hanoi, "toi muon mua dien", key="1")

        assert answer.status_code == 302
        assert answer.url == "/chat/#msg-2"
        page = hanoi.get("/chat/").content.decode()
        assert "toi muon mua dien" in page
        assert "đã có công tơ điện chưa" in page

    def test_goes_from_the_first_word_to_a_request(self, hanoi):
        press(hanoi, "Mua điện sinh hoạt (cấp điện mới)")
        press(hanoi, "Không")
        for number, text in enumerate(
            [
                "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội",
                "nhà tôi",
                "Nguyễn Thị Hoa",
                "001185012345",
                "0901234567",
                "1 pha",
                "sáng",
            ]
        ):
            post(hanoi, text, key=f"t{number}")
        press(hanoi, "Gửi yêu cầu")

        request = Request.objects.get()
        page = hanoi.get("/chat/").content.decode()
        assert request.number in page
        assert f"/theo-doi/{request.number}/" in page
        assert "001185012345" not in page.replace("<p>", "").split("Anh/chị xem lại")[-1]

    def test_same_post_twice_is_one_message(self, hanoi):
        for _ in range(2):
            post(hanoi, "mat dien roi", key="same")

        assert Message.objects.filter(direction="IN").count() == 1

    def test_button_shows_its_label_not_its_value(self, hanoi):
        press(hanoi, "Mua điện sinh hoạt (cấp điện mới)")

        assert Message.objects.filter(direction="IN").get().text == "Mua điện sinh hoạt (cấp điện mới)"

    def test_typed_payload_of_no_button_is_words(self, hanoi):
        post(hanoi, "x|drop", key="1")

        assert Message.objects.filter(direction="IN").get().payload == {}

    def test_empty_post_is_refused_beside_the_form(self, hanoi):
        answer = post(hanoi, "   ", key="1")

        assert answer.status_code == 422
        assert "Vui lòng nhập nội dung tin nhắn" in answer.content.decode()
        assert Conversation.objects.count() == 0

    def test_photo_is_stored_shown_and_nobody_elses(self, hanoi):
        post(hanoi, key="1", file=picture())
        message = Message.objects.filter(direction="IN").get()
        assert message.kind == "FILE"
        assert hanoi.get(f"/chat/file/{message.seq}").status_code == 200
        assert hanoi.get(f"/chat/file/{message.seq}?thumb=1")["Content-Type"].startswith("image/")

        stranger = Client(headers={"host": "hanoi.localhost"})
        assert stranger.get(f"/chat/file/{message.seq}").status_code == 404
        post(stranger, "alo", key="1")
        assert stranger.get(f"/chat/file/{message.seq}").status_code == 404

    def test_bad_file_is_refused_and_the_words_are_kept_on_the_page(self, hanoi):
        bad = SimpleUploadedFile("x.exe", b"MZ\x90\x00 not a picture", content_type="image/jpeg")
        answer = post(hanoi, "ảnh nhà tôi", key="1", file=bad)

        assert answer.status_code == 422
        assert "ảnh nhà tôi" in answer.content.decode()
        assert Message.objects.count() == 0

    def test_person_is_one_press_away(self, hanoi):
        post(hanoi, "alo", key="1")
        hanoi.post("/chat/person", {})

        assert Conversation.objects.get().owner == "QUEUE"
        assert "Đang chờ nhân viên" in hanoi.get("/chat/").content.decode()

    def test_reply_of_staff_and_notices_stand_on_the_page(self, hanoi, at):
        post(hanoi, "gặp nhân viên", key="1")
        conversation = Conversation.objects.get()
        messaging_ops.append_out(
            conversation_id=conversation.id, text="Em Lan đây ạ", author=LAN, key="s", at=at
        )
        messaging_ops.notify(
            key="n",
            at=at,
            conversation_id=conversation.id,
            texts={"vi": "Hẹn ngày mai, xem https://hanoi.example/theo-doi/HN26/."},
        )
        page = hanoi.get("/chat/").content.decode()

        assert "Em Lan đây ạ" in page and "Lan ·" in page
        assert 'href="https://hanoi.example/theo-doi/HN26/"' in page

    def test_sending_too_fast_is_slowed_down(self, hanoi):
        for number in range(30):
            post(hanoi, "?", key=str(number))
        answer = post(hanoi, "?", key="last")

        assert answer.status_code == 429
        assert Message.objects.filter(direction="IN").count() == 30

    def test_speaks_english_to_who_chose_it(self, hanoi):
        hanoi.cookies["mc_lang"] = "en"
        post(hanoi, "i want a new meter", key="1")

        assert "Is there already an electricity meter" in hanoi.get("/chat/").content.decode()

    def test_returns_only_to_our_own_pages(self, hanoi):
        assert post(hanoi, "alo", key="1", next="/dich-vu/").url.startswith("/dich-vu/#msg-")
        assert post(hanoi, "alo", key="2", next="https://evil.example/").url.startswith("/chat/#msg-")

    def test_needs_the_forms_token(self, company):
        strict = Client(enforce_csrf_checks=True, headers={"host": "hanoi.localhost"})

        assert post(strict, "alo").status_code == 403
        page = strict.get("/chat/").content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        assert post(strict, "alo", key="1", csrfmiddlewaretoken=token).status_code == 302


class TestWithJavaScript:
    def test_panel_is_the_same_chat(self, hanoi):
        post(hanoi, "toi muon mua dien", key="1")
        page = hanoi.get("/chat/panel").content.decode()

        assert "<html" not in page
        assert "data-chat-close" in page
        assert "đã có công tơ điện chưa" in page

    def test_poll_gives_what_came_after_and_where_the_stream_is(self, hanoi):
        post(hanoi, "toi muon mua dien", key="1")
        page = hanoi.get("/chat/poll?after=1")

        assert page.content.decode().count("<li ") == 1
        assert page["X-Chat-Last-Seq"] == "2"
        assert "/live/conversation/" in page["X-Chat-Stream"] and "ticket=" in page["X-Chat-Stream"]
        assert hanoi.get("/chat/poll?after=2").content.decode().strip() == ""
        assert hanoi.get("/chat/poll?after=abc").status_code == 200

    def test_posts_in_the_background_answer_with_json(self, hanoi):
        answer = hanoi.post(
            "/chat/send", {"text": "mat dien", "client_msg_id": "1"}, headers={"X-Requested-With": "fetch"}
        )
        assert answer.json()["last_seq"] == 2
        refused = hanoi.post("/chat/send", {"text": ""}, headers={"X-Requested-With": "fetch"})
        assert (refused.status_code, refused.json()["message"]) == (422, "Vui lòng nhập nội dung tin nhắn.")

    def test_another_visitor_sees_nothing_of_it(self, hanoi):
        post(hanoi, "mat dien o nha toi", key="1")
        stranger = Client(headers={"host": "hanoi.localhost"})

        assert "mat dien o nha toi" not in stranger.get("/chat/").content.decode()
        assert stranger.get("/chat/poll?after=0").content.decode().strip() == ""

    def test_marks_what_was_read(self, hanoi):
        post(hanoi, "alo", key="1")
        hanoi.get("/chat/poll?after=0")

        assert messaging_queries.get_conversation(Conversation.objects.get().id).unread_by_customer == 0


class TestEveryPage:
    def test_has_the_door_to_the_chat(self, hanoi):
        page = hanoi.get("/dich-vu/").content.decode()

        assert 'href="/chat/"' in page
        assert 'data-panel-url="/chat/panel"' in page


class TestPageButtons:
    @pytest.mark.parametrize(
        ("value", "vietnamese", "english"),
        [
            ("x|person", "Gặp nhân viên", "Talk to a person"),
            ("x|bot", "Tiếp tục với trợ lý", "Back to the assistant"),
            ("x|menu", "Việc khác", "Something else"),
        ],
    )
    def test_are_said_in_the_language_of_the_chat(self, company, at, value, vietnamese, english):
        from motcua.web.chat import sending

        here = messaging_ops.open_conversation(channel="WEBCHAT", address="v", at=at)

        assert sending.label_of(value, here, "vi", at) == vietnamese
        assert sending.label_of(value, here, "en", at) == english


class TestNotTakenInYet:
    """A first message sent while the conversation was busy, or whose answer failed, was nowhere to be seen."""

    @pytest.fixture
    def busy(self, monkeypatch):
        from motcua.messaging import inbox

        with monkeypatch.context() as patch:
            patch.setattr(inbox, "_lock_sender", lambda *args: False)
            yield patch

    def test_the_own_message_stands_there_and_the_answer_is_announced(self, hanoi, busy):
        answer = post(hanoi, "toi muon mua dien", key="1")

        page = hanoi.get("/chat/").content.decode()
        assert answer.status_code == 302
        assert answer["Location"].partition("#")[2] in page
        assert page.count('<div class="msg-text">toi muon mua dien</div>') == 1
        assert "Câu trả lời đang đến" in page

    def test_a_reload_shows_the_message_once_and_its_answer(self, hanoi, busy, at):
        from motcua.messaging import operations as ops

        post(hanoi, "toi muon mua dien", key="1")
        busy.undo()
        ops.drain_inbox(at=at)

        page = hanoi.get("/chat/").content.decode()
        assert page.count('<div class="msg-text">toi muon mua dien</div>') == 1
        assert "Câu trả lời đang đến" not in page
        assert 'class="msg theirs bot"' in page

    def test_an_assistant_that_fails_takes_no_words_away(self, hanoi, monkeypatch):
        from motcua.messaging import registry

        def fail(conversation_id, at):
            raise RuntimeError("no answer today")

        monkeypatch.setattr(registry, "list_responders", lambda: [fail])
        post(hanoi, "toi muon mua dien", key="1")

        page = hanoi.get("/chat/").content.decode()
        assert page.count('<div class="msg-text">toi muon mua dien</div>') == 1
        assert "Câu trả lời đang đến" in page

    def test_nobody_else_sees_it(self, hanoi, busy):
        post(hanoi, "toi muon mua dien", key="1")

        assert "mua dien" not in Client(headers={"host": "hanoi.localhost"}).get("/chat/").content.decode()

    def test_pieces_for_the_script_hold_stored_messages_alone(self, hanoi, busy):
        post(hanoi, "toi muon mua dien", key="1")

        assert "mua dien" not in hanoi.get("/chat/poll?after=0").content.decode()
