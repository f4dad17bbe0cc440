"""Signed at the door by three; what else ends a visit; the photos taken there."""

from __future__ import annotations

import base64
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.documents import queries as document_queries
from motcua.documents.models import Signature
from motcua.fieldwork import contracts
from motcua.fieldwork import queries as fieldwork_queries
from motcua.fieldwork.models import Visit
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry, Note
from tests.documents import samples
from tests.documents.test_packs import text_of
from tests.web.field.at_the_door import TYPED, drawn, hidden, html, open_visit, step_of, url


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
