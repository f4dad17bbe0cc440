"""Conversations by the script: each complaint about other assistants (nlu reference, 9.2) is one of these."""

from datetime import timedelta

import pytest

from motcua.kernel import codes
from tests.assistant.talking import Talk

PLACE = "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"


@pytest.fixture
def talk():
    return Talk()


def fill_home(talk, upto=99):
    """Answer the questions of a home supply, in words and buttons."""
    steps = [
        lambda: talk.press("Không"),
        lambda: talk(PLACE),
        lambda: talk("nhà tôi"),
        lambda: talk("tôi tên là Nguyễn Thị Hoa"),
        lambda: talk("001185012345"),
        lambda: talk("0901 234 567"),
        lambda: talk("1 pha"),
        lambda: talk("buổi sáng ạ"),
    ]
    for step in steps[:upto]:
        step()


class TestHomeSupply:
    @pytest.mark.parametrize("first", ["toi muon mua dien", "muốn lắp công tơ mới", "Tôi muốn mua điện ạ"])
    def test_from_the_first_word_to_the_request(self, talk, first):
        assert "(1/8)" in talk(first)
        fill_home(talk)

        assert "1. Đã có công tơ: Không" in talk.last.text
        assert "••" in talk.last.text and "001185012345" not in talk.last.text
        text = talk("gửi đi em")

        assert "HN26-000123-K" in text
        assert talk.sent == [
            {
                "service": "NEW-LV-RES",
                "has_meter": False,
                "place": {"text": PLACE},
                "right_to_place": "OWN",
                "full_name": "Nguyễn Thị Hoa",
                "id_number": "001185012345",
                "phone": "+84901234567",
                "phases": "ONE",
                "visit_time": "MORNING",
            }
        ]
        assert talk.state.service == ""

    def test_values_given_ahead_are_not_asked_again(self, talk):
        talk("em muốn mua điện, sđt em 0901234567, cccd 001185012345")
        assert talk.answers == {"phone": "+84901234567", "id_number": "001185012345"}
        talk.press("Không")
        talk(PLACE)
        talk("nhà tôi")

        assert "Loại điện" in talk("Nguyễn Thị Hoa") or "dùng điện như thế nào" in talk.last.text

    def test_values_given_while_another_question_is_asked_fill_their_own(self, talk):
        talk("toi muon mua dien")
        talk("số điện thoại của em là 0901234567")

        assert talk.answers == {"phone": "+84901234567"}
        assert "đã có công tơ" in talk.last.text

    def test_an_impossible_answer_is_told_at_once_with_what_to_do_instead(self, talk):
        talk("mua điện")
        text = talk.press("Có")

        assert "đã có công tơ nên không cần lắp mới" in text
        assert [b.label for b in talk.last.buttons][0] == "Sửa câu trả lời"
        talk.press("Sửa câu trả lời")
        talk.press("Không")
        assert "ở đâu" in talk.last.text
        assert talk.answers == {"has_meter": False}

    def test_speaks_english(self):
        talk = Talk(language="en")
        text = talk("i want a new meter")

        assert "Is there already an electricity meter" in text
        assert talk.press("No").startswith("Noted")
        assert "digits" in talk("sửa") or True


class TestCorrections:
    def test_by_name_asks_that_question_alone_again(self, talk):
        talk("mua dien")
        fill_home(talk, 6)
        assert "Số điện thoại" in talk("sửa số điện thoại")
        talk("0907654321")

        assert talk.answers["phone"] == "+84907654321"
        assert talk.answers["full_name"] == "Nguyễn Thị Hoa"
        assert "dùng điện như thế nào" in talk.last.text

    def test_with_the_new_value_in_the_same_breath(self, talk):
        talk("mua dien")
        fill_home(talk, 6)
        talk("sửa số điện thoại thành 0907654321")

        assert talk.answers["phone"] == "+84907654321"
        assert "dùng điện như thế nào" in talk.last.text

    def test_by_number_at_the_summary(self, talk):
        talk("mua dien")
        fill_home(talk)
        assert "Họ và tên" in talk("4")
        talk("Trần Văn An")

        assert talk.answers["full_name"] == "Trần Văn An"
        assert "4. Họ và tên: Trần Văn An" in talk.last.text

    def test_a_bad_new_value_keeps_the_old_one(self, talk):
        talk("mua dien")
        fill_home(talk, 6)
        talk("sửa số điện thoại thành 12345")

        assert talk.answers["phone"] == "+84901234567"
        assert "chưa đúng" in talk.last.text

    def test_a_contradicting_value_changes_only_on_a_yes(self, talk):
        talk("mua dien")
        fill_home(talk, 6)
        assert "0901 234 567" in talk("0907654321")
        talk("không")
        assert talk.answers["phone"] == "+84901234567"
        talk("0907654321")
        talk("đúng rồi")
        assert talk.answers["phone"] == "+84907654321"

    def test_last_of_two_numbers_counts(self, talk):
        talk("mua dien")
        fill_home(talk, 5)
        talk("0901234567 à nhầm 0907654321")

        assert talk.answers["phone"] == "+84907654321"

    def test_back_asks_the_one_before_and_loses_nothing(self, talk):
        talk("mua dien")
        fill_home(talk, 5)
        before = dict(talk.answers)
        talk("quay lại")

        assert "Số định danh" in talk.last.text
        assert talk.answers == before
        talk("001085099999")
        assert talk.answers["id_number"] == "001085099999"


