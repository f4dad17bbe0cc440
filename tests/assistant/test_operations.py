"""The assistant on the database: inbox to request in one go, once, one turn at a time, silent while a person answers."""

from uuid import UUID, uuid4

import pytest

from motcua.channels import webchat
from motcua.channels.webchat import Said
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.desk import lists
from motcua.messaging.desk.lists import Shown, Wanted
from motcua.messaging.models import Message
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Request

LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], [])
PLACE = "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"


class Visitor:
    def __init__(self, at):
        self.id = uuid4()
        self.at = at
        self.count = 0

    def say(self, text="", **more):
        self.count += 1
        webchat.accept(
            visitor_id=self.id, said=Said(client_msg_id=f"m{self.count}", text=text, **more), at=self.at
        )
        webchat.answer_now(visitor_id=self.id, at=self.at)
        return self.last.text

    @property
    def conversation(self):
        return messaging_queries.find_latest_conversation("WEBCHAT", str(self.id))

    @property
    def last(self):
        return messaging_queries.list_last_messages(self.conversation.id, limit=1)[0]

    def press(self, label):
        said = [m for m in messaging_queries.list_messages(self.conversation.id) if m.buttons]
        value = next(b["value"] for b in said[-1].buttons if b["label"] == label)
        return self.say(label, button=value)

    def fill(self, upto=99):
        steps = [
            lambda: self.press("Không"), lambda: self.say(PLACE), lambda: self.say("nhà tôi"), lambda: self.say("Nguyễn Thị Hoa"),
            lambda: self.say("001185012345"), lambda: self.say("0901234567"), lambda: self.say("1 pha"), lambda: self.say("sáng"),
        ]  # fmt: skip
        for step in steps[:upto]:
            step()


@pytest.fixture
def hoa(company, at):
    return Visitor(at)


