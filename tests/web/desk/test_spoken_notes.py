"""Calls and what was said at the counter, written down: a conversation of their own, or in the thread of a customer made sure of."""

import pytest

from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.customers.models import Handle
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries, spoken
from motcua.messaging.desk import routing
from motcua.messaging.models import Conversation, Leg, Message, OutboxMessage
from tests.requests.conftest import home_answers, submit_home, visitor  # noqa: F401 - fixtures
from tests.web import people

PAGE, AT_COUNTER = "/ban-viec/ghi-cuoc-goi/", "/quay/ghi-chu/"
CALL = {
    "number": "0901 234 567",
    "who": "Chị Hoa",
    "direction": "IN",
    "topic": "BILL",
    "summary": "Hỏi vì sao hóa đơn tháng 10 tăng.",
    "key": "k1",
}
SYSTEM = Actor.system("test")


@pytest.fixture
def agent(company):
    return people.browser(people.add_staff("tiep-nhan", Role.INTAKE))


@pytest.fixture
def hoa(company, at):
    made = customer_ops.create_customer(full_name="Nguyễn Thị Hoa", phone="0901234567", actor=SYSTEM, at=at)
    return getattr(made, "id", made)


def notes():
    return list(Message.objects.filter(is_internal=True, payload__spoken__isnull=False).order_by("id"))


class TestCall:
    def test_of_somebody_unknown_is_a_conversation_of_its_own_and_over(self, agent):
        answer = agent.post(PAGE, CALL)
        [note] = notes()
        here = Conversation.objects.get()
        assert answer["Location"] == f"/ban-viec/hoi-thoai/{here.id}/"
        assert (here.channel, here.status, here.customer_id) == ("PHONE", "CLOSED", None)
        assert note.text.split("\n") == [
            "Khách gọi đến · Chị Hoa · 0901 234 567", "Chủ đề: Hóa đơn, thanh toán", "Hỏi vì sao hóa đơn tháng 10 tăng.",
        ]  # fmt: skip
        assert note.author_name == "Tiep-Nhan" and note.payload["topic"] == "BILL"
        assert not OutboxMessage.objects.exists() and not Leg.objects.filter(ended_at=None).exists()
        page = agent.get(answer["Location"]).content.decode()
        assert "Hỏi vì sao hóa đơn tháng 10 tăng." in page and "Điện thoại" in page and "mo-lai" not in page

    def test_is_never_opened_to_be_answered(self, agent, at):
        agent.post(PAGE, CALL)
        with pytest.raises(spoken.SpokenOnly):
            routing.reopen(conversation_id=Conversation.objects.get().id, actor=SYSTEM, at=at)
        assert Conversation.objects.get().status == "CLOSED"

    def test_sent_twice_is_one_note(self, agent):
        assert agent.post(PAGE, CALL)["Location"] == agent.post(PAGE, CALL)["Location"]
        assert len(notes()) == 1
        agent.post(PAGE, {**CALL, "key": "k2"})
        assert (len(notes()), Conversation.objects.count()) == (2, 2)

    def test_number_alone_makes_nobody_of_it(self, agent, hoa):
        """Whoever shows a number is not yet its owner."""
        agent.post(PAGE, CALL)
        assert Conversation.objects.get().customer_id is None

    def test_of_a_customer_made_sure_of_stands_in_their_open_conversation(self, agent, hoa, at):
        here = messaging_ops.open_conversation(channel="ZALO", address="z1", at=at, customer_id=hoa)
        messaging_ops.append_in(conversation_id=here.id, text="chào", client_msg_id="1", at=at)
        answer = agent.post(PAGE, {**CALL, "khach": str(hoa), "reason": "Đọc đúng mã khách hàng và CCCD"})
        assert answer["Location"] == f"/ban-viec/hoi-thoai/{here.id}/"
        found = queries.find_conversation(here.id)
        assert (found.is_open, found.channel, found.address, found.owner) == (True, "ZALO", "z1", "BOT")
        assert notes()[0].text.endswith("Đã kiểm tra người nói: Đọc đúng mã khách hàng và CCCD")
        assert not Leg.objects.filter(channel="PHONE", ended_at=None).exists()
        assert not Handle.objects.exists()  # a call proves nothing for the next one
        card = agent.get(f"/ban-viec/khach-hang/{hoa}/").content.decode()
        assert f"/ban-viec/hoi-thoai/{here.id}/" in card and f"{PAGE}?khach={hoa}" in card

    def test_without_an_open_conversation_it_is_on_the_card(self, agent, hoa):
        agent.post(PAGE, {**CALL, "khach": str(hoa), "reason": "Đọc đúng mã khách hàng"})
        here = Conversation.objects.get()
        assert (here.customer_id, here.status) == (hoa, "CLOSED")
        assert f"/ban-viec/hoi-thoai/{here.id}/" in agent.get(f"/ban-viec/khach-hang/{hoa}/").content.decode()
        told = AuditEntry.objects.get(verb="conversation.spoken").facts
        assert told["customer"] == str(hoa) and told["checked"] == "Đọc đúng mã khách hàng"

    def test_customer_without_how_we_know_is_refused_and_nothing_typed_is_lost(self, agent, hoa):
        answer = agent.post(PAGE, {**CALL, "khach": str(hoa), "reason": " "})
        page = answer.content.decode()
        assert answer.status_code == 422 and "để biết đúng là khách này" in page
        assert "Hỏi vì sao hóa đơn tháng 10 tăng." in page and not notes()

    def test_about_a_request_of_ours(self, agent, submit_home):  # noqa: F811
        number = submit_home().number
        agent.post(PAGE, {**CALL, "request": number.lower()})
        assert f"Yêu cầu: {number}" in notes()[0].text
        assert Conversation.objects.get(channel="PHONE").request_id is not None

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("number", "12"),
            ("summary", "  "),
            ("topic", ""),
            ("topic", "X"),
            ("direction", ""),
            ("request", "HN26-000999-1"),
        ],
    )
    def test_says_what_is_wrong_next_to_it(self, agent, name, value):
        answer = agent.post(PAGE, {**CALL, name: value})
        assert answer.status_code == 422 and "aria-invalid" in answer.content.decode() and not notes()

    def test_looks_for_the_customer_and_keeps_what_was_typed(self, agent, hoa):
        page = agent.post(PAGE, {**CALL, "viec": "tim", "find": "0901234567"}).content.decode()
        assert "Nguyễn Thị Hoa" in page and f'value="{hoa}"' in page and "Chị Hoa" in page
        chosen = agent.post(PAGE, {**CALL, "viec": "tim", "khach": str(hoa)}).content.decode()
        assert 'name="reason"' in chosen and "Chị Hoa" in chosen and not notes()

    def test_link_brings_number_customer_and_request(self, agent, hoa):
        page = agent.get(f"{PAGE}?dt=0901234567&khach={hoa}&yeu-cau=HN26-000001-9").content.decode()
        assert "Nguyễn Thị Hoa" in page and "HN26-000001-9" in page and 'value="0901234567"' in page
        assert PAGE in agent.get("/ban-viec/cuoc-goi/").content.decode()


