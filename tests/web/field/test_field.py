"""The crew's pages: from the list to the light, refusals beside their fields, nothing twice, nobody else's visits."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from motcua.documents import queries as document_queries
from motcua.documents.models import DocumentAccess, Signature
from motcua.fieldwork import contracts
from motcua.fieldwork import queries as fieldwork_queries
from motcua.fieldwork.models import Visit
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry, Note
from motcua.supply import queries as supply_queries
from tests.documents import samples
from tests.documents.test_packs import text_of
from tests.web import people
from tests.web.field.conftest import UNIT

TYPED = {
    "customer_typed": "Nguyễn Thị Hoa", "customer_confirmed": "yes", "staff1_typed": "Hung", "staff1_confirmed": "yes",
    "staff2_typed": "Vinh", "staff2_confirmed": "yes",
}  # fmt: skip
METER = {"meter_serial": "26000100001", "first_reading": "3", "seals": "HN 00123, HN 00124"}


def drawn(number: int) -> str:
    return "data:image/png;base64," + base64.b64encode(samples.strokes(shift=number)).decode()


def url(name: str, visit: Any, *more: Any) -> str:
    return reverse(f"field:{name}", args=(visit.id, *more))


def html(response: Any) -> str:
    return response.content.decode()


def hidden(response: Any, name: str = "key") -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html(response))
    assert found
    return found[1]


def step_of(view: Any) -> str:
    return request_queries.get_request(view.id).step


def open_visit(view: Any) -> Any:
    return fieldwork_queries.find_open_visit(view.id)


class TestLists:
    def test_tomorrow_shows_the_crews_visits_and_prints_their_packs(
        self, crew_page: Any, to_sign: Any
    ) -> None:
        view, visit = to_sign()

        page = crew_page.get(reverse("field:tomorrow"))
        printed = crew_page.get(f"{reverse('field:print')}?ngay={visit.date.isoformat()}")

        assert view.number in html(page)
        assert "Nguyễn Thị Hoa" in html(page)
        assert printed["Content-Type"] == "application/pdf"
        text = text_of(printed.content)
        assert text.count("HỢP ĐỒNG MUA BÁN ĐIỆN") == 2
        assert contracts.spaced_code(visit.code) in text

    def test_today_is_empty_and_says_so(self, crew_page: Any) -> None:
        assert "Chưa có lịch hẹn nào" in html(crew_page.get(reverse("field:today")))

    def test_what_was_left_yesterday_stands_on_top(self, crew_page: Any, to_sign: Any) -> None:
        from datetime import timedelta

        _, visit = to_sign()
        Visit.objects.filter(id=visit.id).update(date=visit.date - timedelta(days=9))

        assert "Còn lại từ hôm trước" in html(crew_page.get(reverse("field:today")))

    def test_a_supervisor_sees_the_whole_unit(self, supervisor_page: Any, to_sign: Any) -> None:
        view, _ = to_sign()

        assert view.number in html(supervisor_page.get(reverse("field:tomorrow")))

    def test_cost_the_same_queries_for_one_and_for_many(
        self, crew_page: Any, to_sign: Any, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(5):
            to_sign(place={"text": f"Số {number + 1} ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        with django_assert_max_num_queries(25):
            crew_page.get(reverse("field:tomorrow"))


class TestVisit:
    def test_tells_where_to_whom_with_which_papers(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign(
            place={
                "text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội",
                "lat": "21.0105",
                "lon": "105.8235",
            }
        )

        page = html(crew_page.get(url("visit", visit)))

        for words in (
            "Số 12 ngõ 34 phố Tây Sơn", "geo:21.0105", 'href="tel:', contracts.spaced_code(visit.code), "Lên đường",
            url("contract", visit), url("checklist", visit), "Căn cước",
        ):  # fmt: skip
            assert words in page
        assert "Đã ký hợp đồng" not in page  # first they set out

    def test_sets_out_once(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()

        for _ in range(2):
            assert crew_page.post(url("start", visit)).status_code == 302

        assert open_visit_status(visit) == "ON_THE_WAY"
        assert "Đã ký hợp đồng" in html(crew_page.get(url("visit", visit)))

    @pytest.mark.parametrize("name", ["visit", "papers", "sign", "contract", "checklist"])
    def test_is_nobody_elses(self, name: str, stranger_page: Any, to_sign: Any, company: Any) -> None:
        _, visit = to_sign()
        desk = people.browser(people.add_staff("clerk", people.Role.BUSINESS, unit=UNIT))

        assert stranger_page.get(url(name, visit)).status_code == 404
        assert desk.get(url(name, visit)).status_code == 403
        assert people.browser().get(url(name, visit)).status_code == 302

    def test_a_stranger_can_do_nothing(self, stranger_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()

        assert stranger_page.post(url("start", visit)).status_code == 404
        assert stranger_page.post(url("act", visit, "nobody_home"), {"key": "k"}).status_code == 404
        assert stranger_page.post(url("sign", visit), TYPED).status_code == 404
        assert (open_visit(view).status, Signature.objects.count()) == ("ASSIGNED", 0)

    def test_opening_the_contract_is_written_down(
        self, crew_page: Any, crew_people: Any, to_sign: Any
    ) -> None:
        view, visit = to_sign()

        answer = crew_page.get(url("contract", visit))

        assert "HỢP ĐỒNG MUA BÁN ĐIỆN" in text_of(answer.content)
        access = DocumentAccess.objects.get(document_id=contracts.find_contract(view.id).id)
        assert access.actor == f"staff:{crew_people[0].id}"

    def test_checklist_is_a_pdf_of_this_visit(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()

        text = text_of(crew_page.get(url("checklist", visit)).content)

        for words in (view.number, "PHIẾU CÔNG TÁC", "Nguyễn Thị Hoa", "0901 234 567", "Hung", "Vinh"):
            assert words in text


def open_visit_status(visit: Any) -> str:
    return fieldwork_queries.get_visit(visit.id).status


class TestSigning:
    def test_drawn_by_all_three_ends_the_step(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()
        crew_page.post(url("start", visit))
        page = crew_page.get(url("sign", visit))
        given = {"key": hidden(page), "sha256": hidden(page, "sha256")}
        given |= {f"{who}_png": drawn(n) for n, who in enumerate(("customer", "staff1", "staff2"))}

        answer = crew_page.post(url("sign", visit), given)

        assert answer.status_code == 302
        assert step_of(view) == "INSTALL"
        assert {s.method for s in Signature.objects.all()} == {"DRAWN"}
        assert fieldwork_queries.get_visit(visit.id).status == "DONE"
        assert open_visit(view).kind == "INSTALL"
        signed = crew_page.get(url("signed-contract", visit))
        contract = contracts.find_contract(view.id)
        assert contract.sha256 in text_of(signed.content).replace(" ", "")
        assert "Lần đến tiếp theo" in html(crew_page.get(url("visit", visit)))

    def test_typed_does_as_well_and_twice_signs_once(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()
        page = crew_page.get(url("sign", visit))

        for _ in range(2):
            assert crew_page.post(url("sign", visit), {**TYPED, "key": hidden(page)}).status_code == 302

        assert Signature.objects.count() == 3
        assert (
            Entry.objects.filter(request_id=view.id, name="step.done", payload__action="signed").count() == 1
        )

    def test_a_missing_one_is_named_and_the_others_stay(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()

        answer = crew_page.post(url("sign", visit), {**TYPED, "staff2_confirmed": ""})

        page = html(answer)
        assert answer.status_code == 422
        assert 'href="#id_staff2"' in page
        assert "Chưa có chữ ký" in page
        assert 'value="Vinh"' in page
        assert Signature.objects.count() == 2
        assert step_of(view) == "SIGN"
        assert (
            crew_page.post(
                url("sign", visit), {"staff2_typed": "Vinh", "staff2_confirmed": "yes"}
            ).status_code
            == 302
        )
        assert step_of(view) == "INSTALL"

    def test_an_empty_pad_is_no_signature(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()
        blank = "data:image/png;base64," + base64.b64encode(samples.strokes(empty=True)).decode()

        answer = crew_page.post(
            url("sign", visit), {**TYPED, "customer_confirmed": "", "customer_png": blank}
        )

        assert answer.status_code == 422
        assert 'href="#id_customer"' in html(answer)

    def test_a_contract_made_anew_meanwhile_is_not_signed_unseen(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()
        shown = hidden(crew_page.get(url("sign", visit)), "sha256")
        crew_page.post(
            url("act", visit, "correct_name"), {"full_name": "Nguyễn Thị Hòa", "key": "k", "step": "SIGN"}
        )

        answer = crew_page.post(url("sign", visit), {**TYPED, "sha256": shown})

        assert answer.status_code == 422
        assert "in lại" in html(answer)
        assert Signature.objects.count() == 0


class TestActs:
    def test_a_wrong_name_is_put_right_and_the_pack_made_again(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()
        crew_page.post(url("sign", visit), {k: v for k, v in TYPED.items() if not k.startswith("staff2")})

        answer = crew_page.post(
            url("act", visit, "correct_name"), {"full_name": "Nguyễn Thị Hòa", "key": "k", "step": "SIGN"}
        )

        assert answer.status_code == 302
        assert "Nguyễn Thị Hòa" in text_of(crew_page.get(url("contract", visit)).content)
        assert "Nguyễn Thị Hòa" in html(crew_page.get(url("visit", visit)))
        assert (
            crew_page.post(url("sign", visit), {**TYPED, "customer_typed": "Nguyễn Thị Hòa"}).status_code
            == 302
        )
        assert step_of(view) == "INSTALL"

    def test_nobody_home_books_another_day(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()
        key = hidden(crew_page.get(url("act", visit, "nobody_home")))

        for _ in range(2):
            assert (
                crew_page.post(url("act", visit, "nobody_home"), {"key": key, "step": "SIGN"}).status_code
                == 302
            )

        assert open_visit(view).attempt == 2
        assert Visit.objects.filter(request_id=view.id).count() == 2

    def test_pole_needed_says_what_for_and_promises_anew(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()

        missing = crew_page.post(
            url("act", visit, "pole_needed"), {"pole_note": "", "key": "k1", "step": "SIGN"}
        )
        done = crew_page.post(
            url("act", visit, "pole_needed"), {"pole_note": "Cột 8,5 m", "key": "k1", "step": "SIGN"}
        )

        assert (missing.status_code, done.status_code) == (422, 302)
        assert 'href="#id_pole_note"' in html(missing)
        assert request_queries.get_request(view.id).state.extension == "POLE_OR_CABLE"

    def test_who_comes_second_is_told(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()
        crew_page.post(url("sign", visit), TYPED)

        answer = crew_page.post(
            url("act", visit, "correct_name"), {"full_name": "Nguyễn Thị Hòa", "key": "late", "step": "SIGN"}
        )

        assert answer.status_code == 422
        assert "Nguyễn Thị Hòa" in html(answer)


class TestPapers:
    def test_photos_are_kept_and_what_was_seen_is_noted(self, crew_page: Any, to_sign: Any) -> None:
        view, visit = to_sign()
        photo = SimpleUploadedFile("IMG_0001.HEIC", samples.heic(), "image/heic")

        answer = crew_page.post(
            url("papers", visit), {"paper_IDENTITY": photo, "seen_PLACE_RIGHT": "yes", "key": "p"}
        )

        assert answer.status_code == 302
        document = document_queries.find_latest("request", view.id, "IDENTITY")
        assert (document.mime, document.sensitive, document.delete_after is not None) == (
            "image/jpeg",
            True,
            True,
        )
        assert Entry.objects.filter(request_id=view.id, name="paper.added").count() == 1
        assert "Đã xem tại nhà" in Note.objects.get(request_id=view.id).text
        page = html(crew_page.get(url("visit", visit)))
        assert url("document", visit, document.id) in page
        assert url("thumbnail", visit, document.id) not in page  # an identity card shows no face in lists

    def test_a_bad_file_is_told_beside_its_paper(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()
        program = SimpleUploadedFile("anh.jpg", b"MZ a program", "image/jpeg")

        answer = crew_page.post(
            url("papers", visit), {"paper_IDENTITY": program, "seen_PLACE_RIGHT": "yes", "key": "p"}
        )

        assert answer.status_code == 422
        assert 'href="#id_paper_IDENTITY"' in html(answer)
        assert "Chỉ nhận ảnh JPEG" in html(answer)

    def test_nothing_at_all_is_told(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()

        assert crew_page.post(url("papers", visit), {"key": "p"}).status_code == 422

    def test_a_paper_of_another_request_is_not_found(self, crew_page: Any, to_sign: Any) -> None:
        _, visit = to_sign()
        other, other_visit = to_sign(place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        photo = SimpleUploadedFile("a.jpg", samples.jpeg(), "image/jpeg")
        crew_page.post(url("papers", other_visit), {"paper_IDENTITY": photo, "key": "p"})
        document = document_queries.find_latest("request", other.id, "IDENTITY")

        assert crew_page.get(url("document", other_visit, document.id)).status_code == 200
        assert crew_page.get(url("document", visit, document.id)).status_code == 404


class TestLight:
    @pytest.fixture
    def to_install(self, crew_page: Any, to_sign: Any, stock: list[str]) -> Any:
        def begin(**answers: Any) -> Any:
            view, visit = to_sign(**answers)
            crew_page.post(url("sign", visit), TYPED)
            return view, open_visit(view)

        return begin

    def test_the_stock_is_offered(self, crew_page: Any, to_install: Any, stock: list[str]) -> None:
        _, visit = to_install()

        page = html(crew_page.get(url("act", visit, "installed")))

        for serial in stock:
            assert f'<option value="{serial}">' in page

    def test_meter_then_light_then_done(self, crew_page: Any, to_install: Any) -> None:
        view, visit = to_install()
        crew_page.post(url("start", visit))

        hung = crew_page.post(url("act", visit, "installed"), {**METER, "key": "i", "step": "INSTALL"})
        assert hung["Location"] == url("act", visit, "energised")
        lit = crew_page.post(
            url("act", visit, "energised"), {"energised_at": "", "key": "e", "step": "ENERGISE"}
        )

        assert lit.status_code == 302
        state = request_queries.get_request(view.id).state
        assert state.state == "SETTLED"
        assert supply_queries.get_contract(state.account_code).meter_serial == METER["meter_serial"]
        assert fieldwork_queries.get_visit(visit.id).status == "DONE"
        assert "Đã xong" in html(crew_page.get(url("visit", visit)))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("meter_serial", "99999999"), ("meter_serial", ""), ("first_reading", "không rõ"), ("first_reading", "1234567"),
            ("seals", ""),
        ],
    )  # fmt: skip
    def test_refuses_beside_the_field_and_keeps_the_rest(
        self, field: str, value: str, crew_page: Any, to_install: Any
    ) -> None:
        view, visit = to_install()
        given = {**METER, field: value, "key": "i", "step": "INSTALL"}

        answer = crew_page.post(url("act", visit, "installed"), given)

        page = html(answer)
        assert answer.status_code == 422
        assert f'href="#id_{field}"' in page
        for name in METER:
            assert given[name] in page
        assert step_of(view) == "INSTALL"

    def test_refuses_a_meter_that_hangs_at_another_home(self, crew_page: Any, to_install: Any) -> None:
        _, first = to_install()
        crew_page.post(url("act", first, "installed"), {**METER, "key": "i", "step": "INSTALL"})
        crew_page.post(url("act", first, "energised"), {"key": "e", "step": "ENERGISE"})
        view, second = to_install(place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})

        answer = crew_page.post(url("act", second, "installed"), {**METER, "key": "i2", "step": "INSTALL"})

        assert answer.status_code == 422
        assert 'href="#id_meter_serial"' in html(answer)
        assert step_of(view) == "INSTALL"

    def test_the_same_send_again_after_a_lost_answer_acts_once(self, crew_page: Any, to_install: Any) -> None:
        view, visit = to_install()
        page = crew_page.get(url("act", visit, "installed"))
        given = {**METER, "key": hidden(page), "step": hidden(page, "step")}

        first, again = (crew_page.post(url("act", visit, "installed"), given) for _ in range(2))

        assert (first.status_code, again.status_code) == (302, 302)
        assert (
            Entry.objects.filter(request_id=view.id, name="step.done", payload__action="installed").count()
            == 1
        )

    def test_a_meter_taken_meanwhile_leads_to_where_it_is_corrected(
        self, crew_page: Any, to_install: Any
    ) -> None:
        _, first = to_install()
        _, second = to_install(place={"text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"})
        for visit in (first, second):
            crew_page.post(
                url("act", visit, "installed"), {**METER, "key": f"i{visit.id}", "step": "INSTALL"}
            )
        crew_page.post(url("act", first, "energised"), {"key": "e1", "step": "ENERGISE"})

        answer = crew_page.post(url("act", second, "energised"), {"key": "e2", "step": "ENERGISE"})

        assert answer.status_code == 422
        assert "đang treo tại điểm đo khác" in html(answer)
        assert url("act", second, "correct_meter") in html(answer)
        assert METER["meter_serial"] in html(crew_page.get(url("act", second, "correct_meter")))

    def test_a_light_in_the_future_is_refused(self, crew_page: Any, to_install: Any) -> None:
        view, visit = to_install()
        crew_page.post(url("act", visit, "installed"), {**METER, "key": "i", "step": "INSTALL"})

        answer = crew_page.post(
            url("act", visit, "energised"),
            {"energised_at": "2099-01-01T10:00", "key": "e", "step": "ENERGISE"},
        )

        assert answer.status_code == 422
        assert 'href="#id_energised_at"' in html(answer)
        assert step_of(view) == "ENERGISE"


class TestPending:
    def test_is_for_crews_and_stands_in_their_menu(self, crew_page: Any, company: Any) -> None:
        from motcua.companies.roles import Role

        assert "Chờ gửi" in html(crew_page.get(reverse("field:pending")))
        assert f'href="{reverse("field:pending")}"' in html(crew_page.get(reverse("field:today")))
        clerk = people.browser(people.add_staff("thu-ky", Role.DESK_CLERK))
        assert clerk.get(reverse("field:pending")).status_code == 403
        assert people.browser().get(reverse("field:pending")).status_code == 302