class TestChat:
    def test_ends_in_a_request_of_this_conversation(self, hoa):
        hoa.say("toi muon mua dien")
        hoa.fill()
        text = hoa.press("Gửi yêu cầu")

        request = Request.objects.get()
        assert request.number in text
        assert (request.service_code, request.channel, request.reception) == (
            "NEW-LV-RES",
            "WEBCHAT",
            "INDIRECT",
        )
        assert request.conversation_id == hoa.conversation.id
        assert hoa.conversation.request_id == request.id
        assert request_queries.was_sent_by_visitor(request.id, hoa.id)
        assert f"/theo-doi/{request.number}/" in hoa.last.buttons[0]["url"]

    def test_same_message_delivered_again_changes_nothing(self, hoa, at):
        hoa.say("toi muon mua dien")
        before = hoa.conversation.last_seq
        webchat.accept(visitor_id=hoa.id, said=Said(client_msg_id="m1", text="toi muon mua dien"), at=at)
        webchat.answer_now(visitor_id=hoa.id, at=at)

        assert hoa.conversation.last_seq == before

    def test_chat_and_form_share_one_draft(self, hoa, at):
        hoa.say("toi muon mua dien")
        hoa.fill(2)
        draft = request_queries.find_open_draft(visitor_id=hoa.id)
        assert draft.answers["has_meter"] is False
        request_ops.save_answers(
            draft_id=draft.id,
            values={"right_to_place": "OWN", "full_name": "Nguyễn Thị Hoa"},
            actor=Actor.anonymous(hoa.id),
            at=at,
        )

        assert "(5/8)" in hoa.say("làm tiếp")

    def test_draft_begun_on_the_pages_is_taken_up(self, hoa, at):
        request_ops.start_draft(
            service_code="NEW-LV-RES", channel="WEB", actor=Actor.anonymous(hoa.id), at=at, visitor_id=hoa.id,
            answers={"has_meter": False},
        )  # fmt: skip

        assert "đang điền dở" in hoa.say("toi muon mua dien")

    def test_person_is_called_and_the_assistant_falls_silent(self, hoa, at):
        hoa.say("gặp nhân viên")
        conversation = hoa.conversation
        assert (conversation.owner, conversation.unit_code != "") == ("QUEUE", True)
        seq = conversation.last_seq
        hoa.say("tôi cần gấp")
        assert hoa.conversation.last_seq == seq + 1

        messaging_ops.take_over(conversation_id=conversation.id, actor=LAN, at=at)
        hoa.say("alo")
        assert hoa.last.direction == "IN"

    def test_danger_speaks_even_while_a_person_owns_it(self, hoa, at):
        hoa.say("gặp nhân viên")
        messaging_ops.take_over(conversation_id=hoa.conversation.id, actor=LAN, at=at)
        text = hoa.say("cháy công tơ rồi")

        assert text.startswith("⚠️ NGUY HIỂM")
        assert hoa.conversation.is_urgent
        assert hoa.conversation.owner == "STAFF"

    def test_danger_calls_a_person_at_once_while_the_form_goes_on(self, hoa, at):
        text = hoa.say("dây điện đứt rơi xuống đường, cháy rồi")

        [line] = lists.list_page(Wanted(Shown.WAITING, at))
        assert (line.conversation.id, line.is_urgent, line.state) == (hoa.conversation.id, True, "WAITING")
        assert line.last_text == "dây điện đứt rơi xuống đường, cháy rồi"
        assert hoa.conversation.owner == "BOT"
        assert "Em đã báo nhân viên. Nhân viên sẽ trả lời trong ít phút." in "\n".join(
            m.text for m in messaging_queries.list_messages(hoa.conversation.id)
        )
        assert "(2/4)" in text

        hoa.say("hủy")
        hoa.press("Hủy hẳn")
        assert len(lists.list_page(Wanted(Shown.WAITING, at))) == 1

    def test_danger_sent_as_a_request_still_waits_for_a_person(self, hoa, at):
        hoa.say("cháy công tơ rồi")
        hoa.say(PLACE)
        hoa.say("0901234567")
        hoa.press("Gửi yêu cầu")

        [line] = lists.list_page(Wanted(Shown.WAITING, at))
        assert (line.conversation.request_id, line.state) == (Request.objects.get().id, "WAITING")

    def test_danger_nobody_looked_at_is_not_closed_as_idle(self, hoa, at):
        from datetime import timedelta

        from motcua.assistant import operations

        hoa.say("cháy công tơ rồi")

        assert operations.close_idle(at=at + timedelta(days=31)) == 0
        assert hoa.conversation.status == "OPEN"

    def test_customer_may_go_back_to_the_assistant_while_waiting(self, hoa):
        hoa.say("toi muon mua dien")
        hoa.fill(2)
        hoa.say("gặp nhân viên")
        hoa.press("Tiếp tục với trợ lý")

        assert hoa.conversation.owner == "BOT"
        assert "(3/8)" in hoa.last.text

    def test_staff_sends_a_form_into_the_chat(self, hoa, at):
        from motcua.assistant import operations

        hoa.say("gặp nhân viên")
        conversation = hoa.conversation
        messaging_ops.take_over(conversation_id=conversation.id, actor=LAN, at=at)
        messaging_ops.release(conversation_id=conversation.id, actor=LAN, at=at)
        operations.begin_service(conversation_id=conversation.id, service_code="FAULT", at=at)

        assert "(1/4)" in hoa.last.text

    def test_burst_of_short_messages_is_one_turn(self, hoa, at):
        for number, text in enumerate(["alo", "ad oi", "mat dien roi"]):
            opened = messaging_ops.open_conversation(
                channel="WEBCHAT", address=str(hoa.id), visitor_id=hoa.id, at=at
            )
            messaging_ops.append_in(conversation_id=opened.id, text=text, client_msg_id=f"b{number}", at=at)
        from motcua.assistant import operations

        assert operations.handle_inbound(opened.id, at) == 1
        out = [m for m in messaging_queries.list_messages(opened.id) if m.direction == "OUT"]
        assert len(out) == 1
        assert "(1/4)" in out[0].text

    def test_photo_becomes_a_paper_of_the_request(self, hoa, at):
        from io import BytesIO

        from PIL import Image

        from motcua.documents import operations as document_ops
        from motcua.documents import queries as document_queries

        picture = BytesIO()
        Image.new("RGB", (40, 40), "white").save(picture, "JPEG")
        hoa.say("toi muon mua dien")
        hoa.fill(3)
        stored = document_ops.store(
            content=picture.getvalue(), name="nha.jpg", kind="CHAT", subject_type="conversation", subject_id=hoa.conversation.id,
            sensitive=True, actor=Actor.anonymous(hoa.id), at=at,
        )  # fmt: skip
        hoa.say(document_id=str(stored.id), file_name="nha.jpg")
        hoa.press("Ảnh mặt trước nhà và cột điện gần nhất")
        draft = request_queries.find_open_draft(visitor_id=hoa.id)
        assert [d.kind for d in document_queries.list_documents("draft", draft.id)] == ["HOUSE_PHOTO"]
        for text in ("Nguyễn Thị Hoa", "001185012345", "0901234567", "1 pha", "sáng"):
            hoa.say(text)
        hoa.press("Gửi yêu cầu")

        request = Request.objects.get()
        assert [d.kind for d in document_queries.list_documents("request", request.id)] == ["HOUSE_PHOTO"]
        assert [
            e.payload["paper"] for e in request_queries.list_entries(request.id) if e.name == "paper.added"
        ] == ["HOUSE_PHOTO"]

    def test_wrong_answer_at_sending_is_asked_again(self, hoa, at):
        hoa.say("toi muon mua dien")
        hoa.fill()
        draft = request_queries.find_open_draft(visitor_id=hoa.id)
        request_ops.save_answers(
            draft_id=draft.id, values={"phone": "12"}, actor=Actor.anonymous(hoa.id), at=at
        )
        text = hoa.press("Gửi yêu cầu")

        assert "Số điện thoại" in text
        assert Request.objects.count() == 0

    def test_idle_conversation_is_closed_and_its_draft_stays(self, hoa, at):
        from datetime import timedelta

        from motcua.assistant import operations

        hoa.say("toi muon mua dien")
        hoa.fill(2)
        assert operations.close_idle(at=at + timedelta(days=29)) == 0
        assert operations.close_idle(at=at + timedelta(days=31)) == 1
        assert hoa.conversation.status == "CLOSED"
        assert request_queries.find_open_draft(visitor_id=hoa.id) is not None
        hoa.at = at + timedelta(days=32)
        assert "đang điền dở" in hoa.say("toi muon mua dien")


