"""A citizen continues with the stand-in portal: our pages in a browser, tokens from its issuer."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client
from tests.requests.conftest import HOME_ANSWERS

from motcua.config import clock
from motcua.connectors import outside
from motcua.connectors.identity import oidc, sign_in
from motcua.connectors.models import IdentityProvider, ProvenIdentity, SignInAttempt
from motcua.customers import operations as customer_ops
from motcua.customers.models import VisitorSession
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests.models import Draft
from motcua.sandbox import portal_identity
from motcua.sandbox.portal_identity import Fault
from motcua.sandbox.portal_models import SandboxPortalGrant

START = "/dang-nhap/cong/DVC-THU/"
RETURN = "/dang-nhap/cong/xong/"


def call_in_process(method, url, *, content=None, form=None, headers=None):
    """The issuer without a wire: the same pages, in this process and transaction."""
    parts = urlsplit(url)
    if parts.port == 9:
        raise httpx.ConnectError("nobody there")
    client = Client(headers={"host": parts.netloc, **(headers or {})})
    made = client.get(parts.path) if method == "GET" else client.post(parts.path, dict(form or {}))
    return httpx.Response(made.status_code, content=made.content)


@pytest.fixture
def host(company, at, monkeypatch) -> str:
    oidc.forget()
    monkeypatch.setattr(outside, "call", call_in_process)
    portal_identity.ensure_provider(host="hanoi.localhost", at=at)
    yield "hanoi.localhost"
    oidc.forget()


@pytest.fixture
def browser(host):
    return lambda: Client(headers={"host": host})


def path_of(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def go(client, *, start=START, who="0", faults=(), **more):
    """There and to the door back: the address that the portal sends the browser to."""
    there = client.get(start)
    assert there.status_code == 302, there.content
    shown = client.get(path_of(there.headers["Location"]))
    assert shown.status_code == 200
    back = client.post(path_of(there.headers["Location"]), {"nguoi": who, "faults": list(faults), **more})
    return path_of(back.headers["Location"])


def session():
    return VisitorSession.objects.latest("seen_at")


class TestSignIn:
    def test_proves_name_number_and_phone_and_comes_back_where_it_began(self, browser):
        client = browser()
        done = client.get(go(client, start=f"{START}?ve=/theo-doi/"))

        assert done.headers["Location"] == "/theo-doi/"
        known = ProvenIdentity.objects.get()
        assert (known.full_name, known.id_number, known.phone) == (
            "Nguyễn Thị Hoa",
            "001185012345",
            "+84901234567",
        )
        assert session().proven_phone == "+84901234567"
        home = client.get("/").content.decode()
        assert "Nguyễn Thị Hoa" in home
        assert START not in home

    def test_the_cookie_is_a_new_one(self, browser):
        client = browser()
        address = go(client)
        before = client.cookies["mc_visitor"].value
        client.get(address)
        assert client.cookies["mc_visitor"].value != before

    def test_a_customer_with_number_and_name_on_record_is_theirs(self, browser, at):
        customer = customer_ops.find_or_create_customer(
            full_name="NGUYỄN THỊ HOA", phone="0988888888", id_number="001185012345", email="", kind="PERSON",
            actor=Actor.system("t"), at=at,
        )  # fmt: skip
        client = browser()
        client.get(go(client))
        assert session().customer_id == customer.id

    def test_a_number_with_another_name_is_nobodys(self, browser, at):
        customer_ops.find_or_create_customer(
            full_name="Trần Thị Mận", phone="0988888888", id_number="001185012345", email="", kind="PERSON",
            actor=Actor.system("t"), at=at,
        )  # fmt: skip
        client = browser()
        client.get(go(client))
        assert session().customer_id is None

    def test_opens_ones_own_request_and_no_other(self, browser, at):
        receipts = [
            request_ops.submit(
                service_code="NEW-LV-RES", channel="WEB", actor=Actor.anonymous(key), at=at, key=key,
                answers={**HOME_ANSWERS, "phone": phone, "full_name": name, "id_number": number},
            )
            for key, phone, name, number in (
                ("a", "0901234567", "Nguyễn Thị Hoa", "001185012345"), ("b", "0911111111", "Lê Văn Nam", "001085000001"),
            )
        ]  # fmt: skip
        client = browser()
        proof = client.get(f"/theo-doi/{receipts[0].number}/").content.decode()
        assert START in proof
        client.get(go(client))

        shown = [client.get(f"/theo-doi/{receipt.number}/").content.decode() for receipt in receipts]
        assert "CHECK" in shown[0] or "Kiểm tra" in shown[0]
        assert START in shown[1]

    def test_fills_the_form_with_what_is_proven(self, browser):
        client = browser()
        client.get(go(client))
        client.post("/dich-vu/NEW-LV-RES/bat-dau/")
        answers = Draft.objects.get().answers
        assert (answers["full_name"], answers["id_number"], answers["phone"]) == (
            "Nguyễn Thị Hoa", "001185012345", "+84901234567",
        )  # fmt: skip

    def test_signing_out_leaves_nobody(self, browser):
        client = browser()
        client.get(go(client))
        client.get("/")
        client.post("/dang-nhap/cong/thoat/")

        assert ProvenIdentity.objects.count() == 0
        assert session().closed_at is not None
        assert "Nguyễn Thị Hoa" not in client.get("/").content.decode()

    def test_a_phone_that_is_not_proven_there_is_none_here(self, browser):
        client = browser()
        client.get(go(client, who="2"))
        assert (ProvenIdentity.objects.get().phone, session().proven_phone) == ("", "")


def test_over_real_http(committed_company, pages, at):
    oidc.forget()
    name = f"hanoi.localhost:{pages.rsplit(':', 1)[1]}"
    portal_identity.ensure_provider(host=name, at=at)
    client = Client(headers={"host": name})
    client.get(go(client))
    assert ProvenIdentity.objects.get().full_name == "Nguyễn Thị Hoa"


class TestRefused:
    def nobody(self):
        assert ProvenIdentity.objects.count() == 0
        assert not VisitorSession.objects.exclude(proven_phone="", customer=None).exists()

    @pytest.mark.parametrize("fault", sorted(Fault))
    def test_what_must_not_be_believed(self, browser, fault):
        client = browser()
        client.get(go(client, faults=[fault]))
        self.nobody()

    def test_in_another_browser(self, browser):
        mine, theirs = browser(), browser()
        theirs.get("/")
        go(theirs)
        theirs.get(go(mine))
        self.nobody()

    def test_without_a_session(self, browser):
        browser().get(go(browser()))
        self.nobody()

    @pytest.mark.parametrize("change", [{"state": "x"}, {"code": "x"}, {"iss": "https://evil.example"}])
    def test_with_a_part_changed(self, browser, change):
        client = browser()
        told = {name: values[0] for name, values in parse_qs(urlsplit(go(client)).query).items()}
        client.get(RETURN, {**told, **change})
        self.nobody()

    def test_a_state_is_used_up_by_the_first_try(self, browser):
        client = browser()
        address = go(client)
        client.get(f"{address}x&code=wrong")
        client.get(address.replace("code=", "code=x"))
        client.get(address)
        self.nobody()

    def test_twice(self, browser):
        client = browser()
        address = go(client)
        client.get(address)
        ProvenIdentity.objects.all().delete()
        client.get(address)
        assert ProvenIdentity.objects.count() == 0

    def test_too_late(self, browser):
        client = browser()
        address = go(client)
        clock.CLOCK.advance(timedelta(minutes=11))
        client.get(address)
        self.nobody()

    def test_at_a_provider_that_is_switched_off_or_unknown(self, browser):
        client = browser()
        address = go(client)
        IdentityProvider.objects.update(is_active=False)
        client.get(address)
        self.nobody()
        assert client.get(START).status_code == 404
        assert START not in client.get("/").content.decode()

    def test_a_provider_that_is_down_says_so_and_nothing_is_lost(self, browser):
        IdentityProvider.objects.update(issuer="http://hanoi.localhost:9/oidc")
        page = browser().get(f"{START}?ve=/theo-doi/")
        assert page.headers["Location"] == "/theo-doi/"

    @pytest.mark.parametrize(
        "told", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"]
    )
    def test_leads_to_no_page_of_others(self, browser, told):
        client = browser()
        client.get(START, {"ve": told})
        assert SignInAttempt.objects.get().goes_to == "/"

    def test_a_flood_is_stopped(self, browser):
        client = browser()
        for _ in range(31):
            client.get(START)
        assert SignInAttempt.objects.count() == 30


class TestIssuer:
    def test_sends_nobody_to_an_address_of_others(self, browser, host):
        client = browser()
        there = path_of(client.get(START).headers["Location"])
        for change in ("redirect_uri", "client_id", "code_challenge_method", "response_type", "scope"):
            parts = parse_qs(urlsplit(there).query)
            parts[change] = ["https://evil.example/"]
            answer = client.get(urlsplit(there).path, {name: values[0] for name, values in parts.items()})
            assert answer.status_code == 400, change

    def test_a_code_needs_its_verifier_and_is_good_once_for_a_minute(self, browser, host, at):
        client = browser()
        code = parse_qs(urlsplit(go(client)).query)["code"][0]
        told = {
            "grant_type": "authorization_code", "client_id": "motcua", "code": code, "code_verifier": "v" * 43,
            "client_secret": portal_identity.client_secret("HANOI"), "redirect_uri": f"http://{host}{RETURN}",
        }  # fmt: skip
        assert portal_identity.redeem(told, host=host, at=at) is None
        SandboxPortalGrant.objects.update(challenge=oidc.challenge_of("v" * 43))
        assert portal_identity.redeem({**told, "client_secret": "x"}, host=host, at=at) is None
        assert portal_identity.redeem(told, host=host, at=at + timedelta(minutes=2)) is None
        tokens = portal_identity.redeem(told, host=host, at=at)
        assert tokens is not None
        assert portal_identity.redeem(told, host=host, at=at) is None
        assert portal_identity.about(tokens["access_token"], at=at)["name"] == "Nguyễn Thị Hoa"
        assert portal_identity.about(tokens["access_token"], at=at + timedelta(minutes=6)) is None
        assert portal_identity.about("", at=at) is None


class TestForgetting:
    def test_old_ways_and_proofs_go(self, browser, at):
        client = browser()
        client.get(go(client))
        assert sign_in.find_proven(session().id, at + timedelta(hours=13)) is None
        assert sign_in.forget_old(at=at + timedelta(days=2)) == 2
        assert (SignInAttempt.objects.count(), ProvenIdentity.objects.count()) == (0, 0)

    def test_an_erased_customer_is_not_remembered_here(self, browser, at):
        customer = customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa", phone="0901234567", id_number="001185012345", email="", kind="PERSON",
            actor=Actor.system("t"), at=at,
        )  # fmt: skip
        client = browser()
        client.get(go(client))
        customer_ops.erase_customer(
            customer_id=customer.id,
            reason="Theo yêu cầu",
            actor=Actor.staff("s", "Thảo", ["SUPERVISOR"]),
            at=at,
        )
        assert ProvenIdentity.objects.count() == 0
