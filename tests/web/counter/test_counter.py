"""The counter: derived from the declarations, one page, nothing typed lost."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from motcua.services import catalogue
from motcua.web import slips
from tests.kernel.test_id_cards import lines
from tests.web import people

NEW = "/quay/phieu-moi/NEW-LV-RES/"
INFO = {
    "topic": "OTHER",
    "question": "Hỏi thủ tục tách công tơ",
    "full_name": "Lê Văn Nam",
    "phone": "0912345678",
}


def home(**more):
    return {**people.form_of(people.HOME_ANSWERS), "key": "counter:1", **more}


def sent(page):
    return request_queries.find_by_number(page.headers["Location"].split("/")[-2])


def picture() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (640, 480), "white").save(out, "JPEG")
    return SimpleUploadedFile("anh.jpg", out.getvalue(), "image/jpeg")


class TestForm:
    @pytest.mark.parametrize("code", ["NEW-LV-RES", "CHG-CAPACITY", "INFO", "COMPLAINT", "FAULT"])
    def test_asks_every_question_of_the_declaration_on_one_page(self, counter, code):
        text = counter.get(f"/quay/phieu-moi/{code}/").content.decode()

        service = catalogue.get(code, local_date(clock.now()))
        for question in service.questions:
            assert re.search(rf'name="{question.name}(_text)?"', text), question.name

    def test_a_question_that_hangs_on_another_carries_its_condition(self, counter):
        found = [
            code
            for code in (service.code for service in catalogue.list_services(local_date(clock.now())))
            if "data-when=" in counter.get(f"/quay/phieu-moi/{code}/").content.decode()
        ]

        conditional = {
            service.code
            for service in catalogue.list_services(local_date(clock.now()))
            if any(question.when.fields() for question in service.questions)
        }
        assert set(found) == conditional

    def test_sends_in_a_direct_request_by_the_channel_counter(self, counter):
        page = counter.post(NEW, home())

        view = sent(page)
        assert (view.state.channel, view.state.reception, view.state.trips) == ("COUNTER", "DIRECT", 1)
        assert view.answers["full_name"] == "Nguyễn Thị Hoa"

    def test_twice_sent_is_one_request(self, counter):
        first, second = counter.post(NEW, home()), counter.post(NEW, home())

        assert first.headers["Location"] == second.headers["Location"]
        assert Request.objects.count() == 1

    def test_says_what_is_wrong_beside_each_field_and_keeps_the_rest(self, counter):
        page = counter.post(NEW, home(phone="12", id_number=""))

        text = page.content.decode()
        assert page.status_code == 422
        assert 'href="#id_phone"' in text
        assert 'href="#id_id_number"' in text
        assert 'value="Nguyễn Thị Hoa"' in text
        assert 'value="12"' in text
        assert 'value="counter:1"' in text
        assert Request.objects.count() == 0

    def test_what_is_not_for_this_customer_is_said_at_the_question(self, counter):
        page = counter.post(NEW, home(right_to_place="LEASE_SHORT"))

        assert page.status_code == 422
        assert "chủ nhà là người ký hợp đồng" in page.content.decode()

    def test_papers_taken_before_an_error_are_not_lost(self, counter):
        service = catalogue.get("NEW-LV-RES", local_date(clock.now()))
        paper = next(p for p in service.papers if "UPLOAD" in p.give)
        first = counter.post(NEW, home(phone="", **{f"paper_{paper.code}": picture()}))
        draft = re.search(r'name="draft" value="([^"]+)"', first.content.decode())[1]

        second = counter.post(NEW, home(draft=draft))

        assert "Đã nhận 1 tệp." in first.content.decode()
        assert [document.kind for document in slips.papers_of(sent(second))] == [paper.code]

    def test_a_draft_signed_for_somebody_else_is_not_taken(self, counter):
        page = counter.post(NEW, home(draft="falsch"))

        assert page.status_code == 302

    def test_a_file_that_is_none_is_refused_beside_its_field(self, counter):
        service = catalogue.get("NEW-LV-RES", local_date(clock.now()))
        paper = next(p for p in service.papers if "UPLOAD" in p.give)
        bad = SimpleUploadedFile("virus.exe", b"MZ" + b"\0" * 100)

        page = counter.post(NEW, home(**{f"paper_{paper.code}": bad}))

        assert page.status_code == 422
        assert f'href="#id_paper_{paper.code}"' in page.content.decode()

    def test_an_unknown_service_is_not_found(self, counter):
        assert counter.get("/quay/phieu-moi/KHONG-CO/").status_code == 404


class TestRepresentative:
    def test_is_kept_with_the_ground_of_authority(self, counter):
        page = counter.post(
            NEW, home(rep_name="Trần Văn An", rep_ground="HOUSEHOLD_MEMBER", rep_phone="0987654321")
        )

        assert sent(page).representative == {
            "name": "Trần Văn An",
            "ground": "HOUSEHOLD_MEMBER",
            "phone": "+84987654321",
        }

    def test_without_a_ground_is_refused(self, counter):
        page = counter.post(NEW, home(rep_name="Trần Văn An"))

        assert "Hãy chọn căn cứ đại diện." in page.content.decode()
        assert Request.objects.count() == 0


class TestCustomer:
    def test_is_found_and_fills_the_form(self, counter):
        counter.post(NEW, home())

        found = counter.get("/quay/", {"q": "nguyen thi hoa"})
        id = re.search(r"\?khach=([0-9a-f-]{36})", found.content.decode())[1]
        form = counter.get("/quay/phieu-moi/COMPLAINT/", {"khach": id}).content.decode()

        assert 'value="Nguyễn Thị Hoa"' in form
        assert 'value="0901 234 567"' in form

    def test_chosen_is_the_same_customer_and_another_name_is_another(self, counter):
        first = sent(counter.post(NEW, home()))
        id = str(first.customer_id)

        same = sent(
            counter.post(
                "/quay/phieu-moi/INFO/", {**INFO, "full_name": "nguyễn thị HOA", "khach": id, "key": "k2"}
            )
        )
        other = sent(counter.post("/quay/phieu-moi/INFO/", {**INFO, "khach": id, "key": "k3"}))

        assert same.customer_id == first.customer_id
        assert other.customer_id != first.customer_id


class TestSlip:
    def test_the_code_word_is_told_once_and_printed_for_half_an_hour(self, counter):
        page = counter.post(NEW, home())
        number = sent(page).number

        done = counter.get(page.headers["Location"]).content.decode()
        slip = counter.get(f"/quay/phieu/{number}.pdf")

        assert "Từ khóa theo dõi" in done
        assert slip.content.startswith(b"%PDF")

    def test_a_colleague_is_not_told_the_code_word(self, counter):
        page = counter.post(NEW, home())
        other = people.browser(people.add_staff("an", Role.INTAKE))

        assert "Từ khóa theo dõi" not in other.get(page.headers["Location"]).content.decode()


class TestClerk:
    """A clerk of a public administration centre: submits and follows for citizens, sees only those requests."""

    def test_sends_in_with_the_number_of_the_dossier(self, clerk):
        page = clerk.post("/quay/phieu-moi/INFO/", {**INFO, "external_number": "H26-0001", "key": "k1"})

        view = sent(page)
        assert (view.state.channel, view.state.reception, view.state.external_number) == (
            "DESK",
            "DIRECT",
            "H26-0001",
        )

    def test_the_same_dossier_twice_is_refused_beside_its_field(self, clerk):
        clerk.post("/quay/phieu-moi/INFO/", {**INFO, "external_number": "H26-0001", "key": "k1"})

        page = clerk.post("/quay/phieu-moi/INFO/", {**INFO, "external_number": "H26-0001", "key": "k2"})

        assert page.status_code == 422
        assert 'href="#id_external_number"' in page.content.decode()
        assert Request.objects.count() == 1

    def test_lists_and_opens_only_their_own(self, clerk, counter):
        theirs = sent(clerk.post("/quay/phieu-moi/INFO/", {**INFO, "key": "k1"}))
        others = sent(counter.post(NEW, home()))

        listed = clerk.get("/quay/da-nop/").content.decode()

        assert theirs.number in listed
        assert others.number not in listed
        assert clerk.get(f"/quay/ho-so/{theirs.number}/").status_code == 200
        for path in (
            f"/quay/ho-so/{others.number}/",
            f"/quay/xong/{others.number}/",
            f"/quay/phieu/{others.number}.pdf",
        ):
            assert clerk.get(path).status_code == 404, path

    def test_the_story_names_people_not_their_ids(self, clerk):
        theirs = sent(clerk.post("/quay/phieu-moi/INFO/", {**INFO, "key": "k1"}))

        shown = clerk.get(f"/quay/ho-so/{theirs.number}/").content.decode()

        assert theirs.state.submitted_by.startswith("staff:")
        assert theirs.state.submitted_by not in shown

    def test_another_clerk_does_not_see_them(self, clerk):
        theirs = sent(clerk.post("/quay/phieu-moi/INFO/", {**INFO, "key": "k1"}))
        other = people.browser(people.add_staff("ba", Role.DESK_CLERK))

        assert other.get(f"/quay/ho-so/{theirs.number}/").status_code == 404

    def test_brings_papers_and_cancels_on_the_citizens_word(self, clerk):
        view = sent(clerk.post(NEW, home()))
        paper = next(p for p in view.service.papers if "UPLOAD" in p.give)

        given = clerk.post(
            f"/quay/ho-so/{view.number}/giay-to/", {"key": "k2", f"paper_{paper.code}": picture()}
        )
        cancelled = clerk.post(f"/quay/ho-so/{view.number}/huy/", {"key": "k3", "reason": "Không cần"})

        assert (given.status_code, cancelled.status_code) == (302, 302)
        assert [d.kind for d in slips.papers_of(view)] == [paper.code]
        assert request_queries.get_request(view.id).state.state == "CANCELLED"

    def test_no_file_chosen_says_so(self, clerk):
        view = sent(clerk.post(NEW, home()))

        page = clerk.post(f"/quay/ho-so/{view.number}/giay-to/", {"key": "k2"})

        assert "Hãy chọn ít nhất một tệp" in page.content.decode()

    @pytest.mark.parametrize("text", ["nguyen thi hoa", "0901234567", "4567", "345"])
    def test_finds_nobody_by_name_or_phone(self, clerk, counter, text):
        counter.post(NEW, home())

        assert clerk.get("/quay/", {"q": text}).context["found"] == []
        assert len(clerk.get("/quay/", {"q": "001185012345"}).context["found"]) == 1

    def test_is_told_neither_phone_nor_identity_number(self, clerk, counter):
        customer = sent(counter.post(NEW, home())).customer_id

        shown = [
            clerk.get(path, {"khach": customer, "dt": "0901234567"}).content.decode()
            for path in ("/quay/", NEW)
        ]

        assert "Nguyễn Thị Hoa" in shown[1]
        for text in shown:
            assert "001185012345" not in text.replace(" ", "").replace("Vídụ:001185012345", "")


CARD = "001185012345||Nguyễn Thị Hoa|05031985|Nữ|Số 12 Tây Sơn, Đống Đa, Hà Nội|10052021"


class TestCard:
    def test_a_scanned_card_fills_the_form_and_stays_out_of_the_address(self, counter):
        page = counter.post("/quay/", {"q": CARD}, follow=True)
        address = page.redirect_chain[-1][0]
        link = re.search(r'href="(/quay/phieu-moi/NEW-LV-RES/[^"]*)"', page.content.decode())[1]

        form = counter.get(link.replace("&amp;", "&")).content.decode()

        assert "001185012345" not in address
        assert 'value="001185012345"' in form
        assert 'value="Nguyễn Thị Hoa"' in form

    def test_a_known_customer_is_chosen_by_the_card(self, counter):
        sent(counter.post(NEW, home()))

        page = counter.post("/quay/", {"q": CARD}, follow=True)

        assert page.context["customer"].full_name == "Nguyễn Thị Hoa"

    def test_the_lines_on_its_back_do_as_well_and_tell_that_the_name_has_no_marks(self, counter):
        page = counter.post("/quay/", {"q": "\n".join(lines())}, follow=True)
        shown = page.content.decode()
        link = re.search(r'href="(/quay/phieu-moi/NEW-LV-RES/[^"]*)"', shown)[1]

        form = counter.get(link.replace("&amp;", "&")).content.decode()

        assert "ghi tên không dấu" in shown
        assert "Thường trú" not in shown
        assert 'value="001185012345"' in form
        assert 'value="Nguyen Thi Hoa"' in form

    def test_half_a_card_is_told_so(self, counter):
        page = counter.post("/quay/", {"q": lines()[0]}, follow=True)
        assert "quét lại" in page.content.decode()
        page = counter.post("/quay/", {"q": CARD[3:]}, follow=True)
        assert "quét lại" in page.content.decode()

    def test_other_words_are_looked_for(self, counter):
        page = counter.post("/quay/", {"q": "nguyen thi hoa"})
        assert page.headers["Location"] == "/quay/?q=nguyen+thi+hoa"


class TestDoubles:
    def test_the_same_request_again_is_asked_about_once(self, counter):
        first = sent(counter.post(NEW, home()))

        warned = counter.post(NEW, home(key="counter:2"))
        seen = re.search(r'name="da_xem" value="([^"]+)"', warned.content.decode())[1]
        second = sent(counter.post(NEW, home(key="counter:2", da_xem=seen)))

        assert warned.status_code == 409
        assert first.number in warned.content.decode()
        assert 'value="0901234567"' in warned.content.decode() or "0901 234 567" in warned.content.decode()
        assert second.number != first.number

    def test_what_another_asks_for_at_the_same_place_is_warned_of(self, counter):
        first = sent(counter.post(NEW, home()))
        neighbour = {
            "full_name": "Lê Văn Nam",
            "phone": "0912345678",
            "id_number": "001079004321",
            "key": "counter:2",
        }
        elsewhere = {**neighbour, "place_text": "Số 14 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"}
        said_otherwise = {**neighbour, "place_text": "12 ngõ 34 Tây Sơn, phường Đống Đa, thành phố Hà Nội"}

        warned = counter.post(NEW, home(**said_otherwise))

        assert warned.status_code == 409
        assert f"Người khác đang xin cấp điện tại nơi này: yêu cầu {first.number}." in warned.content.decode()
        assert sent(counter.post(NEW, home(**elsewhere))).number != first.number

    def test_a_clerk_of_another_authority_is_told_nothing(self, counter, clerk):
        sent(counter.post(NEW, home()))
        assert sent(clerk.post(NEW, home(key="counter:2", external_number="H26-1")))