class TestTwoWorkers:
    def test_one_conversation_is_answered_in_order_once(self, committed_company, at, race):
        visitor = Visitor(at)
        for number, text in enumerate(["toi muon mua dien", "không", PLACE]):
            webchat.accept(visitor_id=visitor.id, said=Said(client_msg_id=f"m{number}", text=text), at=at)

        results = race(*[lambda: messaging_ops.drain_inbox(at=at)] * 3)
        messaging_ops.drain_inbox(at=at)

        assert all(isinstance(r, int) for r in results), results
        draft = request_queries.find_open_draft(visitor_id=visitor.id)
        assert (draft.answers["has_meter"], draft.answers["place"]["text"]) == (False, PLACE)
        said = [m.direction for m in messaging_queries.list_messages(visitor.conversation.id)]
        assert said == ["IN", "OUT", "IN", "OUT", "IN", "OUT"]

    def test_double_send_makes_one_request(self, committed_company, at, race):
        visitor = Visitor(at)
        visitor.say("toi muon mua dien")
        visitor.fill()
        value = next(b["value"] for b in visitor.last.buttons if b["label"] == "Gửi yêu cầu")

        def send(key):
            webchat.accept(
                visitor_id=visitor.id, said=Said(client_msg_id=key, text="Gửi", button=value), at=at
            )
            return webchat.answer_now(visitor_id=visitor.id, at=at)

        race(lambda: send("x"), lambda: send("y"))
        messaging_ops.drain_inbox(at=at)

        assert Request.objects.count() == 1
        assert isinstance(Request.objects.get().id, UUID)
        assert Message.objects.filter(text__contains="Mã yêu cầu").count() == 1


class TestBursts:
    """Where nobody waits before a page: several quick messages are answered once, what cannot wait at once."""

    @pytest.fixture
    def says(self, company, monkeypatch):
        from datetime import timedelta

        from motcua.assistant import operations

        monkeypatch.setattr(operations, "BURST_WAIT", timedelta(seconds=2))

        def say(text, at, *, button=""):
            opened = messaging_ops.open_conversation(channel="ZALO", address="77", at=at)
            messaging_ops.append_in(
                conversation_id=opened.id, text=text, client_msg_id=f"{text}{at}", at=at,
                payload={"button": button} if button else None,
            )  # fmt: skip
            operations.handle_inbound(opened.id, at)
            return [m for m in messaging_queries.list_messages(opened.id) if m.direction == "OUT"]

        return say

    def test_quick_messages_are_answered_once_when_they_are_over(self, says, at):
        from datetime import timedelta

        from motcua.assistant import operations

        for second, text in enumerate(["alo", "ad oi", "mat dien roi"]):
            assert says(text, at + timedelta(seconds=second)) == []
        assert operations.answer_bursts(at=at + timedelta(seconds=3)) == 0
        assert operations.answer_bursts(at=at + timedelta(seconds=4)) == 1
        assert operations.answer_bursts(at=at + timedelta(seconds=5)) == 0

        [answer] = [
            m
            for m in messaging_queries.list_messages(
                messaging_queries.find_open_conversation("ZALO", "77").id
            )
            if m.direction == "OUT"
        ]
        assert "(1/4)" in answer.text

    def test_it_does_not_wait_for_ever(self, says, at):
        from datetime import timedelta

        from motcua.assistant import operations

        for second in range(8):
            says(f"alo {second}", at + timedelta(seconds=second))
        assert operations.answer_bursts(at=at + timedelta(seconds=8)) == 1

    def test_a_longer_message_takes_the_short_ones_before_it_along(self, says, at):
        says("alo", at)
        [answer] = says(
            "cho tôi hỏi muốn mua điện mới cho căn nhà vừa xây xong thì làm thế nào vậy em ơi, tôi cần gấp",
            at,
        )
        assert "(1/8)" in answer.text

    @pytest.mark.parametrize("text", ["cháy công tơ rồi", "gặp nhân viên", "menu"])
    def test_danger_and_commands_do_not_wait(self, says, at, text):
        assert says(text, at)

    def test_the_answer_to_a_question_does_not_wait(self, says, at):
        says("x", at, button="s|NEW-LV-RES")
        assert "(2/8)" in says("không", at)[-1].text
