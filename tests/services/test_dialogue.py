"""The same questions as a conversation: asked one by one, understood loosely, corrected by name or number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services import strategies
from tests.services.conftest import TODAY
from tests.services.test_forms import GOOD

from motcua.kernel import vietnamese
from motcua.kernel.results import Problem
from motcua.services import catalogue, dialogue, forms, values
from motcua.services.declaration import Question, QuestionType, Text

SERVICES = list(catalogue.current().list_all())


def hear(service, name, text, **more):
    return dialogue.parse_answer(service.question(name), text, **more)


class TestAsking:
    def test_asks_one_by_one_with_progress(self, home_supply):
        first = dialogue.next_question(home_supply, {})

        assert first.question.name == "has_meter"
        assert first.progress == "1/8"
        assert [button.label for button in first.buttons] == ["Có", "Không"]
        second = dialogue.next_question(home_supply, {"has_meter": False})
        assert (second.question.name, second.progress) == ("place", "2/8")
        assert "Ví dụ: Số 12 ngõ 34" in second.text

    def test_ends_with_a_numbered_summary(self, home_supply):
        assert dialogue.next_question(home_supply, GOOD) is None
        assert dialogue.summary(home_supply, GOOD)[4:6] == (
            "5. Số định danh: 001 185 012 345",
            "6. Số điện thoại: 0901 234 567",
        )

    def test_stops_asking_when_it_is_not_possible(self, home_supply):
        assert dialogue.next_question(home_supply, {"has_meter": True}) is None
        refusal = dialogue.find_refusal(home_supply, {"has_meter": True})
        assert refusal.instead_service == "INFO"

    def test_asks_again_what_is_not_valid(self, home_supply):
        assert dialogue.next_question(home_supply, {**GOOD, "phone": "12"}).question.name == "phone"

    def test_passes_over_what_was_skipped_but_only_if_it_may_be(self):
        complaint = catalogue.get("COMPLAINT", 1)
        given = {"about": "STAFF", "story": "Chuyện"}

        asked = dialogue.next_question(complaint, given)
        assert asked.question.name == "account_code"
        assert asked.may_skip
        assert asked.buttons[-1].label == "Bỏ qua"
        assert (
            dialogue.next_question(complaint, given, skipped=["account_code", "full_name"]).question.name
            == "full_name"
        )

    def test_leaves_out_what_is_not_for_the_chat(self):
        info = catalogue.get("INFO", 1)

        assert [question.name for question in dialogue.chat_questions(info, {})] == ["topic", "question"]

    def test_asks_in_english(self, home_supply):
        assert dialogue.next_question(home_supply, {}, lang="en").text.startswith("Is there already")


class TestTaps:
    @pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")
    def test_every_button_means_what_it_says(self, service):
        for question in service.questions:
            for button in dialogue.list_buttons(service, question):
                tap = dialogue.read_payload(button.payload)
                found, heard = dialogue.hear_tap(service, tap)
                assert found is question
                assert heard.skipped == (button.label == "Bỏ qua")
                assert heard.skipped or heard.is_good
                assert len(button.payload) <= 100

    def test_an_old_button_counts_while_it_still_has_a_meaning(self, home_supply):
        old = catalogue.get("NEW-LV-RES", 1)
        payload = dialogue.payload(old, old.question("phases"), "THREE")

        assert dialogue.hear_tap(home_supply, dialogue.read_payload(payload))[1].value == "THREE"
        assert dialogue.hear_tap(home_supply, dialogue.Tap("NEW-LV-RES", 1, "phases", "SIX")) is None
        assert dialogue.hear_tap(home_supply, dialogue.Tap("NEW-LV-RES", 1, "colour", "RED")) is None
        assert dialogue.hear_tap(home_supply, dialogue.Tap("INFO", 1, "phases", "ONE")) is None
        assert dialogue.hear_tap(home_supply, dialogue.Tap("NEW-LV-RES", 2, "phone", "")) is None

    @given(st.text(max_size=40))
    def test_any_other_text_is_no_payload(self, text):
        if not text.startswith("f:"):
            assert dialogue.read_payload(text) is None


SPELLINGS = {
    "as is": lambda text: text,
    "no marks": vietnamese.ascii_text,
    "capitals": str.upper,
    "spaces": lambda text: "  " + text.replace(" ", "   ") + " ",
}


class TestHearing:
    @pytest.mark.parametrize("spelling", SPELLINGS)
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("has_meter", "chưa có ạ", False),
            ("has_meter", "dạ chưa", False),
            ("has_meter", "không", False),
            ("has_meter", "ko", False),
            ("has_meter", "có rồi", True),
            ("has_meter", "đúng rồi em", True),
            ("has_meter", "ừ", True),
            ("phone", "0901234567", "+84901234567"),
            ("phone", "số của em là 0901 234 567 nhé", "+84901234567"),
            ("phone", "0901234567 à nhầm 0987654321", "+84987654321"),
            ("phone", "+84 901.234.567", "+84901234567"),
            ("phone", "số này", "+84911111111"),
            ("id_number", "căn cước 001 185 012 345", "001185012345"),
            ("right_to_place", "2", "ALLOCATED"),
            ("right_to_place", "nhà tôi", "OWN"),
            ("right_to_place", "tôi thuê trên 1 năm", "LEASE_LONG"),
            ("right_to_place", "đang ở trọ", "LEASE_SHORT"),
            ("phases", "3 pha", "THREE"),
            ("phases", "một pha thôi", "ONE"),
            ("phases", "ko rõ", "UNSURE"),
            ("visit_time", "buổi chiều nhé", "AFTERNOON"),
            ("visit_time", "lúc nào cũng được", "ANY"),
        ],
    )
    def test_understands(self, home_supply, name, text, value, spelling):
        written = SPELLINGS[spelling](text)

        assert hear(home_supply, name, written, own_phone="+84911111111", today=TODAY).value == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("Nguyễn Thị Hoa", "Nguyễn Thị Hoa"),
            ("tôi tên là nguyễn thị hoa", "Nguyễn Thị Hoa"),
            ("tên em là Trần Văn Bình", "Trần Văn Bình"),
            ("Họ và tên: LÊ VĂN AN", "Lê Văn An"),
            ("toi la Le Van An", "Le Van An"),
        ],
    )
    def test_takes_the_name_out_of_the_sentence(self, home_supply, text, value):
        assert hear(home_supply, "full_name", text).value == value

    @pytest.mark.parametrize(
        ("name", "text", "code"),
        [
            ("has_meter", "không biết", "YES_NO"),
            ("phone", "để tôi xem đã", "PHONE"),
            ("id_number", "12345", "ID_NUMBER_LENGTH"),
            ("right_to_place", "trời hôm nay đẹp", "NO_OPTION"),
            ("place", "Hà Nội", "PLACE_VAGUE"),
            ("full_name", "...", "REQUIRED"),
        ],
    )
    def test_says_why_not(self, home_supply, name, text, code):
        heard = hear(home_supply, name, text)

        assert not heard.is_good
        assert heard.problem.code == code

    def test_a_place_keeps_its_words_and_gets_the_codes_that_are_known(self, home_supply):
        heard = hear(
            home_supply,
            "place",
            "nhà ở thôn Đoài, xã Tiên Dương, gần nhà PD01000123456",
            find_place=lambda text: {"province_code": "01", "commune": "Tiên Dương"},
        )

        assert heard.value == {
            "text": "thôn Đoài, xã Tiên Dương, gần nhà PD01000123456",
            "province_code": "01",
            "commune": "Tiên Dương",
            "neighbour_account_code": "PD01000123456",
        }

    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("mai", "2026-11-23"),
            ("ngày 25/11", "2026-11-25"),
            ("5 tháng 1", "2027-01-05"),
            ("thứ 4", "2026-11-25"),
            ("24/12/2026", "2026-12-24"),
        ],
    )
    def test_dates_as_people_say_them(self, text, day):
        asked = Question("day", QuestionType.DATE, Text("Ngày", "Day"))

        assert dialogue.parse_answer(asked, text, today=TODAY).value == day

    def test_skips_only_what_may_be_skipped(self, home_supply):
        complaint = catalogue.get("COMPLAINT", 1)

        assert hear(complaint, "account_code", "không có").skipped
        assert not hear(home_supply, "phone", "bỏ qua").skipped

    def test_takes_typed_values_given_ahead_into_empty_questions_only(self, home_supply):
        text = "em là Hoa, sđt 0901234567, căn cước 001185012345"

        assert dialogue.hear_ahead(home_supply, {}, text) == {
            "phone": "+84901234567",
            "id_number": "001185012345",
        }
        assert dialogue.hear_ahead(home_supply, {"phone": "0987654321"}, text) == {
            "id_number": "001185012345"
        }
        assert dialogue.hear_ahead(home_supply, {}, "tôi muốn mua điện") == {}

    @pytest.mark.parametrize("service", SERVICES, ids=lambda s: f"{s.code}-{s.version}")
    def test_never_fails_and_never_stores_what_the_form_refuses(self, service):
        @given(st.sampled_from(service.questions), st.text(max_size=60) | strategies.TEXTS)
        @settings(max_examples=60, deadline=None)
        def talk(question, text):
            heard = dialogue.parse_answer(question, text, today=TODAY)
            assert heard.is_good + (heard.problem is not None) + heard.skipped == 1
            if heard.is_good:
                read = values.read(question, heard.value)
                assert read.value == heard.value
            dialogue.find_correction(service, GOOD, text, at_summary=True, today=TODAY)
            dialogue.hear_ahead(service, {}, text)

        talk()


class TestCorrecting:
    @pytest.mark.parametrize(
        ("text", "name", "value"),
        [
            ("sửa số điện thoại", "phone", None),
            ("sua sdt", "phone", None),
            ("cho em sửa lại địa chỉ", "place", None),
            ("số điện thoại sai rồi", "phone", None),
            ("tên bị nhầm", "full_name", None),
            ("đổi tên thành Nguyễn Thị Hòa", "full_name", "Nguyễn Thị Hòa"),
            ("sua sdt thanh 0987654321", "phone", "+84987654321"),
            ("sửa số điện thoại là 0987 654 321", "phone", "+84987654321"),
            ("sửa giờ hẹn thành buổi sáng", "visit_time", "MORNING"),
            ("change telephone number to 0987654321", "phone", "+84987654321"),
            ("sửa câu 4", "full_name", None),
        ],
    )
    def test_finds_the_question_and_the_new_value(self, home_supply, text, name, value):
        found = dialogue.find_correction(home_supply, GOOD, text)

        assert (found.question.name, found.value, found.problem) == (name, value, None)

    @pytest.mark.parametrize("text", ["sửa số điện thoại 0987 654 321", "sua so dien thoai 0987654321"])
    def test_a_value_that_its_shape_betrays_needs_no_word_between(self, home_supply, text):
        assert dialogue.find_correction(home_supply, GOOD, text).value == "+84987654321"

    def test_words_after_the_name_are_no_value(self, home_supply):
        found = dialogue.find_correction(home_supply, GOOD, "sửa số điện thoại giúp em")

        assert (found.question.name, found.value, found.problem) == ("phone", None, None)

    def test_says_when_the_new_value_is_wrong(self, home_supply):
        found = dialogue.find_correction(home_supply, GOOD, "sửa số điện thoại thành 12")

        assert (found.value, found.problem.code) == (None, "PHONE")

    def test_a_bare_number_counts_only_at_the_summary(self, home_supply):
        assert dialogue.find_correction(home_supply, GOOD, "4") is None
        assert dialogue.find_correction(home_supply, GOOD, "4", at_summary=True).question.name == "full_name"
        assert dialogue.find_correction(home_supply, GOOD, "99", at_summary=True) is None

    @pytest.mark.parametrize(
        "text", ["tôi muốn mua điện", "đổi công tơ 3 pha", "0901234567", "Nguyễn Văn Sửa", "sửa điện"]
    )
    def test_leaves_other_messages_alone(self, home_supply, text):
        assert dialogue.find_correction(home_supply, GOOD, text) is None


class TestAskingAgain:
    def test_reason_then_a_way_round_then_a_person(self):
        problem = Problem("PHONE", "Số chưa đúng.")

        assert str(dialogue.ask_again(problem, 1).problem) == "Tôi chưa hiểu câu trả lời. Số chưa đúng."
        assert "bỏ qua" in str(dialogue.ask_again(problem, 2).problem)
        assert [dialogue.ask_again(problem, tries).hand_over for tries in (1, 2, 3, 4)] == [
            False,
            False,
            True,
            True,
        ]


def test_what_is_typed_in_the_chat_is_what_the_form_shows(home_supply):
    """The chat, question by question, ends with answers that the form takes."""
    said = {
        "has_meter": "chưa", "place": "Số 12 ngõ 34 phố Tây Sơn", "right_to_place": "nhà tôi",
        "full_name": "nguyễn thị hoa",
        "id_number": "001185012345", "phone": "0901234567", "phases": "bình thường", "visit_time": "sáng",
    }  # fmt: skip
    answers: dict[str, object] = {}
    while asked := dialogue.next_question(home_supply, answers):
        answers[asked.question.name] = hear(home_supply, asked.question.name, said[asked.question.name]).value

    assert forms.validate(home_supply, answers).is_good
    assert len(answers) == 8
