"""The page of the company's Page on Facebook: settings, secrets never shown, a test, what was not believed."""

from __future__ import annotations

import pytest
from django.conf import settings

from motcua.channels import accounts, credentials, tokens
from motcua.channels.messenger import hook, templates
from motcua.channels.models import ChannelAccount, RejectedCall
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.sandbox import messenger
from tests.channels.messenger_house import messenger_house  # noqa: F401 - a fixture
from tests.web import people

PAGE, LIST = "/quan-tri/kenh/messenger/", "/quan-tri/kenh/"
GIVEN = {
    "page_id": "100200300400500", "app_id": "1234567890123456", "sender_name": "Điện lực", "page_token": "page-token-1",
    "app_secret": "app-secret-1", "version": "v25.0", "human_agent": "on",
    "templates": "request.received = request_received : number, service, due, link",
}  # fmt: skip


@pytest.fixture
def page(company):
    accounts.forget()
    yield people.browser(people.add_staff("anh", Role.ADMIN))
    accounts.forget()


def row():
    return ChannelAccount.objects.get(channel="MESSENGER")


class TestSettings:
    def test_are_kept_secrets_sealed_and_never_shown(self, page):
        assert page.post(PAGE, GIVEN).status_code == 302

        found = accounts.find_account("MESSENGER")
        assert (found.base_url, found.keys["page_token"]) == ("https://graph.facebook.com", "page-token-1")
        assert templates.find(found, "request.received").params == ("number", "service", "due", "link")
        text = page.get(PAGE).content.decode()
        assert "page-token-1" not in text and "app-secret-1" not in text
        assert "/hooks/messenger" in text and hook.verify_token("app-secret-1") in text
        assert "request.received = request_received : number, service, due, link" in text

    def test_an_empty_secret_stays_and_a_new_one_is_believed_beside_the_old(self, page):
        page.post(PAGE, GIVEN)
        tokens.note_state("MESSENGER", is_live=False, code="190", until=None, at=clock.now())
        page.post(PAGE, {**GIVEN, "page_token": "", "app_secret": "app-secret-2"})
        assert tokens.find_token("MESSENGER").needs_consent
        page.post(PAGE, {**GIVEN, "page_token": "page-token-2", "app_secret": ""})

        assert accounts.find_account("MESSENGER").keys["page_token"] == "page-token-2"
        assert tokens.find_token("MESSENGER") is None
        secrets = credentials.unseal(row().sealed_hook_secrets, settings.SECRET_KEY)
        assert secrets == ["app-secret-2", "app-secret-1"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("page_id", "abc"), ("app_id", ""), ("version", "25"), ("page_token", ""), ("app_secret", ""),
            ("templates", "nothing.known = a : number"), ("templates", "request.received = a : number"), ("templates", "x"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_nothing_kept(self, page, field, value):
        assert page.post(PAGE, {**GIVEN, field: value}).status_code == 422
        assert not ChannelAccount.objects.exists()

    def test_switched_off_and_on_again_keeps_all(self, page):
        page.post(PAGE, GIVEN)
        page.post(f"{PAGE}viec/", {"viec": "tat"})
        assert accounts.find_account("MESSENGER") is None
        page.post(PAGE, {**GIVEN, "page_token": "", "app_secret": ""})
        assert accounts.find_account("MESSENGER") is None, "saving does not switch it on"
        page.post(f"{PAGE}viec/", {"viec": "bat"})

        assert accounts.find_account("MESSENGER").keys["app_secret"] == "app-secret-1"

    def test_shows_what_was_not_believed(self, page):
        at = clock.now()
        RejectedCall.objects.create(
            channel="MESSENGER", reason="HANDSHAKE", day=local_date(at), count=7, first_at=at, last_at=at
        )
        text = page.get(PAGE).content.decode()

        assert "mã xác minh" in text and ">7<" in text
        assert "Facebook Messenger" in page.get(LIST).content.decode()


class TestActs:
    @pytest.fixture
    def house(self, messenger_house):  # noqa: F811
        return messenger_house

    def test_try_put_up_and_hand_in(self, page, house):
        for what, told in (
            ("thu", "Kết nối được: Điện lực HANOI (thử)"), ("trang", "nút Bắt đầu"), ("mau", "request_received"),
            ("mau", "đã có mọi mẫu tin"),
        ):  # fmt: skip
            assert page.post(f"{PAGE}viec/", {"viec": what}).status_code == 302
            assert told in page.get(PAGE).content.decode()
        shown, fields = messenger.find_page("HANOI")
        assert "persistent_menu" in shown and "messages" in fields

    def test_a_refusal_stands_on_the_page_in_words(self, page, house, monkeypatch):
        monkeypatch.setattr(messenger, "secret_of", lambda company: "another")
        answer = page.post(f"{PAGE}viec/", {"viec": "thu"})

        assert answer.status_code == 422
        assert "lỗi 190" in answer.content.decode()
        assert page.post(f"{PAGE}viec/", {"viec": "x"}).status_code == 404
