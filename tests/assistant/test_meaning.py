"""What follows from what a message means: done, offered, or said to be none of ours."""

import pytest

from motcua.assistant.understanding import seeds
from motcua.ops.story.people import OPENINGS
from motcua.web.customer import urls
from tests.assistant.talking import Talk


@pytest.fixture
def talk():
    return Talk()


def labels(talk):
    return [button.label for button in talk.last.buttons]


def test_the_price_is_told_with_where_it_stands(talk):
    text = talk("một số điện giờ bao nhiêu tiền vậy ad")

    assert "- 0 đến 50 kWh: 1.984 đ" in text and "- từ 701 kWh: 3.460 đ" in text
    assert "(Theo Quyết định 1279/QĐ-BCT.)" in text and "http" not in text
    assert "https://hanoi.example/gia-dien/" in [b.url for b in talk.last.buttons]
    assert "Gặp nhân viên" in labels(talk)
    assert talk.drafts == {}


def test_unsure_offers_what_it_may_be_and_a_tap_does_it(talk):
    assert "việc nào" in talk("điện nhà em")
    assert labels(talk)[-2:] == ["Việc khác", "Gặp nhân viên"]
    assert 3 <= len(labels(talk)) <= 5


def test_an_intent_that_is_no_service_can_be_tapped(talk):
    talk(button="i|outage_planned")

    assert "https://hanoi.example/mat-dien/" in [b.url for b in talk.last.buttons]


def test_an_unknown_intent_of_an_old_button_leads_to_the_menu(talk):
    assert "giúp được" in talk(button="i|no_such_thing")


def test_two_wishes_the_form_is_begun_and_the_other_waits(talk):
    talk("nhà em mất điện từ sáng. cho hỏi luôn giá điện bậc 3 bao nhiêu")

    assert "i|price" in [b.value for b in talk.last.buttons]
    assert talk.state.service == "FAULT"


def test_two_forms_one_after_the_other(talk):
    text = talk("em muốn sang tên công tơ, tiện thể nâng lên 3 pha luôn")

    assert talk.state.service in ("CHG-HOLDER", "CHG-CAPACITY")
    assert "Xong việc này" in text
    assert any(button.value in ("s|CHG-HOLDER", "s|CHG-CAPACITY") for button in talk.last.buttons)


def test_none_of_ours_is_told_plainly(talk):
    assert "không thuộc ngành điện" in talk("vé máy bay đi Đà Nẵng")


def test_a_digression_to_a_page_comes_back_to_the_question(talk):
    talk("mua dien")
    talk.press("Không")
    text = talk("lịch cắt điện ngày mai khu em thế nào")

    assert any(b.url.endswith("/mat-dien/") for b in talk.last.buttons)
    assert "ở đâu" in text
    assert talk.state.service == "NEW-LV-RES" and "place" not in talk.answers


def test_later_keeps_the_draft(talk):
    talk("mua dien")
    talk.press("Không")
    talk("thôi để mai tôi làm tiếp")

    assert talk.state.service == "" and "NEW-LV-RES" in talk.drafts


def test_a_wish_for_a_person_in_other_words(talk):
    talk("máy trả lời chán quá, cho tôi gặp người thật")
    assert talk.handed_over == 1


def test_name_and_place_of_the_first_message_are_not_asked_again(talk):
    talk("em tên là Nguyễn Thị Hoa, muốn mua điện cho nhà mới ở số 12 ngõ 34 phố Tây Sơn, phường Đống Đa")

    assert talk.state.service == "NEW-LV-RES"
    assert talk.answers["full_name"] == "Nguyễn Thị Hoa"
    assert talk.answers["place"]["text"] == "số 12 ngõ 34 phố Tây Sơn, phường Đống Đa"


@pytest.mark.parametrize("opening", OPENINGS)
def test_every_opening_of_the_story_begins_the_form(talk, opening):
    talk(opening)
    assert talk.state.service == "NEW-LV-RES"


def test_raw_keys_are_understood(talk):
    talk("nhaf em bij maats ddieenj")
    assert talk.state.service == "FAULT"


def test_every_page_an_answer_leads_to_is_there():
    known = {f"/{pattern.pattern}" for pattern in urls.urlpatterns}

    assert {intent.page for intent in seeds.intents().values() if intent.page} <= known
