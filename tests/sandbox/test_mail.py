"""The mailbox of a person: its page, its JSON; the mail server's doors as they are opened beside the edge."""

import asyncio
import imaplib
import smtplib

import pytest

from motcua.channels import stand_ins
from motcua.ops import machines
from motcua.sandbox import mail, mail_server, store


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    class Home:
        home = tmp_path

    monkeypatch.setattr(store, "ENV", Home)


class TestMailbox:
    def test_writes_reads_and_answers(self, hanoi, at):
        hanoi.post(
            "/sandbox/mail/write",
            {"mail": "Hoa@example.com", "subject": "Giá điện", "text": "xin hỏi <b>giá</b>"},
        )
        raw = (
            b"From: EVN <cskh@hanoi.example>\r\nReply-To: cskh+t@hanoi.example\r\nSubject: Re: x\r\nDate: x\r\n"
            b"Message-ID: <1@hanoi.example>\r\n\r\nxin nghe\r\n"
        )
        serial = mail.put("HANOI", "hoa@example.com", "hoa@example.com", raw, at)
        page = hanoi.get(f"/sandbox/mail/?mail=hoa@example.com&answers={serial}").content.decode()
        assert "xin hỏi &lt;b&gt;giá&lt;/b&gt;" in page and "xin nghe" in page

        hanoi.post(
            "/sandbox/mail/write", {"mail": "hoa@example.com", "text": "cảm ơn", "answers": str(serial)}
        )
        told = hanoi.get("/sandbox/mail/letters.json?mail=hoa@example.com").json()["letters"]
        assert told[0]["headers"]["To"] == "cskh+t@hanoi.example"
        assert told[0]["text"].startswith("cảm ơn\n\nVào ")
        assert told[0]["headers"]["In-Reply-To"] == "<1@hanoi.example>"

    def test_programs_write_json(self, hanoi):
        sent = hanoi.post(
            "/sandbox/mail/write", {"mail": "a@example.com", "text": "alo"}, content_type="application/json"
        )
        assert sent.status_code == 202 and sent.json()["sent"]
        assert (
            hanoi.post(
                "/sandbox/mail/write", {"mail": "x", "text": "a"}, content_type="application/json"
            ).status_code
            == 422
        )

    def test_says_what_is_wrong_with_an_address(self, hanoi):
        assert hanoi.get("/sandbox/mail/?mail=x").status_code == 422
        assert hanoi.get("/sandbox/mail/letters.json?mail=x").status_code == 422

    def test_is_not_there_outside_a_demo(self, hanoi, monkeypatch):
        from motcua.sandbox import gate

        monkeypatch.setattr(gate, "is_open", lambda: False)
        assert hanoi.get("/sandbox/mail/").status_code == 404


class TestDoors:
    def test_open_with_the_edge_and_close_with_it(self, monkeypatch):
        """Real clients against both doors, opened as a demonstration opens them."""
        monkeypatch.setattr(stand_ins, "mail_ports", lambda edge_port: (0, 0))
        seen = {}

        def look(server):
            smtp = smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=60)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login("cskh@hanoi.example", "wrong")
            assert smtp.mail("cskh@hanoi.example")[0] == 530, "log in first"
            smtp.login("cskh@hanoi.example", mail.password_of("HANOI"))
            assert smtp.mail("boss@other.example")[0] == 553
            smtp.mail("cskh@hanoi.example")
            smtp.rcpt("a@example.com")
            assert smtp.data(b"Subject: x\r\n\r\nno date\r\n")[0] == 554
            smtp.quit()
            imap = imaplib.IMAP4("127.0.0.1", server.imap_port, timeout=60)
            assert imap.login("cskh@hanoi.example", mail.password_of("HANOI"))[0] == "OK"
            assert imap.select("INBOX")[0] == "OK"
            assert imap.select("Spam")[0] == "NO"
            imap.logout()
            seen["done"] = True

        async def run():
            async with mail_server.opened(1) as server:
                await asyncio.to_thread(look, server)

        asyncio.run(run())
        assert seen["done"]

    def test_a_company_sees_no_other_mailbox(self):
        assert mail.company_of("cskh@hanoi.example") == "HANOI"
        assert mail.company_of("boss@hanoi.example") == ""
        assert mail.password_of("HANOI") != mail.password_of("NPC")

    def test_the_start_of_a_demonstration_opens_them(self, monkeypatch):
        opened = []

        class Doors:
            async def __aenter__(self):
                opened.append("in")

            async def __aexit__(self, *error):
                opened.append("out")

        async def edge(scope, receive, send):
            opened.append(scope["type"])

        monkeypatch.setattr(machines, "edge", edge)
        monkeypatch.setattr(machines.gate, "is_open", lambda: True)
        monkeypatch.setattr(machines.mail_server, "opened", lambda port: Doors())
        asyncio.run(machines.app({"type": "lifespan"}, None, None))
        assert opened == ["in", "lifespan", "out"]
