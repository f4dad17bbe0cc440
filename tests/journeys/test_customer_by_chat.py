"""The same by the web chat: free words, a correction, the draft seen in the form, a person who answers at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from tests.journeys import home_supply
from tests.journeys.person import THEIRS, Person

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
WORDS = {
    "đã có công tơ điện chưa": "chưa có",
    "cần mua điện ở đâu": home_supply.PLACE,
    "của ai": "nhà tôi",
    "Họ và tên": "Phạm Thu Quỳnh",
    "Số định danh": "001185098765",
    "Số điện thoại": "0912 345 678",
    "dùng điện như thế nào": "1 pha",
    "Khi nào tiện": "lúc nào cũng được",
}


def answer_all(who: Person, said: str, words: Mapping[str, str] = WORDS) -> str:
    """Answer question after question, each marked with how far one is: "(3/8)"."""
    for _turn in range(12):
        counted = re.search(r"\(\d/\d\)", said)
        if counted is None:
            return said
        asked = said[counted.end() :]
        said = who.say(words[max(words, key=asked.rfind)])
    raise AssertionError(f"the chat never came to an end: {said}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_asks_in_free_words_and_corrects(person: Come, scripts: bool) -> None:
    quynh = person(name="chat" if scripts else "chat-plain", dark=scripts, scripts=scripts).open("/chat/")
    said = answer_all(quynh, quynh.say("muon mua dien"))
    assert "0912 345 678" in said

    said = quynh.say("sửa số điện thoại 0987 654 321")
    assert "0987 654 321" in said
    assert "0912 345 678" not in said
    quynh.look()

    quynh.open("/tiep-tuc/").press("Mua điện sinh hoạt (cấp điện mới)")
    quynh.sees("Kiểm tra trước khi gửi", "Phạm Thu Quỳnh", "0987 654 321", home_supply.PLACE)

    quynh.open("/chat/").say("gửi")
    number = home_supply.number_on(quynh)
    quynh.look().open(f"/theo-doi/{number}/").sees("đang kiểm tra")


def test_opens_over_any_page_and_keeps_what_was_typed(person: Come) -> None:
    an = person(name="panel").open("/dich-vu/")
    an.page.get_by_role("link", name="Hỏi điện lực").click()
    an.page.wait_for_selector(".chat-panel [data-chat]")
    an.look()

    assert "điện" in an.say("gia dien bac 1 bao nhieu")
    an.page.keyboard.press("Escape")
    assert not an.page.is_visible(".chat-panel")

    an.open("/chat/").sees("gia dien bac 1 bao nhieu")


def test_a_person_answers_and_it_is_there_at_once(person: Come, site) -> None:
    tam = person(name="live", desktop=True).open("/chat/")
    with tam.page.expect_response(lambda answer: f":{site.port + 1}/live/" in answer.url) as stream:
        tam.say("nhà tôi hay bị chập chờn điện")
    assert stream.value.headers["content-type"].startswith("text/event-stream")
    tam.page.get_by_role("button", name="Gặp người").click()
    tam.page.locator("[data-chat-list]").get_by_text("nhân viên").last.wait_for()

    lan = person(name="desk-chat", desktop=True).sign_in("tiepnhan").open("/ban-viec/hoi-thoai/")
    talk = stream.value.url.partition("/live/conversation/")[2].partition("?")[0]
    lan.press_on(lan.page.locator(f".queue a[href*='{talk}']")).press("Nhận trả lời").sees("chập chờn")
    write(lan, "Chào anh Tâm, em là Lan. Chập chờn từ hôm nào ạ?")

    tam.page.locator(THEIRS).get_by_text("em là Lan").wait_for()
    tam.look()
    write(tam, "Từ tối qua em ạ")
    lan.page.locator(THEIRS).get_by_text("Từ tối qua").wait_for()
    lan.look()


def test_a_message_written_while_the_one_before_is_on_its_way_is_sent_too(person: Come) -> None:
    vui = person(name="quick").open("/chat/")
    write(vui, "xin chào")
    write(vui, "giá điện bậc 1 bao nhiêu")

    vui.page.locator("[data-chat-list] .mine").nth(1).wait_for()
    assert [said.strip() for said in vui.page.locator(".mine .msg-text").all_inner_texts()] == [
        "xin chào",
        "giá điện bậc 1 bao nhiêu",
    ]


def write(who: Person, text: str) -> None:
    """Write and send, without waiting for what comes of it."""
    who.page.locator("[data-chat-main] textarea").fill(text)
    who.page.locator("[data-chat-main] .send").click()