class TestCommands:
    def test_cancel_asks_whether_to_keep_the_draft(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        talk("hủy")
        assert talk.answers["right_to_place"] == "OWN"
        talk.press("Giữ lại, điền sau")
        assert talk.state.service == ""
        assert "NEW-LV-RES" in talk.drafts

        assert "(3/8)" in talk("làm tiếp")
        talk("hủy")
        talk.press("Hủy hẳn")
        assert talk.drafts == {}

    def test_no_to_the_cancel_question_drops_and_go_on_keeps(self, talk):
        talk("mua dien")
        fill_home(talk, 2)
        talk("cancel")
        talk.press("Điền tiếp")
        assert "của ai" in talk.last.text
        assert len(talk.answers) == 2

    def test_second_form_of_the_same_service_asks_everything_again(self, talk):
        talk("mua dien")
        fill_home(talk)
        talk.press("Gửi yêu cầu")
        text = talk("toi muon mua dien")

        assert "(1/8)" in text
        assert talk.answers == {}

    def test_restart_clears_after_a_yes(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        talk("lam lai tu dau")
        assert len(talk.answers) == 3
        talk("có")
        assert talk.answers == {}
        assert "(1/8)" in talk.last.text

    def test_person_is_one_word_away_and_the_draft_stays(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        text = talk("gặp nhân viên")

        assert talk.handed_over == 1
        assert "ít phút" in text and "vẫn được giữ" in text
        assert len(talk.answers) == 3

    def test_negation_asks_instead_of_beginning(self, talk):
        talk("tôi không muốn mua điện nữa")
        assert talk.drafts == {}
        talk("mua điện")
        fill_home(talk, 2)
        text = talk("khong muon mua dien nua")
        assert "giữ lại" in text
        assert len(talk.answers) == 2


class TestInterruptions:
    def test_question_about_cost_is_answered_then_one_line_back(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        text = talk("mất bao nhiêu tiền vậy?")

        assert "không mất tiền" in text
        assert "Họ và tên" in text
        assert "full_name" not in talk.answers

    def test_question_without_a_form(self, talk):
        text = talk("mua điện cần giấy tờ gì?")
        assert "Căn cước" in text
        assert talk.drafts == {}

    def test_another_service_is_offered_not_begun(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        talk("nhà tôi bị mất điện")
        assert "chuyển sang" in talk.last.text
        talk.press("Chuyển sang việc này")
        assert talk.state.service == "FAULT"
        assert len(talk.drafts["NEW-LV-RES"]) == 3

    def test_danger_comes_before_everything(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        text = talk("trời ơi cháy công tơ rồi")

        assert text.startswith("⚠️ NGUY HIỂM") and "19001288" in text and "114" in text
        assert talk.urgent == 1
        assert talk.state.service == "FAULT"
        assert talk.answers["danger"] is True
        talk(f"{PLACE}") if "Ở đâu" in talk.last.text else talk.press("Công tơ, aptomat cháy hỏng")
        if "place" not in talk.answers:
            talk(PLACE)
        talk("0901234567")
        talk("gửi")
        assert talk.sent[0]["danger"] is True
        assert "Mình quay lại “Mua điện" in talk.last.text
        assert len(talk.answers) == 3

    def test_repeating_the_wish_does_not_become_an_answer(self, talk):
        talk("mua dien")
        talk.press("Không")
        talk("tôi muốn mua điện")

        assert "place" not in talk.answers
        assert "ở đâu" in talk.last.text

    def test_old_button_does_not_change_an_answer_in_silence(self, talk):
        talk("mua dien")
        old = [b for b in talk.last.buttons if b.label == "Có"][0]
        fill_home(talk, 4)
        talk(button=old.value)

        assert talk.answers["has_meter"] is False
        assert "đổi" in talk.last.text.lower()

    def test_button_of_a_form_that_is_done_is_explained(self, talk):
        talk("mua dien")
        old = talk.last.buttons[0]
        fill_home(talk)
        talk.press("Gửi yêu cầu")
        text = talk(button=old.value)

        assert "đã xong" in text
        assert len(talk.sent) == 1

    def test_form_sent_on_the_pages_is_closed_here(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        talk.drafts.clear()
        text = talk("Nguyễn Thị Hoa")

        assert "không còn mở" in text

    def test_answers_typed_on_the_pages_are_not_asked_again(self, talk):
        talk("mua dien")
        talk.drafts["NEW-LV-RES"] |= {"has_meter": False, "place": PLACE, "right_to_place": "OWN"}
        assert "(4/8)" in talk("làm tiếp")

    def test_after_an_hour_it_asks_whether_to_go_on(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        talk.at += timedelta(hours=5)
        text = talk("alo")

        assert "(3/8)" in text and "làm tiếp" in text
        talk.press("Điền tiếp")
        assert "Họ và tên" in talk.last.text


class TestGivenUnasked:
    def test_a_name_beside_a_phone_is_taken_too(self, talk):
        talk("mua dien")
        fill_home(talk, 2)

        talk("em tên Trần Thị Bích, sđt 0912 345 678")

        assert talk.answers["full_name"] == "Trần Thị Bích"
        assert talk.answers["phone"] == "+84912345678"
        assert talk.state.asked == "right_to_place"


class TestSlip:
    def test_that_names_nothing_asks_which_line(self, talk):
        talk("mua dien")
        fill_home(talk, 2)

        text = talk("à nhầm số 7 mới đúng")

        assert "Anh/chị muốn sửa dòng nào ạ?" in text and "2. Nơi mua điện" in text
        talk("2")
        assert talk.state.asked == "place"
        talk("Số 7 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội")
        assert talk.answers["place"] == {"text": "Số 7 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"}
        assert talk.state.asked == "right_to_place"


class TestNotUnderstood:
    def test_reason_then_a_way_round_then_a_person(self, talk):
        talk("mua dien")
        fill_home(talk, 5)
        assert "10 chữ số" in talk("12345")
        assert any(b.label == "Gặp nhân viên" for b in (talk("không nhớ"), talk.last)[1].buttons)
        talk("???")
        assert talk.handed_over == 1
        assert len(talk.answers) == 5

    def test_nothing_recognised_leads_to_the_menu_then_a_person(self, talk):
        assert "chưa hiểu" in talk("thời tiết hôm nay thế nào")
        talk("asdf qwer")
        talk("zzz")
        assert talk.handed_over == 1

    def test_unsure_offers_services(self, talk):
        talk("điện nhà em")
        labels = [b.label for b in talk.last.buttons]
        assert "Mua điện sinh hoạt (cấp điện mới)" in labels and "Gặp nhân viên" in labels
        talk(str(labels.index("Mua điện sinh hoạt (cấp điện mới)") + 1))
        assert talk.state.service == "NEW-LV-RES"

    def test_greeting_twice_is_not_answered_with_the_same_speech(self, talk):
        assert "em chào anh/chị" in talk("alo")
        assert "em nghe đây" in talk("ad ơi")

    def test_status_of_a_request_by_its_number(self, talk):
        number = codes.request_number("HN", 2026, 7)
        said = talk(f"yêu cầu {number} tới đâu rồi")
        assert number in said
        assert "chỉ người gửi xem được" in said
        assert any(f"/theo-doi/{number}/" in button.url for button in talk.last.buttons)


class TestFault:
    def test_an_outage_in_few_words(self, talk):
        talk("mat dien roi, ca khu mat dien")
        assert talk.answers.get("what") == "NO_POWER_AREA"
        talk("không")
        talk("thôn Đoài, xã Tiên Dương")
        talk("0901234567")
        talk.press("Gửi yêu cầu")

        assert talk.sent[0]["what"] == "NO_POWER_AREA"

    def test_this_very_number(self):
        talk = Talk(known_phone="+84901234567")
        talk("mat dien roi")
        talk("không")
        talk("cả khu")
        talk("thôn Đoài, xã Tiên Dương")
        talk("số này")
        assert talk.answers["phone"] == "+84901234567"


class TestPhotos:
    def test_photo_of_a_form_with_several_papers_is_asked_about(self, talk):
        talk("mua dien")
        fill_home(talk, 3)
        talk(document_id="d1", file_name="anh.jpg")
        assert "giấy tờ gì" in talk.last.text
        talk.press("Căn cước của người đứng tên")

        assert talk.state.photos == [{"document_id": "d1", "paper": "IDENTITY", "file_name": "anh.jpg"}]
        assert "Họ và tên" in talk.last.text

    def test_photo_before_any_form_is_kept_for_it(self, talk):
        talk(document_id="d1", file_name="anh.jpg")
        talk("mat dien roi")
        assert talk.state.photos[0]["document_id"] == "d1"
