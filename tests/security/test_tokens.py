"""What opens a door at one company, for one person or one conversation opens no other."""

from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client

from motcua.channels import live
from motcua.companies.context import using_company
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.messaging.models import Message
from motcua.requests import operations as request_ops
from tests.web import people

ODD = [
    "",
    "x",
    ":",
    "::",
    "a:b:c",
    ".a:b:c",
    "é:ü:ä",
    "\0:\0:\0",
    "a" * 100_000,
    "W10:1:x",
    "null",
    "{}",
    "ZZZ:1uOk2g:" + "A" * 43,
]


@pytest.fixture(autouse=True)
def now(at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))


def chat(client: Client, text: str) -> str:
    client.post("/chat/send", {"text": text, "client_msg_id": "1"})
    return client.cookies["mc_visitor"].value


class TestVisitors:
    """The cookie of a browser that chats."""

    def test_of_one_company_is_nobody_at_another(self, hanoi):
        token = chat(hanoi, "chuyện riêng của tôi")
        elsewhere = Client(headers={"host": "npc.localhost"})
        elsewhere.cookies["mc_visitor"] = token

        for path in ("/chat/", "/chat/poll?after=0", "/cua-toi/"):
            assert "chuyện riêng" not in elsewhere.get(path).content.decode()
        assert elsewhere.get("/chat/file/1").status_code == 404

    @pytest.mark.parametrize("token", ODD)
    def test_made_up_is_nobody(self, hanoi, token):
        chat(hanoi, "chuyện riêng của tôi")
        thief = people.browser()
        thief.cookies["mc_visitor"] = token.replace("\0", "%00")

        answer = thief.get("/chat/")
        assert answer.status_code == 200
        assert "chuyện riêng" not in answer.content.decode()

    def test_a_letter_changed_is_nobody(self, hanoi):
        token = chat(hanoi, "chuyện riêng của tôi")
        for changed in (
            token[:-1],
            token + "0",
            token[1:],
            token.upper() if token.upper() != token else token.lower(),
            token[::-1],
        ):
            thief = people.browser()
            thief.cookies["mc_visitor"] = changed
            assert "chuyện riêng" not in thief.get("/chat/").content.decode()

    def test_the_number_of_a_visitor_is_not_the_token(self, hanoi):
        chat(hanoi, "chuyện riêng của tôi")
        thief = people.browser()
        for visitor in Message.objects.values_list("conversation__visitor_id", flat=True):
            thief.cookies["mc_visitor"] = str(visitor)
            assert "chuyện riêng" not in thief.get("/chat/").content.decode()

    def test_nothing_posted_names_another_visitor(self, hanoi, company):
        chat(hanoi, "chuyện riêng của tôi")
        own = Message.objects.get(author="customer")
        thief = people.browser()
        thief.post(
            "/chat/send",
            {"text": "của kẻ khác", "client_msg_id": "1", "visitor_id": str(own.conversation_id), "conversation_id": str(own.conversation_id),
             "customer_id": "1", "sender": "x", "channel": "ZALO"},
        )  # fmt: skip

        said = Message.objects.filter(author="customer").order_by("at", "id")
        assert {one.conversation_id for one in said if one.text == "của kẻ khác"} != {own.conversation_id}
        assert "của kẻ khác" not in hanoi.get("/chat/").content.decode()


class TestTickets:
    """The right to hear a conversation, in the address of a stream."""

    def test_is_for_one_company_and_conversation_and_for_minutes(self):
        talk = uuid4()
        ticket = live.make_ticket(company_code="HANOI", conversation_id=talk)

        assert live.read_ticket(ticket, company_code="HANOI").conversation_id == talk
        assert live.read_ticket(ticket, company_code="NPC") is None
        assert live.read_ticket(ticket, company_code="HANO") is None
        assert live.read_ticket(ticket, company_code="HANOI", life_seconds=-1) is None

    @pytest.mark.parametrize("ticket", ODD)
    def test_made_up_is_none(self, ticket):
        assert live.read_ticket(ticket, company_code="HANOI") is None
        assert live.read_desk_ticket(ticket, company_code="HANOI") is None

    def test_a_customers_is_no_colleagues(self):
        talk = uuid4()
        ticket = live.make_ticket(company_code="HANOI", conversation_id=talk)
        assert live.read_ticket(ticket, company_code="HANOI").scope == live.CUSTOMER
        assert live.read_desk_ticket(ticket, company_code="HANOI") is None
        told, _, rest = ticket.partition(":")
        wider = signing.b64_encode(b'["%s","staff","","",""]' % talk.hex.encode()).decode()
        assert told != wider
        assert live.read_ticket(f"{wider}:{rest}", company_code="HANOI") is None

    @pytest.mark.parametrize(
        "salt",
        ["motcua.live", "motcua.live:", "motcua.follow.HANOI", "django.core.signing", "motcua.live:NPC"],
    )
    def test_what_is_signed_for_something_else_is_no_ticket(self, salt):
        other = signing.dumps([uuid4().hex, "staff", "", "", ""], salt=salt)

        assert live.read_ticket(other, company_code="HANOI") is None


