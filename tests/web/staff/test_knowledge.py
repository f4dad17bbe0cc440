"""Answers: written by staff, read and found by customers."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.assistant.knowledge import first, queries
from motcua.assistant.models import Article
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from tests.web import people

LIST = "/nhan-vien/hoi-dap/"
TOLD = {"title": "Đọc chỉ số thế nào?", "wordings": "xem số công tơ\nđọc điện kế", "answer": "Lấy số đen. Xem {page:gia-dien}.",
        "title_en": "", "answer_en": "", "state": "PUBLISHED", "version": ""}  # fmt: skip


@pytest.fixture
def page(company: Any) -> Any:
    return people.browser(people.add_staff("bien-tap", Role.BUSINESS))


@pytest.fixture
def known(company: Any) -> None:
    first.ensure(actor=Actor.system("test"), at=clock.now())


class TestEditors:
    def test_write_try_and_correct(self, page):
        assert page.post(f"{LIST}them/", TOLD)["Location"] == LIST
        tried = page.get(LIST, {"hoi": "doc dien ke"})
        assert "Trợ lý trả lời ngay bằng bài đầu." in tried.content.decode()
        row = Article.objects.get()
        assert page.post(f"{LIST}{row.id}/", {**TOLD, "answer": "Số đen.", "version": 1})["Location"] == LIST

        stale = page.post(f"{LIST}{row.id}/", {**TOLD, "answer": "Cũ.", "version": 1})

        assert stale.status_code == 422
        assert "Người khác vừa sửa bài này." in stale.content.decode()
        assert "Cũ." in stale.content.decode()
        assert Article.objects.get().answer == "Số đen."

    def test_a_fact_nobody_knows_is_told_at_its_field(self, page):
        answer = page.post(f"{LIST}them/", {**TOLD, "answer": "Phí {fee:GONE}"})

        assert answer.status_code == 422
        assert "Không có dữ liệu nào tên {fee:GONE}." in answer.content.decode()

    def test_words_are_kept(self, page):
        page.post(f"{LIST}tu-ngu/", {"same": "công tơ, đồng hồ\nmột mình", "empty": "ạ, ơi"})
        page.post(f"{LIST}them/", {**TOLD, "wordings": "đọc công tơ"})

        assert queries.ask("đọc đồng hồ ạ")[0].hits[0].text == "đọc công tơ"
        assert "công tơ, đồng hồ" in page.get(f"{LIST}tu-ngu/").content.decode()

    def test_what_was_asked_in_vain_begins_an_article(self, page, known):
        tried = page.get(LIST, {"hoi": "zzyzx qwv"}).content.decode()

        assert "?cau=zzyzx%20qwv" in tried
        assert "zzyzx qwv</textarea>" in page.get(f"{LIST}them/", {"cau": "zzyzx qwv"}).content.decode()

    def test_of_the_counter_may_not(self, company):
        assert people.browser(people.add_staff("quay", Role.INTAKE)).get(LIST).status_code == 403


class TestCustomers:
    def test_find_an_answer_in_their_own_words(self, hanoi, known):
        text = hanoi.get("/hoi-dap/", {"tim": "quen ma kh"}).content.decode()

        assert "Mã khách hàng gồm 13 chữ và số" in text
        assert '<a href="/cua-toi/">/cua-toi/</a>' in text

    def test_read_it_in_english(self, hanoi, known):
        row = Article.objects.get(title="Có người gọi xưng là điện lực")
        hanoi.cookies["mc_lang"] = "en"
        text = hanoi.get(f"/hoi-dap/{row.id}/").content.decode()

        assert "We never call to make you transfer money" in text

    def test_are_told_when_there_is_none(self, hanoi, known):
        assert "Chưa có câu trả lời cho" in hanoi.get("/hoi-dap/", {"tim": "zzyzx qwv"}).content.decode()

    def test_do_not_see_drafts(self, hanoi, page):
        page.post(f"{LIST}them/", {**TOLD, "state": "DRAFT"})
        row = Article.objects.get()

        assert hanoi.get(f"/hoi-dap/{row.id}/").status_code == 404
        assert TOLD["title"] not in hanoi.get("/hoi-dap/").content.decode()

    def test_meet_answers_when_looking_for_a_service(self, hanoi, known):
        assert (
            "Trả tiền điện bằng cách nào?"
            in hanoi.get("/dich-vu/", {"tim": "tra tien dien qua mang"}).content.decode()
        )

    def test_nobody_elses_address_becomes_a_link(self, hanoi, page):
        page.post(f"{LIST}them/", {**TOLD, "answer": "Xem https://xa.example/gia và <b>đậm</b>"})

        text = hanoi.get(f"/hoi-dap/{Article.objects.get().id}/").content.decode()

        assert "https://xa.example/gia và &lt;b&gt;đậm" in text
        assert 'href="https://xa.example' not in text
