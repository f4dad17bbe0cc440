"""Dossiers of a portal become requests: by its names, once, with every error under them."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from tests.api.portal_house import (  # noqa: F401 - fixtures among them
    NUMBER,
    PORTAL,
    _portal,
    add_portal,
    business,
    call,
    dossier,
    portal_clock,
    sent,
)
from tests.requests.conftest import HOME_ANSWERS


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
