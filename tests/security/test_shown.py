"""What strangers write is shown as they wrote it: never as HTML, never as a header, never as a template."""

import html
import re
from email import message_from_bytes

import pytest

from motcua.channels.accounts import Account
from motcua.channels.mail import composing, words
from motcua.channels.mail.threads import Chain
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.edge.playing import frame
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.messaging import operations, rules
from motcua.messaging.models import Message, OutboxMessage
from motcua.messaging.rules import Delivery, Kind
from tests.web import people

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)><svg/onload=alert(3)>&lt;b&gt; javascript:alert(4)"
LAN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["INTAKE"], [])


@pytest.fixture(autouse=True)
def now(at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))


def is_clean(page: str) -> bool:
    """No element and no attribute came out of the words."""
    return not re.search(r"<script>alert|<img src=x|<svg/onload|href=\"javascript:|onerror=alert\(2\)>", page)


class TestPages:
    @pytest.fixture
    def talk(self, hanoi):
        hanoi.post("/chat/send", {"text": EVIL, "client_msg_id": "1"})
        return Message.objects.get(author="customer").conversation_id

    @pytest.mark.parametrize("path", ["/chat/", "/chat/panel", "/chat/poll?after=0"])
    def test_the_customers_own(self, hanoi, talk, path):
        page = hanoi.get(path).content.decode()

        assert is_clean(page)
        assert html.escape(EVIL, quote=True).partition("&quot;")[0] in page

    def test_the_desks(self, hanoi, talk, company):
        desk = people.browser(people.add_staff("lan", *Role))

        seen = desk.get(f"/ban-viec/hoi-thoai/{talk}/", follow=True).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
        for page in (seen, desk.get("/ban-viec/hoi-thoai/", follow=True).content.decode()):
            assert is_clean(page)

    def test_names_and_subjects_that_channels_tell_us(self, company, at):
        talk = operations.open_conversation(channel="EMAIL", address="a@example.com", at=at)
        operations.append_in(
            conversation_id=talk.id, text="[Tệp]", client_msg_id="1", at=at, kind="FILE", author_name=EVIL,
            payload={"subject": EVIL, "from_name": EVIL, "file_name": EVIL, "document_id": EVIL, "button": EVIL},
        )  # fmt: skip
        desk = people.browser(people.add_staff("lan", *Role))

        assert is_clean(desk.get(f"/ban-viec/hoi-thoai/{talk.id}/", follow=True).content.decode())

    def test_words_in_an_address_of_ours(self, hanoi):
        for path in ("/hoi-dap/?q=", "/theo-doi/?so=", "/tiep-tuc/?ma=", "/theo-doi/"):
            assert is_clean(
                hanoi.get(path + html.escape(EVIL).replace("&", "%26").replace("#", "%23")).content.decode()
            )

    def test_a_frame_of_the_stream_cannot_be_broken_out_of(self, at):
        told = frame(
            1, "IN", "TEXT", "customer", "", "a\n\nevent: evil\ndata: {}\r\rid: 9\n\n", {}, at, "ZALO"
        )

        assert told.count(b"\n") == 4
        assert b"\r" not in told


class TestTemplates:
    @pytest.mark.parametrize(
        "name", ["{code}", "{0}", "{name.__class__}", "{{code}}", "%(code)s", "${code}", "{code"]
    )
    def test_what_stands_in_braces_in_a_value_is_no_placeholder(self, name):
        filled = rules.render("Chào {name}, mã {code}.", {"name": name, "code": "123456"})

        assert filled == f"Chào {name}, mã 123456."

    def test_nothing_of_a_value_is_looked_into(self):
        assert "class" not in rules.render("{code.__class__}{code[0]}{code!r}", {"code": "x"}).replace(
            "{code.__class__}", ""
        )

    def test_a_colleagues_words_go_out_as_they_are(self, company, at):
        talk = operations.open_conversation(channel="ZALO", address="1", at=at)
        operations.append_in(conversation_id=talk.id, text="a", client_msg_id="1", at=at)
        operations.append_out(
            conversation_id=talk.id, text="{brand} {said} %(x)s {", author=LAN, key="1", at=at
        )

        row = OutboxMessage.objects.get()
        assert rules.render(row.texts["vi"], row.params) == "{brand} {said} %(x)s {"


class TestMail:
    OWN = Account(
        "HANOI",
        "",
        "EVNHANOI",
        {},
        "",
        settings={"mailbox": "cskh@evnhanoi.example", "from": "cskh@evnhanoi.example"},
    )

    def compose(
        self,
        at,
        text="Chào chị",
        address="a@example.com",
        subject="",
        sender="EVNHANOI",
        attached=None,
        **more,
    ):
        account = Account("HANOI", "", sender, {}, "", settings=self.OWN.settings)
        delivery = Delivery("d1", "EMAIL", address, text, Kind.REPLY, 1, **more)
        return composing.compose(
            delivery, account, Chain(subject=subject), at=at, attached=attached
        ).as_bytes()

    def test_html_in_the_words_stays_words(self, at):
        raw = self.compose(
            at, EVIL, buttons=({"label": EVIL, "url": 'https://a.example/"><script>alert(1)</script>'},)
        )

        made = message_from_bytes(raw).get_payload()[1].get_payload(decode=True).decode()
        assert is_clean(made)
        assert "&lt;script&gt;" in made

    @pytest.mark.parametrize(
        "evil",
        ["\r\nBcc: all@example.com", "\nBcc: all@example.com", "\r\n\r\n<html>", "\rBcc: a@example.com"],
    )
    @pytest.mark.parametrize("where", ["subject", "sender", "address", "text", "file"])
    def test_no_header_comes_out_of_a_value(self, at, evil, where):
        attached = composing.Attached(f"a{evil}.jpg", "image/jpeg", b"x") if where == "file" else None
        given = {where: f"a@example.com{evil}"} if where != "file" else {"attached": attached}
        try:
            raw = self.compose(at, **given)
        except ValueError:
            return  # it does not go at all
        assert message_from_bytes(raw)["Bcc"] is None
        head = raw.partition(b"\r\n\r\n")[0]
        assert not re.search(rb"(?m)^<html>", head)
        assert not re.search(rb"(?im)^bcc:", head)

    def test_scripts_and_hidden_words_of_a_mail_are_not_read(self):
        read = words.of_html(
            f"<p>Chào</p>{EVIL}<style>x</style><p style='display:none'>giấu</p><iframe>khung</iframe>"
        )

        assert "alert(1)" not in read
        assert "giấu" not in read
        assert "khung" not in read