class TestCounter:
    def test_note_stands_in_the_customers_thread(self, agent, hoa):
        told = {"who": "Chị Hoa", "topic": "SERVICE", "summary": "Hỏi giấy tờ tách hộ.", "key": "q1"}
        answer = agent.post(AT_COUNTER, {**told, "khach": str(hoa), "reason": "Xem CCCD gốc"})
        assert answer.status_code == 302
        assert Conversation.objects.get().channel == "COUNTER"
        assert notes()[0].text.startswith("Tại quầy · Chị Hoa\nChủ đề: Hỏi dịch vụ, thủ tục")
        assert AT_COUNTER in agent.get("/quay/").content.decode()


class TestWriting:
    def test_nothing_said_is_no_note(self, company, at):
        with pytest.raises(messaging_ops.MessageEmpty):
            spoken.write_down(channel="PHONE", key="a", text=" ", author=SYSTEM, at=at)
        assert not Conversation.objects.exists()

    def test_nothing_is_ever_sent_there(self, company, at):
        from motcua.channels.spoken import Spoken
        from motcua.messaging.rules import SendFailed

        with pytest.raises(SendFailed) as failed:
            Spoken("PHONE").send(None)
        assert failed.value.is_final
        with pytest.raises(ValueError, match="nothing"):
            Spoken("PHONE").parse(None)


class TestRace:
    def test_two_posts_of_one_form_make_one_note(self, committed_company, race, at):
        def write():
            return spoken.write_down(
                channel="PHONE", key="k", text="Hỏi giá", author=SYSTEM, at=at, number="+84901234567"
            ).seq

        assert race(write, write) == [1, 1]
        assert (Conversation.objects.count(), len(notes())) == (1, 1)
