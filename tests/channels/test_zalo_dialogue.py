"""A Zalo user with the real assistant: a form filled in by tapping and typing, photos led to our pages, a person at the desk."""

from __future__ import annotations

import re

import pytest

from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.documents.models import Document
from motcua.messaging import operations, queries
from motcua.messaging.models import OutboxMessage
from motcua.requests.models import Draft, Request
from tests.channels.zalo_house import zalo_house  # noqa: F401 - a fixture
from tests.documents import samples
from tests.web import people

TYPED = {
    "address": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội",
    "full_name": "Nguyễn Thị Hoa",
    "phone": "0901234567",
}


@pytest.fixture
def house(company, zalo_house):  # noqa: F811
    return zalo_house


def talk(house, text):
    house.later(seconds=20)
    house.says(text)
    house.work()
    return house.phone()[-1]


class TestForm:
    def test_is_begun_answered_by_taps_and_words_and_papers_go_by_link(self, house):
        talk(house, "tôi muốn mua điện mới cho nhà")
        buttons = [line for line in house.lines() if not line.is_theirs][-1].extra["buttons"]
        assert [button["title"] for button in buttons] == ["Có", "Không"]
        talk(house, buttons[1]["payload"])
        assert house.said()[-2].text == "Không", "the tap stands as its label"
        talk(house, TYPED["address"])
        draft = Draft.objects.get()
        assert draft.conversation_id == house.conversation().id
        assert draft.channel == "ZALO"

        house.later(seconds=20)
        house.says(
            "", kind="image", attachments=[{"type": "image", "payload": {"url": f"{house.address}/files/x"}}]
        )
        house.work()

        told = house.phone()[-1]
        assert f"/tiep-tuc/?ma={draft.resume_code}" in told
        assert Request.objects.count() == 0

    def test_words_for_a_person_bring_one_whose_answer_reaches_the_phone(self, house, intake):
        talk(house, "cho tôi gặp nhân viên")
        [waiting] = queries.list_queue()
        operations.take_over(conversation_id=waiting.conversation.id, actor=intake, at=house.later(seconds=5))
        operations.append_out(
            conversation_id=waiting.conversation.id,
            text="Chào chị, em là Lan.",
            author=intake,
            key="d",
            at=house.later(seconds=5),
        )
        house.work()
        before = len(house.phone())
        talk(house, "cảm ơn em")

        assert house.phone()[-1] == "Chào chị, em là Lan."
        assert len(house.phone()) == before, "the assistant is silent while a person answers"


class TestDesk:
    @pytest.fixture
    def desk(self, house):
        talk(house, "cho tôi gặp nhân viên")
        return people.browser(people.add_staff("lan", Role.INTAKE))

    def page(self, desk, house):
        return desk.get(f"/ban-viec/hoi-thoai/{house.conversation().id}/").content.decode()

    def test_counts_down_the_window_in_its_three_phases(self, house, desk):
        text = self.page(desk, house)
        assert "Trả lời miễn phí" in text and re.search(r"còn <b[^>]*>1 ngày 23 giờ", text)
        house.later(days=3)
        assert "Trả lời mất phí" in self.page(desk, house)
        house.later(days=5)
        assert "sẽ đi bằng cách khác" in self.page(desk, house)

    def test_answers_asks_for_a_number_and_sends_a_picture(self, house, desk):
        from django.core.files.uploadedfile import SimpleUploadedFile

        where = f"/ban-viec/hoi-thoai/{house.conversation().id}/"
        desk.post(where, {"text": "Chào chị", "client_msg_id": "1"})
        desk.post(f"{where}viec/", {"viec": "xin-so", "key": "2"})
        picture = SimpleUploadedFile("so-do.jpg", samples.jpeg(), "image/jpeg")
        desk.post(where, {"text": "", "client_msg_id": "3", "file": picture})
        house.work()

        assert "đã đến máy khách" in self.page(desk, house)
        lines = [line for line in house.lines() if not line.is_theirs][-3:]
        assert lines[0].text == "Chào chị"
        assert lines[1].extra == {"asks": True}
        assert lines[2].extra == {"image": "anh.jpg"}

    def test_a_picture_of_the_customer_is_brought_in_and_opened_at_the_desk(self, house, desk):
        from motcua.channels import media
        from motcua.sandbox import zalo

        token = zalo.keep_upload("HANOI", "image", "a.jpg", samples.jpeg(), house.later(seconds=1))
        house.says(
            "",
            kind="image",
            attachments=[{"type": "image", "payload": {"url": f"{house.address}/files/{token}"}}],
        )
        house.work()
        assert media.fetch_due(at=house.later(seconds=1)) == 1

        [message] = [m for m in house.said() if m.document_id]
        assert Document.objects.get(id=message.document_id).sensitive
        assert desk.get(f"/ban-viec/hoi-thoai/{message.conversation_id}/tep/{message.seq}/").status_code in {
            200,
            404,
        }
        assert message.payload["mime"] == "image/jpeg"

    def test_says_under_a_message_that_it_did_not_go(self, house, desk):
        house.later(days=8)
        desk.post(
            f"/ban-viec/hoi-thoai/{house.conversation().id}/", {"text": "Chào chị", "client_msg_id": "1"}
        )
        house.work()

        text = self.page(desk, house)
        assert "chưa gửi được" in text and "chưa chứng minh số điện thoại" in text


