"""The page of a request: what it shows, what can be done there, what a refusal leaves."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from motcua.companies.access import actor_of
from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.documents import queries as document_queries
from motcua.documents.models import DocumentAccess
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from tests.web import people

ACCEPT = {"needs_survey": "false", "cost_vnd": "450000", "cost_note": "15 m cáp"}


def url(view, rest: str = "") -> str:
    return f"/ban-viec/yeu-cau/{view.number}/{rest}"


def fresh(view):
    return request_queries.get_request(view.id)


def hidden(page, form: str) -> dict[str, str]:
    """The hidden fields of an act's form."""
    part = re.search(rf'id="act-{form}".*?</form>', page.content.decode(), re.S)[0]
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', part))


def picture() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (640, 480), "white").save(out, "JPEG")
    return SimpleUploadedFile("anh.jpg", out.getvalue(), "image/jpeg")


class TestPage:
    def test_shows_step_deadline_place_unit_and_why(self, business_page, send):
        text = business_page.get(url(send())).content.decode()

        assert "Kiểm tra hồ sơ" in text
        assert "Cách tính hạn cam kết" in text
        assert "ngày làm việc thứ 5 trên 5" in text
        assert "Công ty Điện lực Đống Đa" in text
        assert "theo xã, phường" in text
        assert "Đã gửi yêu cầu" in text

    def test_that_it_was_opened_and_by_whom_is_audited(self, business, business_page, send):
        view = send()

        business_page.get(url(view))

        entry = AuditEntry.objects.get(verb="request.seen")
        assert (entry.actor, entry.subject_id) == (f"staff:{business.id}", str(view.id))

    def test_a_number_in_small_letters_leads_to_the_page(self, business_page, send):
        view = send()

        page = business_page.get(f"/ban-viec/yeu-cau/{view.number.lower()}/")

        assert page.headers["Location"] == url(view)

    def test_what_is_not_ours_is_not_found(self, send):
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, Role.SUPERVISOR, unit="PD0200"))

        assert elsewhere.get(url(send())).status_code == 404

    def test_the_slip_is_a_pdf(self, business_page, send):
        page = business_page.get(url(send(), "phieu.pdf"))

        assert page.headers["Content-Type"] == "application/pdf"
        assert page.content.startswith(b"%PDF")


class TestAdvance:
    def test_does_the_declared_action_with_its_inputs(self, business_page, send):
        view = send()
        given = hidden(business_page.get(url(view)), "accept")

        page = business_page.post(url(view, "buoc/accept/"), {**given, **ACCEPT})

        assert page.status_code == 302
        assert (fresh(view).step, fresh(view).inputs["cost_vnd"]) == ("PAY", 450000)

    def test_twice_sent_acts_once(self, business_page, send):
        view = send()
        given = {**hidden(business_page.get(url(view)), "accept"), **ACCEPT}

        business_page.post(url(view, "buoc/accept/"), given)
        again = business_page.post(url(view, "buoc/accept/"), given)

        assert again.status_code == 302
        assert [e.name for e in request_queries.list_entries(view.id)].count("step.done") == 2

    def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(self, business_page, send):
        view = send()
        given = hidden(business_page.get(url(view)), "accept")

        page = business_page.post(
            url(view, "buoc/accept/"),
            {**given, "needs_survey": "false", "cost_vnd": "rẻ", "cost_note": "cáp"},
        )

        text = page.content.decode()
        assert page.status_code == 422
        assert 'href="#id_accept_cost_vnd"' in text
        assert 'value="rẻ"' in text
        assert f'value="{given["key"]}"' in text
        assert fresh(view).step == "CHECK"

    def test_somebody_was_first_the_words_typed_stay(self, business_page, send):
        view = send()
        given = hidden(business_page.get(url(view)), "accept")
        request_ops.advance(
            request_id=view.id, action="accept", inputs={"needs_survey": True}, key="first", at=clock.now(),
            actor=actor_of(people.add_staff("an", Role.BUSINESS)),
        )  # fmt: skip

        page = business_page.post(url(view, "buoc/accept/"), {**given, **ACCEPT, "cost_note": "cáp đôi 2x10"})

        text = page.content.decode()
        assert page.status_code == 409
        assert "vừa được chuyển sang bước" in text
        assert "cáp đôi 2x10" in text

    def test_another_role_is_not_offered_it_and_refused(self, intake_page, send):
        view = send()

        shown = intake_page.get(url(view)).content.decode()
        page = intake_page.post(url(view, "buoc/accept/"), {"step": "CHECK", "key": "k", **ACCEPT})

        assert 'id="act-accept"' not in shown
        assert page.status_code == 409
        assert fresh(view).step == "CHECK"

    def test_a_question_is_answered_and_settled_in_one_step(self, intake_page, ask):
        view = ask()
        given = hidden(intake_page.get(url(view)), "answer")

        intake_page.post(url(view, "buoc/answer/"), {**given, "answer": "Mỗi hộ một định mức."})

        assert fresh(view).state.state == "SETTLED"


