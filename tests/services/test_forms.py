"""Answers are read kindly, judged in plain words, and never lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.services import strategies

from motcua.kernel.results import Invalid
from motcua.services import catalogue, forms, values
from motcua.services.declaration import Question, QuestionType, Text

GOOD = {
    "has_meter": "khong",
    "place": "Số 12 ngõ 34 phố Tây Sơn, Đống Đa",
    "right_to_place": "OWN",
    "full_name": "nguyễn thị hoa",
    "id_number": "001 185 012 345",
    "phone": "0901.234.567",
    "phases": "ONE",
    "visit_time": "ANY",
}


def question(kind: str, **more: object) -> Question:
    return Question("q", QuestionType(kind), Text("Câu hỏi", "Question"), **more)


class TestReading:
    @pytest.mark.parametrize(
        ("kind", "raw", "value"),
        [
            ("text", "  Thôn\u00a0Đoài  ", "Thôn Đoài"),
            ("long_text", "a \r\n\r\n\r\n\r\nb  c", "a\n\nb c"),
            ("person_name", "NGUYỄN THỊ HOA", "Nguyễn Thị Hoa"),
            ("person_name", "Hoa McDonald", "Hoa McDonald"),
            ("phone", "84 90 1234567", "+84901234567"),
            ("phone", "01201234567", "+84701234567"),
            ("email", "Hoa@EVN.com.VN", "Hoa@evn.com.vn"),
            ("id_number", "012 345 678", "012345678"),
            ("integer", "1.250.000", 1250000),
            ("integer", 7.0, 7),
            ("decimal", "7,5", 7.5),
            ("decimal", "12345.6", 12345.6),
            ("decimal", "1.234,5", 1234.5),
            ("decimal", "0", 0),
            ("yes_no", "Có", True),
            ("yes_no", "false", False),
            ("date", "24/11/2026", "2026-11-24"),
            ("date", "2026-11-24", "2026-11-24"),
            ("moment", "24/11/2026 10:30", "2026-11-24T10:30+07:00"),
            ("moment", "2026-11-24T10:30", "2026-11-24T10:30+07:00"),
            ("moment", "2026-11-24T03:30:15Z", "2026-11-24T10:30+07:00"),
            ("account_code", "pd 01000-123456", "PD01000123456"),
            ("account_code", "PD0100O1234S6"[:-2] + "56", "PD01000123456"),
            (
                "place",
                {"detail": "Ngõ 5", "hamlet": "A"},
                {"text": "Ngõ 5, A", "hamlet": "A", "detail": "Ngõ 5"},
            ),
            ("place", {"lat": "21.3", "lon": 105}, {"text": "vị trí 21.3, 105.0", "lat": 21.3, "lon": 105.0}),
        ],
    )  # fmt: skip
    def test_takes_what_people_write(self, kind, raw, value):
        assert values.read(question(kind), raw) == (value, None)

    @pytest.mark.parametrize(
        ("kind", "raw", "code"),
        [
            ("text", 5, "NOT_TEXT"),
            ("text", "x" * 201, "TOO_LONG"),
            ("person_name", "Hoa 2", "NAME_DIGITS"),
            ("person_name", "H", "NAME"),
            ("phone", "090123", "PHONE"),
            ("phone", 901234567, "PHONE"),
            ("email", "hoa@evn", "EMAIL"),
            ("id_number", "12345", "ID_NUMBER_LENGTH"),
            ("id_number", "101985012345", "ID_NUMBER"),
            ("id_number", "abc", "ID_NUMBER"),
            ("integer", "7,5 kg", "INTEGER"),
            ("integer", True, "INTEGER"),
            ("integer", 7.5, "INTEGER"),
            ("decimal", "1.234", "AMBIGUOUS"),
            ("decimal", "12a", "NUMBER"),
            ("decimal", float("inf"), "NUMBER"),
            ("decimal", "NaN", "NUMBER"),
            ("yes_no", "có lẽ", "YES_NO"),
            ("date", "31/02/2026", "DATE"),
            ("date", "24/11/26", "DATE"),
            ("moment", "24/11/2026 25:00", "MOMENT"),
            ("account_code", "PD0100012345", "ACCOUNT_CODE_LENGTH"),
            ("account_code", "1234567890123", "ACCOUNT_CODE"),
            ("place", "Hà Nội", "PLACE_VAGUE"),
            ("place", {"lat": 48.8, "lon": 2.3}, "PLACE_PIN"),
            ("place", {"lat": 21.0}, "PLACE_PIN"),
            ("place", 7, "NOT_TEXT"),
        ],
    )
    def test_says_what_is_wrong(self, kind, raw, code):
        value, problem = values.read(question(kind), raw)

        assert value is None
        assert problem.code == code
        assert str(problem).endswith((".", "567", "Hoa", "com", "2026", "10:30", "3456", " 10"))
        assert "%(" not in str(problem)

    @pytest.mark.parametrize("raw", [None, "", "  ", "\u200b", [], {}, {"text": " "}])
    def test_takes_blanks_for_no_answer(self, raw):
        assert values.read(question("text"), raw) == (None, None)

    def test_keeps_numbers_in_range_and_says_the_range(self):
        asked = question("decimal", min=1, max=2000, unit="kW")

        assert values.read(asked, "2000 kW").value == 2000
        assert str(values.read(asked, "2001").problem) == "Lớn nhất là 2.000 kW."

    def test_shows_values_in_words_and_masks_numbers_of_persons(self):
        assert values.show(question("phone"), "+84901234567") == "0901 234 567"
        assert values.show(question("phone"), "+84901234567", masked=True) == "09•• ••• 567"
        assert values.show(question("id_number"), "001185012345", masked=True) == "•••••••••345"
        assert values.show(question("decimal", unit="kWh"), 12345.6) == "12.345,6 kWh"
        assert values.show(question("yes_no"), False, "en") == "No"
        assert values.show(question("date"), "2026-11-24") == "24/11/2026"
        assert values.show(question("moment"), "2026-11-24T10:30+07:00") == "10:30 24/11/2026"


class TestValidate:
    def test_normalises_everything(self, home_supply):
        clean, problems = forms.validate(home_supply, GOOD)

        assert problems == {}
        assert clean == {
            "has_meter": False,
            "place": {"text": "Số 12 ngõ 34 phố Tây Sơn, Đống Đa"},
            "right_to_place": "OWN",
            "full_name": "Nguyễn Thị Hoa",
            "id_number": "001185012345",
            "phone": "+84901234567",
            "phases": "ONE",
            "visit_time": "ANY",
        }

    def test_tells_all_problems_and_keeps_the_good_answers(self, home_supply):
        checked = forms.validate(home_supply, {**GOOD, "phone": "12", "id_number": "", "unknown": "x"})

        assert {name: found[0].code for name, found in checked.problems.items()} == {
            "phone": "PHONE",
            "id_number": "REQUIRED",
        }
        assert set(checked.clean) == set(GOOD) - {"phone", "id_number"}
        with pytest.raises(Invalid) as refused:
            checked.or_refuse()
        assert refused.value.problems() == checked.problems

    def test_forgives_what_is_missing_in_a_draft(self, home_supply):
        assert forms.validate(home_supply, {"phone": "0901234567"}, partial=True).problems == {}

    def test_says_at_once_that_it_is_not_possible_and_what_to_do(self, home_supply):
        [problem] = forms.validate(home_supply, {"has_meter": True}, "en", partial=True).problems["has_meter"]

        assert problem.code == forms.NOT_ELIGIBLE
        assert problem.facts["instead_service"] == "INFO"
        assert str(problem).startswith("There is already a meter here")

    def test_leaves_out_what_is_not_asked(self):
        complaint = catalogue.get("COMPLAINT", 1)
        given = {
            "about": "STAFF",
            "story": "…a",
            "bill_month": "10/2026",
            "full_name": "Lê An",
            "phone": "0901234567",
        }

        assert "bill_month" not in forms.validate(complaint, given).clean
        assert forms.validate(complaint, {**given, "about": "BILL"}).clean["bill_month"] == "10/2026"

    @pytest.mark.parametrize("service", catalogue.current().list_all(), ids=lambda s: f"{s.code}-{s.version}")
    def test_stored_answers_stay_as_they_are(self, service):
        @given(strategies.answers(service.questions))
        @settings(max_examples=30, deadline=None)
        def again(raw):
            first = forms.validate(service, raw)
            second = forms.validate(service, first.clean, partial=True)
            assert second.clean == first.clean

        again()


class TestPages:
    def test_one_thing_per_page_but_for_what_belongs_together(self, home_supply):
        found = forms.pages(home_supply, {})

        assert [page.code for page in found] == [
            "has_meter",
            "place",
            "right_to_place",
            "who",
            "phases",
            "visit_time",
        ]
        assert [q.name for q in found[3].questions] == ["full_name", "id_number", "phone"]

    def test_a_conditional_page_appears_with_its_answer(self):
        complaint = catalogue.get("COMPLAINT", 1)

        assert "bill_month" not in [page.code for page in forms.pages(complaint, {"about": "STAFF"})]
        assert "bill_month" in [page.code for page in forms.pages(complaint, {"about": "BILL"})]

    def test_the_form_is_taken_up_where_something_is_missing(self, home_supply):
        assert forms.first_open_page(home_supply, {}).code == "has_meter"
        assert forms.first_open_page(home_supply, {**GOOD, "phone": "12"}).code == "who"
        assert forms.first_open_page(home_supply, GOOD) is None
        assert forms.next_page(home_supply, GOOD, "who").code == "phases"
        assert forms.next_page(home_supply, GOOD, "visit_time") is None

    def test_judges_one_page_alone(self, home_supply):
        checked = forms.validate_page(home_supply, "who", {"full_name": "Lê An", "phone": "12"})

        assert checked.clean == {"full_name": "Lê An"}
        assert {name: found[0].code for name, found in checked.problems.items()} == {
            "phone": "PHONE",
            "id_number": "REQUIRED",
        }

    def test_the_review_numbers_the_answers(self, home_supply):
        lines = forms.review(home_supply, GOOD)

        assert [(line.number, line.label.vi, line.shown) for line in lines][:2] == [
            (1, "Đã có công tơ", "Không"),
            (2, "Nơi mua điện", "Số 12 ngõ 34 phố Tây Sơn, Đống Đa"),
        ]
        assert forms.review(home_supply, GOOD, masked=True)[5].shown == "09•• ••• 567"


class TestInputs:
    def test_see_the_inputs_before_them_and_not_the_old_ones(self, home_supply):
        accept = home_supply.step("CHECK").action("accept")

        assert forms.validate_inputs(accept, {"needs_survey": True}, {"cost_vnd": 500}).problems == {}
        checked = forms.validate_inputs(accept, {"needs_survey": False, "cost_vnd": "450.000"}, {})
        assert checked.clean == {"needs_survey": False, "cost_vnd": 450000}
        assert list(checked.problems) == ["cost_note"]
        assert [q.name for q in forms.visible_inputs(accept, {"needs_survey": False, "cost_vnd": 0}, {})] == [
            "needs_survey",
            "cost_vnd",
        ]