class TestFallBack:
    def test_a_linked_customer_gets_an_sms_and_the_desk_is_told(self, house, intake):
        talk(house, "alo")
        conversation = house.conversation()
        customer = customer_ops.create_customer(
            full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=intake, at=house.later(seconds=1)
        )
        operations.identify(
            conversation_id=conversation.id, customer_id=customer.id, at=house.later(seconds=1)
        )
        at = house.later(days=8)
        operations.append_out(
            conversation_id=conversation.id, text="Xin lỗi chị", author=intake, key="late", at=at
        )
        operations.send_due(at=house.later(seconds=1))

        row = OutboxMessage.objects.get(channel="SMS")
        assert (row.address, row.key.endswith(":sms")) == ("+84901234567", True)
        assert "đã gửi tin nhắn SMS" in house.said(with_internal=True)[-1].text

    def linked(self, house, intake):
        talk(house, "alo")
        customer = customer_ops.create_customer(
            full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=intake, at=house.later(seconds=1)
        )
        operations.identify(
            conversation_id=house.conversation().id, customer_id=customer.id, at=house.later(seconds=1)
        )
        return customer

    def notify(self, house, customer, key):
        facts = {
            "brand": "EVNHANOI",
            "number": "HN-1",
            "service": "Mua điện",
            "due": "20/11",
            "link": "https://x",
        }
        return operations.notify(
            key=key, at=house.later(seconds=1), customer_id=customer.id, phone=customer.phone, important=True,
            template="request.received", params=facts,
        )  # fmt: skip

    def test_a_notice_goes_once_by_zalo_while_its_window_is_open_and_by_sms_after(self, house, intake):
        customer = self.linked(house, intake)
        self.notify(house, customer, "a")
        house.work()
        assert house.phone()[-1].startswith("EVNHANOI: Đã nhận yêu cầu HN-1")
        assert not OutboxMessage.objects.filter(channel="SMS").exists()

        house.later(days=8)
        self.notify(house, customer, "b")
        operations.send_due(at=house.later(seconds=1))
        assert [row.key for row in OutboxMessage.objects.filter(channel="SMS")] == ["notice:b:sms"]

    def test_a_notice_that_zalo_refuses_after_all_goes_by_sms(self, house, intake):
        from motcua.sandbox import zalo

        customer = self.linked(house, intake)
        zalo.plan_faults(["UNREACHABLE"])
        self.notify(house, customer, "a")
        operations.send_due(at=house.later(seconds=1))
        [row] = OutboxMessage.objects.filter(channel="SMS")
        assert (row.address, row.params["number"]) == ("+84901234567", "HN-1")

    def test_nobody_is_linked_by_a_shared_number(self, house):
        from motcua.sandbox import zalo_calls

        talk(house, "alo")
        zalo_calls.relation(
            "HANOI",
            "hanoi.localhost",
            house.person,
            "user_submit_info",
            house.later(seconds=1),
            info={"name": "Hoa", "phone": "84901234567"},
        )
        house.work()

        assert house.conversation().customer_id is None
        assert "Chưa phải bằng chứng" in house.said(with_internal=True)[-1].text


class TestMedia:
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/a.jpg", "http://127.0.0.1/a", "https://zdn.vn.evil.example/a", "https://user@b.zdn.vn/a",
            "https://b.zdn.vn:8443/a", "file:///etc/passwd", "ftp://b.zdn.vn/a", "https://evilzdn.vn/a", "//", "https://[::1]/",
        ],
    )  # fmt: skip
    def test_only_zalos_own_hosts_are_asked(self, house, url):
        from motcua.channels import media

        with pytest.raises(media.NotAllowed):
            media.fetch(url, channel="ZALO")

    def test_a_name_that_leads_inside_is_not_followed(self, house, monkeypatch):
        from motcua.channels import media

        monkeypatch.setattr(
            media.socket, "getaddrinfo", lambda *given, **more: [(0, 0, 0, "", ("10.0.0.5", 443))]
        )
        with pytest.raises(media.NotAllowed):
            media.fetch("https://b.zdn.vn/a", channel="ZALO")

    def test_voices_are_known_by_their_first_bytes(self):
        from motcua.channels import media

        assert media.sound_of(b"\0\0\0\x20ftypM4A \0") == "audio/mp4"
        assert media.sound_of(b"\0\0\0\x20ftypheic\0") == ""
        assert media.sound_of(b"ID3\x04") == "audio/mpeg"
        assert media.sound_of(b"<html>") == ""