class TestForms:
    @pytest.fixture
    def draft(self, company, at):
        visitor = customer_ops.open_session(at=at)
        return request_ops.start_draft(
            service_code="NEW-LV-RES",
            channel="WEB",
            actor=Actor.anonymous(visitor.id),
            at=at,
            visitor_id=visitor.id,
        )

    def test_the_code_of_a_form_is_none_at_another_company(self, draft):
        there = Client(headers={"host": "npc.localhost"})

        answer = there.post("/tiep-tuc/", {"ma": draft.resume_code, "code": draft.resume_code}, follow=True)
        assert str(draft.id) not in answer.content.decode()
        assert there.get(f"/phieu/{draft.id}/").status_code in {302, 403, 404}
        assert there.get(f"/tiep-tuc/?ma={draft.resume_code}", follow=True).status_code < 500

    def test_the_number_of_a_form_is_not_the_right_to_it(self, draft):
        stranger = people.browser()

        for path in ("", "giay-to/", "xem-lai/"):
            assert stranger.get(f"/phieu/{draft.id}/{path}").status_code in {302, 403, 404}

    @pytest.mark.parametrize("value", ODD)
    def test_a_made_up_right_to_follow_is_none(self, hanoi, value):
        hanoi.cookies["mc_follow"] = value.replace("\0", "%00")[:4000]

        assert hanoi.get("/theo-doi/").status_code == 200

    def test_the_right_to_follow_is_one_companys(self, hanoi):
        with using_company("NPC"):
            from motcua.web.visitors import _salt

            elsewhere = signing.dumps([str(uuid4())], salt=_salt())
        assert signing.loads(elsewhere, salt="motcua.follow.NPC")
        hanoi.cookies["mc_follow"] = elsewhere
        assert hanoi.get("/theo-doi/").status_code == 200
        with pytest.raises(signing.BadSignature):
            signing.loads(elsewhere, salt="motcua.follow.HANOI")


class TestStaff:
    def test_a_session_of_one_company_is_nobodys_at_another(self, company):
        desk = people.browser(people.add_staff("lan", *Role))
        assert desk.get("/ban-viec/", follow=True).status_code == 200

        there = Client(headers={"host": "npc.localhost"})
        there.cookies["sessionid"] = desk.cookies[next(iter(desk.cookies))].value
        for path in ("/ban-viec/", "/ban-viec/hoi-thoai/", "/quan-tri/"):
            assert there.get(path).status_code in {302, 403, 404}


class TestHosts:
    """Which company a call is for is said by the Host header alone."""

    @pytest.mark.parametrize(
        "headers",
        [{"x-forwarded-host": "npc.localhost"}, {"x-host": "npc.localhost"}, {"forwarded": "host=npc.localhost"}, {"x-original-host": "npc.localhost"}],
    )  # fmt: skip
    def test_no_other_header_moves_it(self, company, headers):
        told = Client(headers={"host": "hanoi.localhost", **headers}).get("/").content.decode()

        assert "npc.localhost" not in told

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "hanoi.localhost.evil.example",
            "hanoi.localhost@evil.example",
            "",
            "[::1]",
            "npc",
            "hanoi.localhost.",
        ],
    )
    def test_an_unknown_one_is_nobodys(self, company, host):
        assert Client(headers={"host": host}).get("/").status_code in {400, 404}
