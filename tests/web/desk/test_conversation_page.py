"""One conversation at the desk: ready answers, notes that name colleagues, what became of each message, the customer beside it."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote
from uuid import uuid4

import pytest

from motcua.channels import live
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.models import Conversation, Message, OutboxMessage, TalkMention
from motcua.messaging.talk import canned
from tests.web import people

WRITER = Actor.staff("11111111-1111-7111-8111-111111111111", "Thảo", ["SUPERVISOR"], [])


@pytest.fixture
def waiting(company):
    at = clock.now()
    opened = messaging_ops.open_conversation(channel="WEBCHAT", address=str(uuid4()), at=at)
    messaging_ops.append_in(conversation_id=opened.id, text="Cho tôi gặp người", client_msg_id="m1", at=at)
    return messaging_ops.queue_for_staff(conversation_id=opened.id, at=at)


@pytest.fixture
def greeting(company):
    return canned.write(
        shortcode="chao", title="Chào khách", is_shared=True, actor=WRITER, at=clock.now(),
        text="Chào {{tên khách}}, em là {{nhân viên}}. Yêu cầu {{request number}} đang được xử lý.",
    )  # fmt: skip


def url(here, rest=""):
    return f"/ban-viec/hoi-thoai/{here.id}/{rest}"


def reply(page, here, text, **more):
    return page.post(
        url(here), {"text": text, "client_msg_id": uuid4().hex, **more}, headers={"X-Requested-With": "fetch"}
    )


class TestReadyAnswers:
    def test_stand_beside_the_conversation_filled_in_with_gaps_marked(
        self, intake_page, waiting, greeting, send
    ):
        view = send()
        Conversation.objects.filter(id=waiting.id).update(customer_id=view.customer_id)

        html = intake_page.get(url(waiting)).content.decode()

        assert f"Chào {view.answers['full_name']}, em là" in re.sub("</?(span|mark)>", "", html)
        assert "<mark>⟦số yêu cầu⟧</mark>" in html
        assert "{{" not in html

    def test_one_chosen_without_a_script_stands_in_the_box(self, intake_page, waiting, greeting):
        html = intake_page.get(url(waiting), {"mau": str(greeting.id)}).content.decode()
        box = re.search(r'<textarea id="chat-text".*?</textarea>', html, re.DOTALL).group()

        assert "Chào ⟦tên khách⟧" in box

    @pytest.mark.parametrize("text", ["Chào ⟦tên khách⟧", "Chào {{ ten khach }}", "{{agent}}"])
    def test_a_gap_is_not_sent_to_a_customer(self, intake_page, waiting, text):
        answer = reply(intake_page, waiting, text)

        assert answer.status_code == 422
        assert answer.json()["code"] == "LEFT_OPEN"
        assert not Message.objects.filter(author__startswith="staff:", kind="TEXT").exists()

    def test_a_gap_may_stand_in_a_note(self, intake_page, waiting):
        assert reply(intake_page, waiting, "Mẫu ⟦tên khách⟧ sai", ghi_chu="1").json()["ok"]

    def test_are_looked_for_without_marks_by_begun_words_and_short_code(self, intake_page, waiting, greeting):
        other = canned.write(
            shortcode="hen", title="Hẹn gọi lại", text="Em gọi lại ạ", is_shared=True, actor=WRITER, at=clock.now()
        )  # fmt: skip

        def found(asked):
            html = intake_page.get(url(waiting, "cau-mau/"), {"cau": asked}).content.decode()
            return re.findall(r'data-code="([^"]+)"', html)

        assert found("chao kha") == ["chao"]
        assert found("hen") == [other.shortcode]
        assert set(found("")) == {"chao", "hen"}
        assert found("khong co") == []

    def test_what_is_personal_nobody_else_sees_and_shared_ones_supervisors_write(
        self, intake_page, supervisor_page, business_page, company
    ):
        form = {"title": "Của tôi", "shortcode": "rieng", "text": "Dạ", "is_shared": "on"}
        mine = intake_page.post("/ban-viec/cau-mau/", form)
        shared = supervisor_page.post("/ban-viec/cau-mau/", {**form, "shortcode": "chung", "title": "Chung"})

        assert (mine.status_code, shared.status_code) == (302, 302)
        assert "/rieng" in intake_page.get("/ban-viec/cau-mau/").content.decode()
        others = business_page.get("/ban-viec/cau-mau/").content.decode()
        assert "/chung" in others
        assert "/rieng" not in others
        shared_id = canned.search("chung", WRITER)[0].id
        assert intake_page.get(f"/ban-viec/cau-mau/{shared_id}/").status_code == 404
        assert intake_page.post(f"/ban-viec/cau-mau/{shared_id}/", {"viec": "bo"}).status_code == 404
        assert supervisor_page.post(f"/ban-viec/cau-mau/{shared_id}/", {"viec": "bo"}).status_code == 302
        assert canned.search("chung", WRITER) == []

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"text": "Chào {{mật khẩu}}"}, "mật khẩu"),
            ({"shortcode": "!!"}, "Mã tắt gồm"),
            ({"shortcode": "Chào"}, "đã có câu mẫu khác"),
            ({"title": " "}, "Tên gọi"),
        ],
    )
    def test_a_mistake_is_told_beside_its_field(self, supervisor_page, greeting, change, words):
        form = {"title": "Mới", "shortcode": "moi", "text": "Dạ", "is_shared": "on", **change}

        page = supervisor_page.post("/ban-viec/cau-mau/", form)

        assert page.status_code == 422
        assert words in page.content.decode()
        assert len(canned.search("", WRITER)) == 1


class TestNotes:
    def test_a_named_colleague_is_told_once_and_reads_it_by_opening(self, intake_page, waiting):
        minh = people.browser(people.add_staff("minh.kd", Role.BUSINESS))
        reply(intake_page, waiting, "@minh.kd xem giúp", ghi_chu="1")

        page = minh.get("/ban-viec/cho-toi/").content.decode()
        assert "xem giúp" in page
        assert url(waiting) in page
        assert TalkMention.objects.filter(read_at__isnull=True).count() == 1

        minh.get(url(waiting))
        assert not TalkMention.objects.filter(read_at__isnull=True).exists()

    def test_leaves_who_answers_alone_and_is_written_while_a_colleague_does(self, intake_page, waiting):
        other = people.browser(people.add_staff("an", Role.INTAKE))
        reply(intake_page, waiting, "Dạ em nghe")
        owner = messaging_queries.get_conversation(waiting.id).staff_id

        page = other.get(url(waiting)).content.decode()
        noted = reply(other, waiting, "Khách này hay gọi", ghi_chu="1")

        assert 'type="hidden" name="ghi_chu"' in page
        assert noted.json()["ok"]
        assert messaging_queries.get_conversation(waiting.id).staff_id == owner
        assert "Khách này hay gọi" not in [m.text for m in messaging_queries.list_messages(waiting.id)]

    def test_an_unknown_name_is_refused(self, intake_page, waiting):
        answer = reply(intake_page, waiting, "@khong.ai xem giúp", ghi_chu="1")

        assert answer.status_code == 422
        assert "khong.ai" in answer.json()["message"]
        assert not Message.objects.filter(is_internal=True, kind="TEXT").exists()

    def test_nobody_is_told_of_what_they_may_not_see(self, intake_page, waiting):
        people.add_staff("xa", Role.INTAKE, unit="PD0200")
        Conversation.objects.filter(id=waiting.id).update(unit_code="PD0100")
        lan = people.browser(people.add_staff("lan.2", Role.INTAKE, unit="PD0100"))

        assert reply(lan, waiting, "@xa xem", ghi_chu="1").json()["ok"]
        assert not TalkMention.objects.exists()


class TestWhatBecameOfMessages:
    @pytest.fixture
    def failed(self, intake_page, waiting):
        Conversation.objects.filter(id=waiting.id).update(channel="ZALO")
        said = reply(intake_page, waiting, "Dạ em gửi anh").json()["last_seq"]
        at = clock.now()
        OutboxMessage.objects.filter(conversation_id=waiting.id).delete()
        OutboxMessage.objects.create(
            id=uuid4(), key=f"message:{waiting.id}:{said}", channel="ZALO", address="z", kind="REPLY",
            state="HELD", reason="WINDOW_CLOSED", created_at=at, next_at=at,
        )  # fmt: skip
        return said

    def test_each_shows_its_channel_its_author_and_its_state(self, intake_page, waiting):
        reply(intake_page, waiting, "Dạ em nghe")
        messaging_ops.append_out(
            conversation_id=waiting.id, text="Thông báo chung", author=Actor.system("notices"), key="n1",
            at=clock.now(), is_notice=True,
        )  # fmt: skip
        html = intake_page.get(url(waiting)).content.decode()

        assert html.count("Chat trên web · ") >= 3
        assert "Khách hàng · <time" in html
        assert "Thông báo · <time" in html

    def test_one_that_did_not_go_says_why_and_can_be_sent_again(self, intake_page, waiting, failed):
        html = intake_page.get(url(waiting)).content.decode()
        assert "khách đã lâu không nhắn" in html
        assert url(waiting, f"gui-lai/{failed}/") in html

        again = intake_page.post(url(waiting, f"gui-lai/{failed}/"))

        assert again.status_code == 302
        assert OutboxMessage.objects.get().state == "QUEUED"
        assert intake_page.post(url(waiting, f"gui-lai/{failed}/")).status_code in {404, 409}

    def test_one_of_another_unit_is_not_sent_again(self, waiting, failed):
        Conversation.objects.filter(id=waiting.id).update(unit_code="PD0100", owner="QUEUE", staff_id="")
        elsewhere = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))

        assert elsewhere.post(url(waiting, f"gui-lai/{failed}/")).status_code == 404
        assert OutboxMessage.objects.get().state == "HELD"

    def test_what_the_customer_has_read_is_marked(self, intake_page, waiting):
        said = reply(intake_page, waiting, "Dạ em nghe").json()["last_seq"]
        messaging_ops.mark_read(conversation_id=waiting.id, seq=said, by_staff=False)

        html = intake_page.get(url(waiting)).content.decode()

        assert html.count("data-read-mark") == 1
        assert "Dạ em nghe" in html.partition("data-read-mark")[0]

    def test_a_page_nobody_looks_at_reads_nothing(self, intake_page, waiting):
        reply(intake_page, waiting, "Dạ")
        before = messaging_queries.get_conversation(waiting.id).staff_read_seq
        messaging_ops.append_in(
            conversation_id=waiting.id, text="alo", client_msg_id="m2", at=clock.now() + timedelta(seconds=1)
        )

        intake_page.get(url(waiting), {"after": "1", "seen": "0"})
        hidden = messaging_queries.get_conversation(waiting.id).staff_read_seq
        intake_page.get(url(waiting), {"after": "1"})

        assert hidden == before
        assert messaging_queries.get_conversation(waiting.id).staff_read_seq > before


class TestStreams:
    def test_the_tickets_are_this_persons(self, waiting):
        lan = people.add_staff("lan.t", Role.INTAKE, unit="PD0100")
        html = people.browser(lan).get(url(waiting)).content.decode()
        talk, desk = (
            unquote(re.search(rf"{kind}\?[^\"]*ticket=([^\"&]+)", html).group(1))
            for kind in (str(waiting.id), "/live/desk")
        )

        ticket = live.read_ticket(talk, company_code="HANOI")
        of_desk = live.read_desk_ticket(desk, company_code="HANOI")
        assert (ticket.who, ticket.scope) == (str(lan.id), live.STAFF)
        assert "PD0100" in of_desk.units
        assert not of_desk.is_about(unit_code="PD0200", staff_id="")
        assert live.read_ticket(talk, company_code="NPC") is None


class TestWhoAnswers:
    def test_the_page_and_its_pieces_say_it_alike_so_that_a_change_is_seen(self, intake_page, waiting):
        def drawn():
            return re.search(r'data-holder="([^"]*)"', intake_page.get(url(waiting)).content.decode()).group(
                1
            )

        def told():
            return intake_page.get(url(waiting), {"after": "0"}).headers["X-Chat-Holder"]

        before = drawn()
        assert before == told()
        intake_page.post(url(waiting, "viec/"), {"viec": "nhan"})

        assert drawn() == told() != before


class TestCustomerBeside:
    def test_shows_what_they_owe_and_leads_to_their_card(self, intake_page, waiting, send):
        view = send()
        Conversation.objects.filter(id=waiting.id).update(customer_id=view.customer_id)

        html = intake_page.get(url(waiting)).content.decode()

        assert f"/ban-viec/khach-hang/{view.customer_id}/" in html
        assert view.number in html
        assert "Không còn khoản nào phải trả" in html or "Còn phải trả" in html


class TestSearch:
    def test_finds_by_words_name_and_request_number(self, intake_page, waiting, send):
        view = send()
        Conversation.objects.filter(id=waiting.id).update(customer_id=view.customer_id)
        messaging_ops.append_in(
            conversation_id=waiting.id, text="Đèn nhấp nháy suốt đêm", client_msg_id="m2", at=clock.now()
        )

        for asked in ("nhap nhay", "Nhấp NHÁY suo", view.number, view.answers["full_name"]):
            html = intake_page.get("/ban-viec/hoi-thoai/tim/", {"q": asked}).content.decode()
            assert url(waiting) in html, asked
        assert "Đèn nhấp nháy" in html or "gặp người" in html

    def test_an_agent_finds_only_what_their_unit_may_see(self, intake_page, waiting):
        Conversation.objects.filter(id=waiting.id).update(unit_code="PD0100")
        messaging_ops.append_in(
            conversation_id=waiting.id, text="chập cháy", client_msg_id="x", at=clock.now()
        )
        near = people.browser(people.add_staff("gan", Role.INTAKE, unit="PD0100"))
        far = people.browser(people.add_staff("xa", Role.INTAKE, unit="PD0200"))

        def finds(page):
            return url(waiting) in page.get("/ban-viec/hoi-thoai/tim/", {"q": "chap chay"}).content.decode()

        assert (finds(near), finds(far)) == (True, False)

    def test_goes_page_by_page(self, intake_page, company):
        at = clock.now()
        for number in range(25):
            opened = messaging_ops.open_conversation(channel="WEBCHAT", address=f"v{number}", at=at)
            messaging_ops.append_in(
                conversation_id=opened.id, text=f"tụt áp {number}", client_msg_id="m", at=at + timedelta(minutes=number)
            )  # fmt: skip

        def numbers(page):
            html = intake_page.get(
                "/ban-viec/hoi-thoai/tim/", {"q": "tut ap", "trang": page}
            ).content.decode()
            return [int(n) for n in re.findall(r"tụt áp (\d+)", html)]

        assert numbers(1) == list(range(24, 4, -1))
        assert numbers(2) == list(range(4, -1, -1))
        assert numbers("x") == numbers(1)


class TestWhatWasToldBeside:
    def told(self, waiting, **more):
        at = clock.now()
        asked = {
            "key": f"notice:{uuid4()}", "channel": "SMS", "address": "+84901234567", "texts": {"vi": "Hóa đơn tháng 11"},
            "params": {}, "kind": "TRANSACTIONAL", "at": at,
        }  # fmt: skip
        messaging_ops.queue_message(**(asked | more))
        OutboxMessage.objects.update(text="Hóa đơn tháng 11")

    def test_notices_to_the_customer_stand_beside_the_conversation(self, intake_page, waiting, send):
        customer = send().customer_id
        OutboxMessage.objects.all().delete()
        Conversation.objects.filter(id=waiting.id).update(customer_id=customer)
        self.told(waiting, customer_id=customer)

        html = intake_page.get(url(waiting)).content.decode()

        assert "Vừa báo cho khách" in html
        assert "Hóa đơn tháng 11" in html

    @pytest.mark.parametrize(
        "other", [{"template": "proof.code"}, {"key": "message:x:1"}, {"conversation_id": uuid4()}]
    )
    def test_codes_answers_and_others_notices_do_not(self, intake_page, waiting, send, other):
        customer = send().customer_id
        OutboxMessage.objects.all().delete()
        self.told(waiting, customer_id=uuid4())
        Conversation.objects.filter(id=waiting.id).update(customer_id=customer)
        self.told(waiting, customer_id=customer, **other)

        assert "Vừa báo cho khách" not in intake_page.get(url(waiting)).content.decode()
