"""The stand-in portal against our own portal interface, both ways over HTTP."""

from __future__ import annotations

import random
from datetime import timedelta

import orjson
import pytest
from django.test import Client
from tests.documents import samples

from motcua.connectors import signed_calls
from motcua.connectors.models import PortalCallback
from motcua.connectors.portals import callbacks
from motcua.connectors.signed_calls import SignedCall
from motcua.documents import queries as document_queries
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from motcua.sandbox import courier, gate, portal
from motcua.sandbox.portal import Fault
from motcua.sandbox.portal_models import SandboxPortalCall, SandboxPortalDossier, SandboxPortalNews

FORM = {
    "ChuHoSo": "Nguyễn Thị Hoa", "SoDinhDanh": "001185012345", "SoDienThoai": "0901234567",
    "DiaChi": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa", "QuyenSuDung": "1", "SoPha": "1",
}  # fmt: skip
BUSINESS = Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0000", "PD0400"])


@pytest.fixture(autouse=True)
def portal_outside(at, monkeypatch) -> FixedClock:
    fixed = FixedClock(at)
    monkeypatch.setattr(courier, "OUTSIDE", fixed)
    monkeypatch.setattr(portal, "start_delivery", lambda: None)
    monkeypatch.setattr(courier, "SLOW_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(portal, "SLOW_ANSWER_SECONDS", 0.01)
    return fixed


class World:
    """Both sides, moved forward by hand."""

    def __init__(self, host, at, clock):
        self.host, self.at, self.clock = host, at, clock

    def submit(self, *faults, **changes):
        given = {"procedure": "NEW-LV-RES", "province_code": "01", "form": FORM, **changes}
        return portal.submit(**given, faults=faults, host=self.host, at=self.at)

    def run(self, rounds=1):
        """So many times half a minute: the portal calls us, we tell it."""
        for _ in range(rounds):
            portal.deliver_due()
            callbacks.send_due(at=self.at)
            self.clock.advance(timedelta(seconds=30))
            self.at += timedelta(seconds=30)

    def dossier(self, number):
        return SandboxPortalDossier.objects.get(number=number)

    def request(self, number):
        return request_queries.find_by_external_number(portal.PORTAL, number)


@pytest.fixture
def world(committed_company, pages, at, portal_outside) -> World:
    return World(f"hanoi.localhost:{pages.rsplit(':', 1)[1]}", at, portal_outside)


def calls():
    rows = SandboxPortalCall.objects.order_by("id")
    return [(row.what, row.state, row.answer_status) for row in rows]


class TestBothWays:
    def test_a_dossier_goes_in_and_its_statuses_come_back(self, world):
        number = world.submit()
        world.run()
        view = world.request(number)
        assert calls() == [("SUBMIT", "DELIVERED", 201)]
        assert (world.dossier(number).request_number, world.dossier(number).status) == (view.number, 2)

        request_ops.ask_papers(
            request_id=view.id,
            papers=["PLACE_RIGHT"],
            reason="Ảnh mờ.",
            actor=BUSINESS,
            at=world.at,
            key="ask",
        )
        world.run()
        assert world.dossier(number).status == 5
        portal.attach(number=number, paper="GT_CHO_O", content=samples.jpeg())
        portal.supplement(number=number, remark="Đã chụp lại.")
        world.run(2)
        assert world.dossier(number).status == 2
        assert [d.kind for d in document_queries.list_documents("request", view.id)] == ["PLACE_RIGHT"]

        portal.withdraw(number=number, reason="Thôi")
        world.run()
        assert world.dossier(number).status == 7
        assert set(PortalCallback.objects.values_list("state", flat=True)) == {"DELIVERED"}
        taken = list(SandboxPortalNews.objects.order_by("seq").values_list("times", "is_taken"))
        assert taken == [(1, True)] * PortalCallback.objects.count()

    def test_it_asks_by_itself_too(self, world):
        number = world.submit()
        portal.deliver_due()
        told = portal.ask(number)
        assert (told["status"], told["request_number"]) == (2, world.request(number).number)
        assert portal.ask(number, "fees") == []
        assert world.dossier(number).status == 2

    def test_a_clerk_of_a_centre_files_the_number_the_portal_gave(self, world, at):
        number = portal.new_number(at)
        portal.expect(number=number, host=world.host, at=at)
        clerk = Actor.staff("clerk-1", "Yến", ["DESK_CLERK"], ["PD0000"])
        receipt = request_ops.submit(
            service_code="INFO", channel="DESK", actor=clerk, at=at, key="desk", portal=portal.PORTAL,
            external_number=number,
            answers={"topic": "OTHER", "question": "Tách công tơ?", "full_name": "Lê Văn Nam", "phone": "0912345678"},
        )  # fmt: skip
        world.run()

        assert world.dossier(number).request_number == receipt.number
        assert portal.ask(number)["request_number"] == receipt.number

    def test_what_we_refuse_is_shown_to_the_portal(self, world):
        world.submit(form={**FORM, "SoDienThoai": "1"})
        world.run()
        (call,) = SandboxPortalCall.objects.all()
        assert (call.state, call.answer_status) == ("REFUSED", 422)
        assert "SoDienThoai" in call.answer


class TestFaults:
    @pytest.mark.parametrize("fault", sorted(Fault))
    def test_each_ends_in_one_request_and_the_right_status(self, world, fault):
        number = world.submit(fault)
        world.run(5)
        portal.withdraw(number=number, reason="Thôi")
        world.run(6)

        assert Request.objects.count() == 1
        assert world.dossier(number).status == 7
        assert world.dossier(number).seq == PortalCallback.objects.latest("seq").seq
        assert set(PortalCallback.objects.values_list("state", flat=True)) == {"DELIVERED"}
        assert {state for _, state, _ in calls()} == {"DELIVERED"}

    def test_all_at_once(self, world):
        number = world.submit(*Fault)
        portal.attach(number=number, paper="GT_CHO_O", content=samples.jpeg())
        world.run(12)

        view = world.request(number)
        assert Request.objects.count() == 1
        assert len(document_queries.list_documents("request", view.id)) == 1
        assert world.dossier(number).status == view.state.portal_status
        assert request_queries.replay_request(view.id) == view.state


@pytest.mark.usefixtures("company")
class TestHearing:
    @pytest.fixture
    def hear(self, at):
        portal.expect(number="H26-261116-0001", host="hanoi.localhost", at=at)

        def make(seq, status, secret=None, number="H26-261116-0001"):
            body = orjson.dumps(
                {"dossier_number": number, "seq": seq, "status": status, "status_name": f"s{status}",
                 "request_number": "HN-1"}
            )  # fmt: skip
            headers = signed_calls.signed_headers(
                partner_code=portal.PORTAL, secret=secret or portal.demo_secret("HANOI"), method="POST", path="/c",
                request_id="r", body=body, at=at,
            )  # fmt: skip
            call = SignedCall("POST", "/c", *(headers[name] for name in signed_calls.HEADERS), body)
            return portal.hear(call=call, host="hanoi.localhost", at=at)

        return make

    @pytest.mark.parametrize("seed", range(8))
    def test_shuffled_and_doubled_news_never_leads_back(self, hear, seed):
        story = [(2, 1), (4, 2), (6, 5), (7, 2), (9, 6), (11, 4), (14, 9), (15, 10)]
        news = [*story, *story]
        random.Random(seed).shuffle(news)
        seen = []
        for seq, status in news:
            assert hear(seq, status) == 200
            seen.append(SandboxPortalDossier.objects.get().seq)

        assert seen == sorted(seen)
        dossier = SandboxPortalDossier.objects.get()
        assert (dossier.seq, dossier.status) == (15, 10)
        assert set(SandboxPortalNews.objects.values_list("times", flat=True)) == {2}

    def test_a_number_of_its_own_is_known_and_any_other_is_not(self, hear):
        assert hear(2, 1, number="H26.17.15-261116-0042") == 200
        assert hear(2, 1, number="G09-261116-0001") == 404
        assert SandboxPortalDossier.objects.count() == 2

    def test_what_is_not_signed_is_not_heard(self, hear):
        with pytest.raises(signed_calls.SignatureRefused):
            hear(2, 3, secret="x" * 40)
        assert SandboxPortalDossier.objects.get().status == 1


@pytest.mark.usefixtures("company")
class TestPages:
    def test_a_citizen_fills_in_and_sees_the_dossier(self, hanoi):
        page = hanoi.get("/sandbox/portal/")
        assert page.status_code == 200
        sent = hanoi.post(
            "/sandbox/portal/",
            {"procedure": "NEW-LV-RES", "province_code": "01", "full_name": "Lê Lan", "more": "NoiDung = x = y\nrác",
             "faults": ["lost"]},
        )  # fmt: skip
        dossier = SandboxPortalDossier.objects.get()
        assert sent.headers["Location"] == f"/sandbox/portal/ho-so/{dossier.number}/"
        assert dossier.form == {"ChuHoSo": "Lê Lan", "NoiDung": "x = y"}
        shown = hanoi.get(sent.headers["Location"]).content.decode()
        assert 'data-portal-status="1"' in shown
        assert hanoi.get(sent.headers["Location"] + "?json").json()["faults"] == ["lost"]

    def test_each_act_of_the_page_is_planned(self, hanoi, at):
        portal.expect(number="H26-261116-0001", host="hanoi.localhost", at=at)
        address = "/sandbox/portal/ho-so/H26-261116-0001/"
        from django.core.files.uploadedfile import SimpleUploadedFile

        hanoi.post(
            address,
            {"viec": "giay-to", "paper": "GT_CHO_O", "file": SimpleUploadedFile("a.jpg", samples.jpeg())},
        )
        hanoi.post(address, {"viec": "bo-sung", "loi": "xong"})
        hanoi.post(address, {"viec": "rut", "loi": "thôi"})
        hanoi.post(address, {"viec": "loi-gia-lap", "faults": ["down"]})

        assert [what for what, *_ in calls()] == ["PAPER", "SUPPLEMENT", "WITHDRAW"]
        assert SandboxPortalDossier.objects.get().faults == ["down"]
        assert hanoi.get(address).status_code == 200
        assert hanoi.get("/sandbox/portal/ho-so/khong-co/").status_code == 404

    def test_the_portal_gives_a_number_for_a_clerk(self, hanoi):
        sent = hanoi.post("/sandbox/portal/", {"viec": "cap-ma"})
        assert sent.headers["Location"].startswith("/sandbox/portal/ho-so/H26.17.15-")

    def test_programs_send_json(self, hanoi):
        answer = hanoi.post(
            "/sandbox/portal/", {"procedure": "INFO", "province_code": "01", "form": {}, "faults": []},
            content_type="application/json",
        )  # fmt: skip
        assert (answer.status_code, answer.json()["status"]) == (202, 1)
        wrong = hanoi.post("/sandbox/portal/", {"faults": ["nope"]}, content_type="application/json")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "FAULT_UNKNOWN")

    def test_none_of_it_is_there_in_production(self, hanoi, monkeypatch):
        monkeypatch.setattr(gate, "is_open", lambda: False)
        for path in ("", "ho-so/x/", "oidc/jwks", "oidc/.well-known/openid-configuration", "oidc/authorize"):
            assert hanoi.get(f"/sandbox/portal/{path}").status_code == 404
        for path in ("callbacks", "oidc/token", "oidc/userinfo"):
            assert hanoi.post(f"/sandbox/portal/{path}").status_code == 404

    def test_the_group_has_no_portal(self, company):
        page = Client(headers={"host": "localhost"}).get("/sandbox/portal/")
        assert page.status_code in {302, 404}
