"""The page of the company's Official Account: settings, secrets never shown, consent, what was not believed."""

from __future__ import annotations

import dataclasses
import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from motcua.channels import accounts, credentials, tokens
from motcua.channels.models import ChannelAccount, RejectedCall
from motcua.channels.zalo import consent, templates
from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.config.env import ENV
from motcua.kernel.local_time import local_date
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import OutboxMessage
from motcua.messaging.rules import Kind
from motcua.web.staff import channel_setups
from tests.web import people

PAGE, LIST = "/quan-tri/kenh/zalo/", "/quan-tri/kenh/"
GIVEN = {
    "oa_id": "9998887776665554443", "app_id": "1234567890123456789", "app_secret": "app-secret-1", "hook_secret": "hook-secret-1",
    "mac": "either", "pkce_mode": "per_request", "consent_link": "", "verifier": "", "buttons": "on",
    "templates": "request.received = 345678 : so_phieu=number, han=due",
}  # fmt: skip


@pytest.fixture
def page(company):
    accounts.forget()
    yield people.browser(people.add_staff("anh", Role.ADMIN))
    accounts.forget()


def row():
    return ChannelAccount.objects.get(channel="ZALO")


class TestSettings:
    def test_are_kept_secrets_sealed_and_never_shown(self, page):
        assert page.post(PAGE, GIVEN).status_code == 302

        found = accounts.find_account("ZALO")
        assert (found.base_url, found.keys["app_secret"]) == ("https://openapi.zalo.me", "app-secret-1")
        assert credentials.unseal(row().sealed_hook_secrets, settings.SECRET_KEY) == ["hook-secret-1"]
        assert templates.find(found, "request.received", to_phone=True).params == {
            "so_phieu": "number",
            "han": "due",
        }
        text = page.get(PAGE).content.decode()
        assert "app-secret-1" not in text and "hook-secret-1" not in text
        assert "/hooks/zalo" in text and "/quan-tri/kenh/zalo/tro-ve/" in text
        assert "request.received = 345678" in text

    def test_an_empty_secret_stays_and_a_new_one_is_believed_beside_the_old(self, page):
        page.post(PAGE, GIVEN)
        page.post(PAGE, {**GIVEN, "app_secret": "", "hook_secret": ""})
        assert accounts.find_account("ZALO").keys["app_secret"] == "app-secret-1"
        page.post(PAGE, {**GIVEN, "hook_secret": "hook-secret-2"})

        assert credentials.unseal(row().sealed_hook_secrets, settings.SECRET_KEY) == [
            "hook-secret-2",
            "hook-secret-1",
        ]
        assert AuditEntry.objects.filter(verb="channel.account_set").count() == 3

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("oa_id", "abc"), ("app_id", ""), ("mac", "x"), ("consent_link", "https://evil.example/v4"), ("verifier", "short"),
            ("templates", "nothing.known = 1"), ("templates", "request.received = 1 : a=unknown"), ("templates", "x"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_nothing_kept(self, page, field, value):
        answer = page.post(PAGE, {**GIVEN, field: value})

        assert answer.status_code == 422
        assert not ChannelAccount.objects.exists()

    def test_may_be_tried_with_stand_ins_that_run_apart_but_never_in_production(self, page, monkeypatch):
        base = "http://127.0.0.1:8801/sandbox/zalo"
        assert page.post(PAGE, {**GIVEN, "base_url": "http://169.254.169.254/latest"}).status_code == 422
        page.post(PAGE, {**GIVEN, "base_url": f"{base}/"})

        found = accounts.find_account("ZALO")
        assert (found.base_url, found.host, found.is_stand_in) == (base, "hanoi.localhost", True)
        assert consent.begin(found, redirect="https://x", at=clock.now()).startswith(
            f"{base}/v4/oa/permission?"
        )
        assert base in page.get(PAGE).content.decode()

        production = dataclasses.replace(ENV, production=True)
        for module in (accounts, channel_setups):
            monkeypatch.setattr(module, "ENV", production)
        accounts.forget()
        assert accounts.find_account("ZALO") is None
        assert 'name="base_url"' not in page.get(PAGE).content.decode()
        page.post(PAGE, {**GIVEN, "base_url": base})
        assert accounts.find_account("ZALO").base_url == "https://openapi.zalo.me"

    def test_switched_off_and_on_again_keeps_all(self, page):
        page.post(PAGE, GIVEN)
        page.post(f"{PAGE}viec/", {"viec": "tat"})
        assert accounts.find_account("ZALO") is None
        page.post(f"{PAGE}viec/", {"viec": "bat"})

        assert accounts.find_account("ZALO").keys["app_secret"] == "app-secret-1"

    def test_shows_what_was_not_believed_and_what_waits(self, page):
        at = clock.now()
        RejectedCall.objects.create(
            channel="ZALO", reason="SIGNATURE", day=local_date(at), count=7, first_at=at, last_at=at
        )
        messaging_ops.queue_message(
            key="k", channel="ZALO", address="1", texts={"vi": "x"}, params={}, kind=Kind.REPLY, at=at
        )
        OutboxMessage.objects.update(reason="ZALO_-321")
        text = page.get(PAGE).content.decode()

        assert "chữ ký không khớp" in text and ">7<" in text
        assert "hết tiền (-321)" in text
        assert page.get(LIST).status_code == 200


class TestConsent:
    def ask(self, page):
        page.post(PAGE, GIVEN)
        return self.link_after(page.post(f"{PAGE}viec/", {"viec": "xin-quyen"}, follow=True))

    def link_after(self, answer):
        """Where the page leads: by a link, since a form may lead to no other site, nor a redirect after it."""
        assert [code for _url, code in answer.redirect_chain] == [302]
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        return html.unescape(re.search(r'href="(https://oauth[^"]+)"', answer.content.decode())[1])

    def test_leads_to_zalo_with_a_challenge_and_back_with_tokens(self, page, monkeypatch):
        address = self.ask(page)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith("https://oauth.zaloapp.com/v4/oa/permission?")
        assert (asked["app_id"], len(asked["code_challenge"])) == (GIVEN["app_id"], 43)
        given = tokens.Given("a", "r", timedelta(hours=25), timedelta(days=90))
        told = {}
        monkeypatch.setattr(consent, "_exchange", lambda account, **form: told.update(form) or given)
        answer = page.get(f"{PAGE}tro-ve/", {"code": "c", "oa_id": GIVEN["oa_id"], "state": asked["state"]})

        assert answer.status_code == 302
        assert consent.challenge(told["code_verifier"]) == asked["code_challenge"]
        assert tokens.find_token("ZALO").state == "LIVE"
        assert AuditEntry.objects.filter(verb="channel.consented").count() == 1

    def test_a_link_of_the_console_is_followed_as_it_is(self, page):
        pasted = "https://oauth.zaloapp.com/v4/oa/permission?app_id=1&code_challenge=x"
        page.post(PAGE, {**GIVEN, "pkce_mode": "fixed", "consent_link": pasted, "verifier": "v" * 43})

        assert self.link_after(page.post(f"{PAGE}viec/", {"viec": "xin-quyen"}, follow=True)) == pasted

    def test_nobody_is_let_in_by_a_way_back_alone(self, page):
        page.post(PAGE, GIVEN)
        answer = page.get(f"{PAGE}tro-ve/", {"code": "c", "oa_id": GIVEN["oa_id"], "state": "s"})

        assert answer.status_code == 422
        assert tokens.find_token("ZALO") is None

    def test_of_another_account_is_refused(self, page):
        state = parse_qs(urlsplit(self.ask(page)).query)["state"][0]
        answer = page.get(f"{PAGE}tro-ve/", {"code": "c", "oa_id": "1", "state": state})

        assert "OA khác" in answer.content.decode()
