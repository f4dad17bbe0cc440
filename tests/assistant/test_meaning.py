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

    assert "- 0 đến 50 kWh: 1.984 đ/kWh" in text and "- từ 701 kWh trở lên: 3.460 đ/kWh" in text
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


class TestPrices:
    def test_of_business_by_hours_are_not_those_at_home(self, talk):
        text = talk("giá điện kinh doanh giờ cao điểm")

        assert "Giá điện kinh doanh, dịch vụ hôm nay, mỗi kWh (chưa gồm thuế GTGT 8 %)" in text
        assert "- Dưới 6 kV: giờ bình thường 3.152 đ, thấp điểm 1.918 đ, cao điểm 5.422 đ" in text
        assert "sinh hoạt" not in text

    def test_so_many_kilowatt_hours_are_told_as_a_month(self, talk):
        assert "350 kWh trong một tháng, một hộ: khoảng 1.000.000 đ, đã gồm thuế GTGT." in talk(
            "350kwh bao nhiêu tiền"
        )

    def test_are_told_beside_the_papers_of_a_new_supply(self, talk):
        text = talk("cho mình hỏi giá điện với lại thủ tục lắp điện mới cần giấy tờ gì ạ")

        assert "Căn cước" in text and "- 0 đến 50 kWh: 1.984 đ/kWh" in text


class TestSignsAlone:
    @pytest.mark.parametrize("text", ["👍", "🙏🙏", "❤️"])
    def test_a_thumb_is_thanks(self, talk, text):
        assert talk(text) == "Dạ, không có gì ạ. Anh/chị cần gì cứ nhắn em."
        assert talk.state.misses == 0

    @pytest.mark.parametrize("text", ["?", "...", "!!!"])
    def test_a_question_mark_is_a_call(self, talk, text):
        assert "Em là trợ lý tự động" in talk(text)
        assert talk.handed_over == 0

    def test_a_thumb_answers_yes_or_no(self, talk):
        talk("mua dien")
        talk("👍")

        assert talk.answers["has_meter"] is True

    def test_ok_in_a_form_is_no_thanks(self, talk):
        talk("mua dien")
        talk("không")

        assert "không có gì" not in talk("ok")


class TestScolding:
    @pytest.mark.parametrize("text", ["đồ lừa đảo", "bọn ăn cướp", "đm điện lực làm ăn như l"])
    def test_is_answered_with_sorry_and_ways_on_then_a_person(self, talk, text):
        assert "Em xin lỗi vì đã để anh/chị bực mình" in talk(text)
        assert labels(talk) == ["Báo mất điện, sự cố điện", "Kiến nghị, khiếu nại", "Gặp nhân viên"]

        talk(text)
        assert talk.handed_over == 1

    def test_does_not_hide_what_is_wanted(self, talk):
        assert "Báo mất điện" in talk("đm mất điện hoài")


def test_the_person_stands_last_and_once(talk):
    talk("dây điện đứt rơi xuống đường")
    assert labels(talk)[-1] == "Gặp nhân viên"

    talk = Talk()
    talk("tháng trước hết 1tr2, với lại mai có cúp điện không")
    assert labels(talk).count("Gặp nhân viên") == 1 and labels(talk)[-1] == "Gặp nhân viên"
