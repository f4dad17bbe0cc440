"""The portal interface as a portal sees it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client

from motcua.companies.context import using_company
from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.models import PortalFile
from motcua.connectors.portals import partners
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from motcua.kernel.hashing import sha256_hex
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from tests.documents import samples
from tests.requests.conftest import HOME_ANSWERS, pay

PORTAL = "DVC-HN"
SECRET = "p" * 40
NUMBER = "H26.17.15-261116-0001"
SYSTEM = Actor.system("test")
FORM = {
    "ChuHoSo": "Nguyễn Thị Hoa", "SoDinhDanh": "001185012345", "SoDienThoai": "0901 234 567",
    "DiaChi": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa", "QuyenSuDung": "1", "SoPha": "1", "MaLinhVuc": "NL",
}  # fmt: skip


@pytest.fixture
def portal_clock(at, monkeypatch) -> FixedClock:
    fixed = FixedClock(at)
    monkeypatch.setattr(clock, "CLOCK", fixed)
    return fixed


@pytest.fixture
def add_portal(at) -> Callable[..., None]:
    def make(**changes: Any) -> None:
        given = {
            "code": PORTAL, "name": "Cổng dịch vụ công Hà Nội", "format": "PROVINCIAL", "agency": "H26",
            "secret": SECRET, "callback_url": "", "procedures": {"1.008801": "NEW-LV-RES"}, "actor": SYSTEM, "at": at,
        }  # fmt: skip
        partners.add_portal(**{**given, **changes})

    return make


@pytest.fixture(autouse=True)
def _portal(company, add_portal, portal_clock):
    add_portal()


@pytest.fixture
def call(portal_clock) -> Callable[..., Any]:
    """A signed call; every part of it can be made wrong."""
    numbers = itertools.count()

    def make(
        method: str, name: str, content: Any = None, *, portal=PORTAL, host="hanoi.localhost", partner=PORTAL,
        secret=SECRET, at=None, headers=None, signed_path=None, body=None,
    ):  # fmt: skip
        path = f"/api/portals/{portal}/{name}"
        raw = body if body is not None else b"" if content is None else orjson.dumps(content)
        given = signed_calls.signed_headers(
            partner_code=partner, secret=secret, method=method, path=signed_path or path,
            request_id=f"r{next(numbers)}", body=raw, at=at or portal_clock.now(),
        )  # fmt: skip
        client = Client(headers={"host": host}, raise_request_exception=False)
        kind = "application/json" if body is None else "application/octet-stream"
        return client.generic(method, path, raw, content_type=kind, headers={**given, **(headers or {})})

    return make


@pytest.fixture
def dossier(at) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        form = {**FORM, **changes.pop("form", {})}
        return {
            "dossier_number": NUMBER, "procedure": "1.008801", "province_code": "01",
            "submitted_at": at.isoformat(), "form": form, **changes,
        }  # fmt: skip

    return make


@pytest.fixture
def sent(call, dossier):
    answer = call("POST", "dossiers", dossier())
    assert answer.status_code == 201, answer.content
    return request_queries.find_by_external_number(PORTAL, NUMBER)


@pytest.fixture
def business() -> Actor:
    return Actor.staff("business-1", "Minh", ["BUSINESS"], ["PD0000", "PD0400"])


def attach(call, file_id="f1", paper="GT_CHO_O", content=None):
    body = samples.jpeg() if content is None else content
    return call("PUT", f"dossiers/{NUMBER}/papers/{paper}/{file_id}", body=body)


class TestSubmit:
    def test_a_dossier_becomes_a_request_by_the_portals_form_names(self, call, dossier):
        answer = call("POST", "dossiers", dossier())

        view = request_queries.find_by_external_number(PORTAL, NUMBER)
        assert answer.status_code == 201
        told = answer.json()
        assert (told["dossier_number"], told["request_number"]) == (NUMBER, view.number)
        assert (told["status"], told["status_name"]) == (2, "Được tiếp nhận")
        assert told["ignored_fields"] == ["MaLinhVuc"]
        assert (view.state.channel, view.state.reception, view.state.submitted_by) == (
            "PORTAL", "INDIRECT", "partner:DVC-HN",
        )  # fmt: skip
        assert view.answers["right_to_place"] == "OWN"
        assert view.answers["has_meter"] is False
        assert view.state.province_code == "01"
        assert "code_word" not in told

    def test_our_own_names_are_understood_too(self, call, dossier):
        body = dossier(procedure="NEW-LV-RES") | {"form": dict(HOME_ANSWERS)}
        assert call("POST", "dossiers", body).status_code == 201

    def test_somebody_may_hand_it_in_for_the_applicant_and_saying_so_twice_is_saying_it_once(
        self, call, dossier
    ):
        agent = {
            "name": " Lê Văn Ba ",
            "phone": "0977 123 456",
            "ground": "POWER_OF_ATTORNEY",
            "note": "số 12/2026",
        }

        first = call("POST", "dossiers", dossier(representative=agent))
        again = call("POST", "dossiers", dossier(representative=agent))
        another = call("POST", "dossiers", dossier(representative=agent | {"name": "Trần Văn Tư"}))

        view = request_queries.find_by_external_number(PORTAL, NUMBER)
        assert [answer.status_code for answer in (first, again, another)] == [201, 200, 409]
        assert another.json()["code"] == "DOSSIER_DIFFERS"
        assert view.representative == {
            "name": "Lê Văn Ba",
            "phone": "+84977123456",
            "ground": "POWER_OF_ATTORNEY",
            "note": "số 12/2026",
        }
        assert view.answers["full_name"] == "Nguyễn Thị Hoa"

    def test_the_portals_own_names_may_say_who_hands_it_in(self, call, dossier):
        names = {
            "HoTenNguoiDaiDien": "Lê Văn Ba",
            "SoDienThoaiNguoiDaiDien": "0977123456",
            "CanCuDaiDien": "3",
        }

        answers = [call("POST", "dossiers", dossier(form=names)) for _time in range(2)]

        view = request_queries.find_by_external_number(PORTAL, NUMBER)
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json()["ignored_fields"] == ["MaLinhVuc"]
        assert view.representative == {
            "name": "Lê Văn Ba",
            "phone": "+84977123456",
            "ground": "HOUSEHOLD_MEMBER",
        }

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"form": {"HoTenNguoiDaiDien": "Ba"}}, {"CanCuDaiDien"}),
            ({"form": {"CanCuDaiDien": "9"}}, {"CanCuDaiDien", "HoTenNguoiDaiDien"}),
            ({"form": {"CanCuDaiDien": "2", "HoTenNguoiDaiDien": {"ten": "Ba"}}}, {"HoTenNguoiDaiDien"}),
            (
                {"representative": {"name": "Ba", "ground": "LANDLORD", "phone": "12"}},
                {"representative.phone"},
            ),
        ],
    )
    def test_half_a_representative_is_refused_under_its_name(self, call, dossier, changes, wrong):
        answer = call("POST", "dossiers", dossier(**changes))

        assert answer.status_code == 422
        assert set(answer.json()["fields"]) == wrong
        assert request_queries.find_by_external_number(PORTAL, NUMBER) is None

    def test_an_unknown_ground_is_malformed(self, call, dossier):
        answer = call("POST", "dossiers", dossier(representative={"name": "Ba", "ground": "FRIEND"}))

        assert answer.status_code == 400

    def test_sent_twice_is_one_request(self, call, dossier, portal_clock):
        first = call("POST", "dossiers", dossier())
        portal_clock.advance(timedelta(days=3))
        again = call("POST", "dossiers", dossier())

        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json()["was_received_before"] is True
        assert again.json()["request_number"] == first.json()["request_number"]
        assert Request.objects.count() == 1

    def test_the_same_number_with_other_content_is_a_conflict(self, call, dossier, sent):
        answer = call("POST", "dossiers", dossier(form={"SoPha": "3"}))

        assert (answer.status_code, answer.json()["code"]) == (409, "DOSSIER_DIFFERS")
        assert sent.number in answer.json()["message"]
        assert Request.objects.count() == 1

    def test_what_is_wrong_stands_under_the_portals_own_names(self, call, dossier):
        answer = call("POST", "dossiers", dossier(form={"SoDienThoai": "12", "ChuHoSo": ""}))

        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")
        assert set(answer.json()["fields"]) == {"SoDienThoai", "full_name"}
        assert Request.objects.count() == 0

    def test_a_code_outside_its_list_is_named(self, call, dossier):
        answer = call("POST", "dossiers", dossier(form={"QuyenSuDung": "9"}))

        assert answer.status_code == 422
        assert set(answer.json()["fields"]) == {"QuyenSuDung"}

    def test_corrected_after_a_refusal_it_is_taken(self, call, dossier):
        call("POST", "dossiers", dossier(form={"SoDienThoai": "12"}))
        assert call("POST", "dossiers", dossier()).status_code == 201

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"dossier_number": "H29.17.15-261116-0001"}, "DOSSIER_NUMBER_INVALID", "dossier_number"),
            ({"dossier_number": "000.00.17.H26-261116-0001"}, "DOSSIER_NUMBER_INVALID", "dossier_number"),
            ({"procedure": "9.999999"}, "PROCEDURE_UNKNOWN", "procedure"),
            ({"submitted_at": "2026-11-16T09:06:00+07:00"}, "SUBMITTED_AT_INVALID", "submitted_at"),
            ({"submitted_at": "2026-10-01T09:00:00+07:00"}, "SUBMITTED_AT_INVALID", "submitted_at"),
            ({"province_code": "03"}, "PROVINCE_UNKNOWN", "province_code"),
        ],
    )
    def test_refuses_with_its_field(self, call, dossier, change, code, field):
        answer = call("POST", "dossiers", dossier(**change))

        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert field in answer.json()["fields"]
        assert Request.objects.count() == 0

    def test_a_province_of_another_company_is_named_with_who_serves_it(self, call, dossier):
        answer = call("POST", "dossiers", dossier(province_code="79"))

        assert (answer.status_code, answer.json()["code"]) == (422, "SERVED_ELSEWHERE")
        assert "Hồ Chí Minh" in answer.json()["message"]
        assert "16/11/2026" in answer.json()["message"]

    @pytest.mark.parametrize(
        "change", [{"surprise": 1}, {"form": []}, {"province_code": "1"}, {"submitted_at": "today"}]
    )
    def test_what_cannot_be_read_is_400(self, call, dossier, change):
        answer = call("POST", "dossiers", {**dossier(), **change})
        assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED")

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
    def test_a_body_that_is_no_json_is_400(self, call, body):
        assert call("POST", "dossiers", body=body).status_code == 400


class TestTheClerksDossier:
    @pytest.fixture
    def at_desk(self, at):
        clerk = Actor.staff("clerk-1", "Yến", ["DESK_CLERK"], ["PD0000"])

        def make(portal=PORTAL, service="NEW-LV-RES"):
            return request_ops.submit(
                service_code=service, answers=HOME_ANSWERS, channel="DESK", actor=clerk, at=at, key="desk",
                portal=portal, external_number=NUMBER,
            )  # fmt: skip

        return make

    @pytest.mark.parametrize("portal", [PORTAL, "HCC"])
    def test_is_the_one_the_portal_asks_for(self, call, at_desk, portal):
        receipt = at_desk(portal)
        assert call("GET", f"dossiers/{NUMBER}").json()["request_number"] == receipt.number

    @pytest.mark.parametrize("portal", [PORTAL, "HCC"])
    def test_sent_by_the_portal_as_well_it_stays_one(self, call, dossier, at_desk, portal):
        receipt = at_desk(portal)
        answer = call("POST", "dossiers", dossier())

        assert (answer.status_code, answer.json()["was_received_before"]) == (200, True)
        assert answer.json()["request_number"] == receipt.number
        assert Request.objects.count() == 1

    def test_of_another_service_is_a_conflict(self, call, dossier, at_desk):
        at_desk()
        answer = call("POST", "dossiers", dossier(procedure="INFO"))
        assert (answer.status_code, answer.json()["code"]) == (409, "DOSSIER_DIFFERS")


class TestPapers:
    def test_a_file_is_stored_as_the_paper_and_journaled(self, call, sent):
        answer = attach(call)

        assert answer.status_code == 200
        assert answer.json()["paper"] == "PLACE_RIGHT"
        assert answer.json()["sha256"] == sha256_hex(samples.jpeg())
        (document,) = document_queries.list_documents("request", sent.id)
        assert document.kind == "PLACE_RIGHT"
        assert request_queries.list_entries(sent.id)[-1].name == "paper.added"

    def test_the_same_file_again_is_one_paper(self, call, sent):
        first, again = attach(call), attach(call)

        assert first.content == again.content
        assert len(document_queries.list_documents("request", sent.id)) == 1
        names = [entry.name for entry in request_queries.list_entries(sent.id)]
        assert names.count("paper.added") == 1

    def test_the_same_id_with_other_bytes_or_as_another_paper_is_a_conflict(self, call, sent):
        attach(call)
        for answer in (attach(call, content=samples.jpeg(80)), attach(call, paper="GT_DINH_DANH")):
            assert (answer.status_code, answer.json()["code"]) == (409, "FILE_DIFFERS")
        assert PortalFile.objects.count() == 1

    def test_a_file_larger_than_a_form_may_be_comes_through(self, call, sent, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        assert attach(call).status_code == 200

    def test_before_its_dossier_it_is_not_found_and_may_come_again(self, call, dossier):
        assert attach(call).status_code == 404
        call("POST", "dossiers", dossier())
        assert attach(call).status_code == 200

    @pytest.mark.parametrize(
        ("paper", "content", "code"),
        [
            ("NOPE", None, "PAPER_UNKNOWN"),
            ("GT_CHO_O", b"hello", "FILE_KIND_UNKNOWN"),
            ("GT_CHO_O", b"", "FILE_EMPTY"),
        ],
    )
    def test_refuses_what_is_no_paper(self, call, sent, paper, content, code):
        answer = attach(call, paper=paper, content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert document_queries.list_documents("request", sent.id) == []

    def test_the_last_paper_that_was_asked_for_lets_work_go_on(self, call, sent, business, at):
        request_ops.ask_papers(
            request_id=sent.id,
            papers=["PLACE_RIGHT", "IDENTITY"],
            reason="Ảnh mờ.",
            actor=business,
            at=at,
            key="ask",
        )
        waiting = call("GET", f"dossiers/{NUMBER}").json()
        attach(call)
        half = call("GET", f"dossiers/{NUMBER}").json()
        attach(call, "f2", "GT_DINH_DANH")
        done = call("GET", f"dossiers/{NUMBER}").json()

        assert [(row["paper"], row["reason"]) for row in waiting["papers_asked"]] == [
            ("PLACE_RIGHT", "Ảnh mờ."), ("IDENTITY", "Ảnh mờ."),
        ]  # fmt: skip
        assert (waiting["status"], half["status"], done["status"]) == (5, 5, 2)
        assert [row["paper"] for row in half["papers_asked"]] == ["IDENTITY"]
        assert waiting["seq"] < half["seq"] < done["seq"]


class TestSupplement:
    def more(self, call, **changes):
        return call(
            "POST", f"dossiers/{NUMBER}/supplement", {"supplement_id": "s1", "file_ids": ["f1"], **changes}
        )

    def test_says_which_files_never_came(self, call, sent):
        answer = self.more(call, file_ids=["f1", "f2"])
        assert (answer.status_code, answer.json()["code"]) == (409, "FILES_MISSING")
        assert "f1, f2" in answer.json()["message"]

    def test_keeps_the_remark_once(self, call, sent):
        attach(call)
        answers = [self.more(call, remark="Sổ đỏ đứng tên mẹ tôi.") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert [note.text for note in request_queries.list_notes(sent.id)] == ["Sổ đỏ đứng tên mẹ tôi."]


class TestWithdrawal:
    def test_is_once_whatever_the_words(self, call, sent):
        answers = [
            call("POST", f"dossiers/{NUMBER}/withdrawal", {"reason": reason})
            for reason in ("Thôi", "Thôi", "")
        ]

        assert [(a.status_code, a.json()["status"]) for a in answers] == [(200, 7)] * 3
        names = [entry.name for entry in request_queries.list_entries(sent.id)]
        assert names.count("request.cancelled") == 1

    def test_after_another_end_is_a_conflict(self, call, sent, business, at):
        request_ops.reject(request_id=sent.id, reason="Ngoài lưới.", actor=business, at=at, key="no")
        answer = call("POST", f"dossiers/{NUMBER}/withdrawal", {})
        assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_CLOSED")


class TestStatusFeesResults:
    def test_history_grows_and_fees_carry_code_and_qr(self, call, sent, business, at):
        request_ops.advance(
            request_id=sent.id, action="accept", inputs={"needs_survey": False, "cost_vnd": 450_000, "cost_note": "15 m cáp"},
            actor=business, at=at, key="accept",
        )  # fmt: skip
        told = call("GET", f"dossiers/{NUMBER}").json()
        (fee,) = call("GET", f"dossiers/{NUMBER}/fees").json()

        assert told["status"] == 6
        assert [moment["status"] for moment in told["history"]] == [1, 2, 6]
        assert told["fees"] == [fee]
        assert (fee["state"], fee["net_vnd"], fee["total_vnd"]) == ("OPEN", 450_000, 486_000)
        assert fee["payment_code"] in fee["qr_text"]

        pay(sent.id, at)
        (paid,) = call("GET", f"dossiers/{NUMBER}/fees").json()
        assert (paid["state"], paid["remaining_vnd"], paid["payment_code"], paid["qr_text"]) == (
            "PAID",
            0,
            "",
            "",
        )
        assert paid["paid_at"]

    def test_results_are_listed_and_opened_and_papers_of_the_citizen_are_not(self, call, sent, at):
        attach(call)
        made = document_ops.store_made(
            content=samples.pdf(), mime="application/pdf", name="hd.pdf", kind="CONTRACT_SIGNED",
            subject_type="request", subject_id=sent.id, actor=SYSTEM, at=at,
        )  # fmt: skip
        (listed,) = call("GET", f"dossiers/{NUMBER}/results").json()
        answer = call("GET", f"dossiers/{NUMBER}/results/{listed['document_id']}")

        assert listed["document_id"] == str(made.id)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert sha256_hex(answer.content) == listed["sha256"]
        assert [row.actor for row in document_queries.list_accesses(made.id)] == ["partner:DVC-HN"]
        paper = next(
            d for d in document_queries.list_documents("request", sent.id) if d.kind == "PLACE_RIGHT"
        )
        assert call("GET", f"dossiers/{NUMBER}/results/{paper.id}").status_code == 404

    def test_a_dossier_of_another_portal_is_not_found(self, call, sent, add_portal):
        add_portal(code="DVC-QN", agency="H49", secret="q" * 40)
        for name in ("", "/fees", "/results"):
            answer = call(
                "GET", f"dossiers/{NUMBER}{name}", portal="DVC-QN", partner="DVC-QN", secret="q" * 40
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "DOSSIER_UNKNOWN")

    def test_procedures_name_the_forms(self, call):
        told = call("GET", "procedures").json()

        assert told["provinces"] == "NEW_34"
        home = next(row for row in told["procedures"] if row["service"] == "NEW-LV-RES")
        assert home["procedure"] == "1.008801"
        fields = {row["name"]: row for row in home["fields"]}
        assert (fields["QuyenSuDung"]["question"], fields["QuyenSuDung"]["values"]) == (
            "right_to_place", ["1", "2", "3", "4"],
        )  # fmt: skip
        assert fields["PhuongXa"]["part"] == "commune"
        assert fields["ChuHoSo"]["required"] is True
        assert fields["DaCoCongTo"]["required"] is False
        assert "GT_CHO_O" in {row["paper"] for row in home["papers"]}


CALLS = [
    ("GET", "procedures", None), ("POST", "dossiers", {}), ("GET", f"dossiers/{NUMBER}", None),
    ("PUT", f"dossiers/{NUMBER}/papers/GT_CHO_O/f1", {}), ("POST", f"dossiers/{NUMBER}/supplement", {}),
    ("POST", f"dossiers/{NUMBER}/withdrawal", {}), ("GET", f"dossiers/{NUMBER}/fees", None),
    ("GET", f"dossiers/{NUMBER}/results", None),
    ("GET", f"dossiers/{NUMBER}/results/00000000-0000-7000-8000-000000000000", None),
]  # fmt: skip


class TestOnlyPortals:
    def refused(self, answer, status=401, code="NOT_SIGNED"):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert Request.objects.count() == 0

    @pytest.mark.parametrize(("method", "name", "content"), CALLS)
    def test_nobody_else(self, call, at, add_portal, method, name, content):
        """A wrong secret, an unknown partner, another portal's address, another path, an old time, nothing at all."""
        add_portal(code="DVC-QN", agency="H49", secret="q" * 40)
        self.refused(call(method, name, content, secret="x" * 40))
        self.refused(call(method, name, content, partner="GHOST"))
        self.refused(call(method, name, content, partner="DVC-QN", secret="q" * 40))
        self.refused(call(method, name, content, signed_path="/api/portals/DVC-HN/else"))
        self.refused(call(method, name, content, at=at - timedelta(minutes=6)))
        self.refused(call(method, name, content, host="npc.localhost"))
        for header in signed_calls.HEADERS:
            self.refused(call(method, name, content, headers={header: ""}))

    @pytest.mark.parametrize(("method", "name", "content"), CALLS)
    def test_not_while_suspended(self, call, at, method, name, content):
        partners.change_portal(code=PORTAL, is_active=False, actor=SYSTEM, at=at)
        self.refused(call(method, name, content), 403, "SUSPENDED")

    def test_a_portal_of_two_companies_has_a_secret_with_each(self, call, add_portal):
        with using_company("NPC"):
            add_portal(secret="n" * 40)
        self.refused(call("GET", "procedures", host="npc.localhost"))
        assert call("GET", "procedures", host="npc.localhost", secret="n" * 40).status_code == 200

    def test_a_new_secret_ends_the_old_one(self, call, at):
        partners.change_portal(code=PORTAL, secret="t" * 40, actor=SYSTEM, at=at)
        self.refused(call("GET", "procedures"))
        assert call("GET", "procedures", secret="t" * 40).status_code == 200

    def test_the_wrong_method_is_405(self, call):
        assert call("DELETE", "dossiers").status_code == 405


class TestDescription:
    def test_names_calls_headers_and_answers(self, hanoi):
        document = hanoi.get("/api/portals/openapi.json").json()

        operations = [
            (method, path, told)
            for path, methods in document["paths"].items()
            for method, told in methods.items()
        ]
        assert len(operations) == 9
        for method, path, told in operations:
            names = {parameter["name"] for parameter in told["parameters"]}
            assert set(signed_calls.HEADERS) <= names, (method, path)
            assert {"200", "401", "403", "404"} <= {str(status) for status in told["responses"]}, (
                method,
                path,
            )
