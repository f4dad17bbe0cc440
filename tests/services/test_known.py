"""What is known is not asked again, whatever the door; what is somebody else's is never told."""

from __future__ import annotations

import pytest
from tests.services import scenarios
from tests.services.conftest import TODAY

from motcua.services import catalogue, dialogue, forms, known
from motcua.services.declaration import KnownAs, QuestionType

HOME = known.Account(
    "PD04000000001",
    {"text": "Số 12 ngõ 34 phố Tây Sơn"},
    purpose="RESIDENTIAL",
    quota=2,
    capacity_kw=5.0,
    phases=1,
)
SHOP = known.Account("PD04000000009", {"text": "Số 1 phố Huế"}, purpose="BUSINESS")
HOA = known.Known("Nguyễn Thị Hoa", "+84901234567", "hoa@gmail.com", "001185012345", (HOME,))
AT_ACCOUNTS = [
    service for service in catalogue.list_services(TODAY)
    if service.questions[0].type is QuestionType.ACCOUNT_CODE and service.category == "CHANGE"
]  # fmt: skip
by_service = pytest.mark.parametrize("service", AT_ACCOUNTS, ids=lambda s: s.code)


class TestAnswers:
    @by_service
    def test_account_holder_and_phone_are_not_asked_again(self, service):
        found = known.answers(service, {}, HOA)

        assert found["account_code"] == "PD04000000001"
        if service.code == "CHG-HOLDER":  # there the new holder is asked for
            assert set(found) == {"account_code"}
        else:
            assert (found["full_name"], found["phone"]) == ("Nguyễn Thị Hoa", "+84901234567")
        assert not any(name.startswith("new_") for name in found)

    @by_service
    def test_the_chat_begins_with_the_first_thing_that_is_not_known(self, service):
        found = known.answers(service, {}, HOA)
        asked = dialogue.next_question(service, found)

        assert asked is not None
        assert asked.question.name not in found
        assert len([q for q in dialogue.chat_questions(service, found) if q.name not in found]) <= 6

    @by_service
    def test_the_form_passes_over_pages_that_are_known(self, service):
        found = known.answers(service, {}, HOA)
        settled = known.settled(service, found, HOA)
        page, seen = forms.first_open_page(service, found), []
        answers = {**scenarios.answers_of(service), **found}
        while page is not None:
            seen += [question.name for question in page.questions]
            page = forms.next_page(service, answers, page.code, settled)

        assert not set(seen) & ({"account_code"} | ({"phone"} if "phone" in found else set()))

    def test_an_answer_that_is_given_stands(self):
        service = catalogue.get("MOVE-METER", TODAY)
        found = known.answers(service, {"full_name": "Trần Văn An", "phone": "sai"}, HOA)

        assert set(found) == {"account_code"}

    def test_of_two_accounts_the_one_that_is_said_counts(self):
        service = catalogue.get("MOVE-METER", TODAY)
        both = known.Known("Nguyễn Thị Hoa", "+84901234567", accounts=(HOME, SHOP))

        assert "account_code" not in known.answers(service, {}, both)
        assert known.settled(service, {"account_code": "pd04 0000 00009"}, both) == {"account_code"}

    def test_somebody_elses_account_tells_nothing(self):
        service = catalogue.get("MOVE-METER", TODAY)

        assert known.answers(service, {"account_code": "PD04000000777"}, HOA) == {}
        assert known.answers(service, {"account_code": "PD04000000001"}, known.NOTHING) == {}

    def test_a_new_supply_is_at_another_place(self):
        service = catalogue.get("NEW-LV-RES", TODAY)
        found = known.answers(service, {}, HOA)

        assert found == {
            "full_name": "Nguyễn Thị Hoa", "id_number": "001185012345", "phone": "+84901234567",
        }  # fmt: skip

    def test_what_is_new_is_marked_so(self):
        asked = {q.name: q.known for s in catalogue.current().list_all() for q in s.questions}

        assert asked["new_phone"] is asked["households"] is asked["until"] is KnownAs.NOTHING