class TestActs:
    def post(self, client, view, slug: str, **data):
        return client.post(url(view, f"viec/{slug}/"), {"key": f"k:{slug}", **data})

    def test_asks_for_papers_and_the_clock_stands(self, business_page, send):
        view = send()
        code = view.service.papers[0].code

        page = self.post(business_page, view, "bo-sung", papers=[code], reason="Ảnh bị mờ")

        assert page.status_code == 302
        assert fresh(view).state.state == "WAITING_PAPERS"
        assert "Đang chờ khách hàng bổ sung" in business_page.get(url(view)).content.decode()

    def test_asking_for_no_paper_is_refused_in_place(self, business_page, send):
        view = send()

        page = self.post(business_page, view, "bo-sung", reason="Ảnh bị mờ")

        text = page.content.decode()
        assert "Hãy chọn giấy tờ cần bổ sung." in text
        assert "Ảnh bị mờ" in text

    def test_papers_brought_lie_beside_the_checklist_and_opening_them_is_logged(
        self, business, business_page, send
    ):
        view = send()
        paper = view.service.papers[0]
        self.post(business_page, view, "bo-sung", papers=[paper.code], reason="Thiếu")

        self.post(business_page, view, "them-giay-to", **{f"paper_{paper.code}": picture()})
        [document] = document_queries.list_documents("request", view.id, kinds=(paper.code,))
        shown = business_page.get(url(view)).content.decode()
        opened = business_page.get(url(view, f"giay-to/{document.id}/"))
        thumb = business_page.get(url(view, f"giay-to/{document.id}/nho/"))

        assert fresh(view).state.state == "OPEN"
        assert f"giay-to/{document.id}/nho/" in shown
        assert (opened.status_code, thumb.status_code) == (200, 200)
        assert (
            DocumentAccess.objects.filter(document_id=document.id, actor=f"staff:{business.id}").count() == 2
        )
        assert AuditEntry.objects.filter(verb="document.opened", subject_id=str(document.id)).count() == 1

    def test_a_document_of_another_request_is_not_found(self, business_page, send):
        first, second = send(), send()
        paper = first.service.papers[0]
        self.post(business_page, first, "them-giay-to", **{f"paper_{paper.code}": picture()})
        [document] = document_queries.list_documents("request", first.id, kinds=(paper.code,))

        assert business_page.get(url(second, f"giay-to/{document.id}/")).status_code == 404

    def test_rejects_with_a_reason_and_a_supervisor_reopens(self, business_page, supervisor_page, send):
        view = send()

        without = self.post(business_page, view, "tu-choi", reason=" ")
        done = business_page.post(url(view, "viec/tu-choi/"), {"key": "k2", "reason": "Ngoài địa bàn"})
        by_business = self.post(business_page, view, "mo-lai", reason="Nhầm")
        self.post(supervisor_page, view, "mo-lai", reason="Nhầm", step="CHECK")

        assert "Hãy ghi lý do" in without.content.decode()
        assert done.status_code == 302
        assert by_business.status_code == 409
        assert (fresh(view).state.state, fresh(view).step, fresh(view).state.reopened) == ("OPEN", "CHECK", 1)

    def test_cancels_on_the_customers_word(self, intake_page, send):
        view = send()

        self.post(intake_page, view, "khach-huy", reason="Không cần nữa")

        assert fresh(view).state.state == "CANCELLED"

    def test_assigns_to_a_colleague_and_to_nobody_else(self, business, business_page, send):
        view = send()
        stranger = people.add_staff("xa", Role.CREW)

        self.post(business_page, view, "giao-viec", assignee=f"staff:{business.id}")
        refused = business_page.post(
            url(view, "viec/giao-viec/"), {"key": "k2", "assignee": f"staff:{stranger.id}"}
        )

        assert refused.status_code in {409, 422}
        assert fresh(view).state.assignee == f"staff:{business.id}"

    def test_reroutes_with_a_reason(self, business_page, send):
        view = send()

        page = self.post(business_page, view, "chuyen-don-vi", unit="PD0300", reason="Nhà ở phường bên")

        assert page.status_code == 302
        assert fresh(view).unit_code == "PD0300"
        assert "Nhà ở phường bên" in business_page.get(url(view)).content.decode()

    def test_rerouted_out_of_reach_leads_back_to_the_work_list(self, send):
        view = send()
        local = people.browser(people.add_staff("xa", Role.BUSINESS, unit=view.unit_code))

        page = self.post(local, view, "chuyen-don-vi", unit="PD0300", reason="Nhà ở phường bên")

        assert page.headers["Location"] == "/ban-viec/"

    def test_records_a_trip_and_a_note(self, intake_page, send):
        view = send()

        self.post(intake_page, view, "luot-den")
        self.post(intake_page, view, "ghi-chu", text="Gọi lại sau 17 giờ")

        assert fresh(view).state.trips == 1
        assert "Gọi lại sau 17 giờ" in intake_page.get(url(view)).content.decode()

    def test_explains_why_it_is_late(self, business_page, send):
        view = send(at=clock.now() - timedelta(days=20))

        missing = self.post(business_page, view, "giai-trinh", reason="Hết công tơ")
        done = business_page.post(
            url(view, "viec/giai-trinh/"), {"key": "k2", "party": "COMPANY", "reason": "Hết công tơ"}
        )

        assert "Hãy chọn chậm do bên nào." in missing.content.decode()
        assert done.status_code == 302
        assert "Điện lực: Hết công tơ" in business_page.get(url(view)).content.decode()

    def test_an_act_of_no_name_is_not_found(self, business_page, send):
        assert self.post(business_page, send(), "khong-co").status_code == 404

    @pytest.mark.parametrize(
        "slug", ["tu-choi", "khach-huy", "mo-lai", "giao-viec", "chuyen-don-vi", "ghi-chu"]
    )
    def test_another_unit_can_do_none_of_them(self, send, slug):
        view = send()
        elsewhere = people.browser(people.add_staff("xa", Role.BUSINESS, Role.SUPERVISOR, unit="PD0200"))
        before = len(request_queries.list_entries(view.id))

        page = self.post(elsewhere, view, slug, reason="x", unit="PD0200", text="x", assignee="")

        assert page.status_code == 404
        assert len(request_queries.list_entries(view.id)) == before


class TestBudget:
    def test_the_page_takes_a_bounded_number_of_queries_however_long_its_story(self, business_page, send):
        view = send()
        business_page.get(url(view))
        with CaptureQueriesContext(connection) as short:
            business_page.get(url(view))
        for n in range(15):
            business_page.post(url(view, "viec/ghi-chu/"), {"key": f"n{n}", "text": f"Ghi chú {n}"})
        business_page.get(url(view))
        with CaptureQueriesContext(connection) as long:
            business_page.get(url(view))

        assert len(long) <= len(short) + 1, "\n".join(q["sql"][:150] for q in long)
        assert len(long) <= 55, "\n".join(q["sql"][:150] for q in long)
