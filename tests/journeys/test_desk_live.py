"""Two agents and a customer at the same time: who is there, who types, what was read; and what a cut line costs: nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error, expect

from motcua.ops import parts
from tests.journeys.person import PATIENCE_MS, THEIRS, Person

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
LINE, TYPING, COLLEAGUES = "[data-chat-line]", "[data-chat-typing]", "[data-chat-colleagues]"
LISTED = "[data-live-list] a.row-link"
MINE = "[data-chat-list] .mine"


def write(who: Person, text: str) -> None:
    who.page.locator("[data-chat-main] textarea").fill(text)
    who.page.locator("[data-chat-main] .send").click()


def hears(who: Person, text: str) -> None:
    who.page.locator(THEIRS).get_by_text(text).first.wait_for()


def count(who: Person, text: str, of: str = "[data-chat-list] .msg-text") -> int:
    return sum(said.strip() == text for said in who.page.locator(of).all_inner_texts())


def shown(who: Person, selector: str, words: str) -> Any:
    wanted = who.page.locator(selector, has_text=re.compile(words)).first
    wanted.wait_for()
    return wanted


def stands(who: Person, selector: str, words: str) -> bool:
    try:
        return who.page.locator(selector, has_text=words).count() > 0
    except Error:  # the page loads itself anew just now
        return False


def types_until(who: Person, *seen: tuple[Person, str, str]) -> None:
    """Type on until each of them has been shown it: it is over by itself some seconds after the last key."""
    left = list(seen)
    for _key in who.tries():
        who.page.locator("[data-chat-main] textarea").press_sequentially("Dạ ")
        left = [one for one in left if not stands(*one)]
        if not left:
            return
    raise AssertionError(f"never shown while {who.name} typed: {left}")


def gone(who: Person, selector: str) -> None:
    who.page.locator(f"{selector}:empty").first.wait_for(state="attached")


@pytest.fixture
def waiting(person: Come) -> tuple[Person, Person]:
    """A customer who asked for a person, and an agent whose list, open before, has it without being loaded anew."""
    lan = person(name="live-lan", desktop=True).come_in("tiepnhan").open("/ban-viec/hoi-thoai/?xem=cho")
    before = lan.page.locator(LISTED).count()
    tam = person(name="live-tam").open("/chat/")
    tam.say("nhà tôi điện yếu từ tối qua")
    tam.page.get_by_role("button", name="Gặp người").click()
    tam.page.locator("[data-chat-list]").get_by_text("nhân viên").last.wait_for()
    lan.page.locator(LISTED).nth(before).wait_for()
    lan.look().go(lan.page.locator(LISTED).last.click)
    return tam, lan


def test_agents_see_each_other_and_all_see_who_types(person: Come, waiting: tuple[Person, Person]) -> None:
    tam, lan = waiting
    minh = person(name="live-minh", desktop=True).come_in("kinhdoanh").open(lan.path)
    shown(lan, COLLEAGUES, "cũng đang mở hội thoại này")
    lan.press("Nhận trả lời")
    shown(minh, COLLEAGUES, "cũng đang mở")

    types_until(lan, (tam, TYPING, "Nhân viên đang viết"), (minh, COLLEAGUES, "đang viết"))
    tam.look()
    minh.look()
    write(lan, "Chào anh Tâm, em là Lan ạ")
    hears(tam, "em là Lan")
    gone(tam, TYPING)
    shown(lan, "[data-read-mark]", "đã xem")

    types_until(tam, (lan, TYPING, "Khách đang viết"))
    lan.look_around()
    gone(lan, TYPING)  # over by itself

    lan.page.locator("[name=ghi_chu]").check()
    write(lan, "Nhà này từng báo điện yếu tháng trước")
    shown(minh, ".note .msg-text", "từng báo điện yếu")
    minh.open(lan.path).sees("chỉ viết được ghi chú nội bộ")
    assert count(tam, "Nhà này từng báo điện yếu tháng trước") == 0


def test_a_stopped_edge_is_seen_and_nothing_is_lost_or_doubled(waiting: tuple[Person, Person]) -> None:
    tam, lan = waiting
    lan.press("Nhận trả lời")
    edge = lan.site.parts["edge"]
    tam.is_cut = lan.is_cut = True
    parts.stop_all([edge], 5)
    shown(lan, LINE, "Mất kết nối, đang nối lại")
    shown(tam, LINE, "Mất kết nối, đang nối lại")
    lan.look()
    write(tam, "Nói trong lúc đứt")
    write(lan, "Trả lời trong lúc đứt")

    edge.start()
    gone(lan, LINE)
    gone(tam, LINE)
    hears(lan, "Nói trong lúc đứt")
    hears(tam, "Trả lời trong lúc đứt")
    write(tam, "Nói khi đã nối lại")
    hears(lan, "Nói khi đã nối lại")

    assert [count(lan, said) for said in ("Nói trong lúc đứt", "Nói khi đã nối lại")] == [1, 1]
    assert count(tam, "Trả lời trong lúc đứt") == 1


def test_what_is_written_without_a_network_is_sent_once_when_it_is_back(
    waiting: tuple[Person, Person],
) -> None:
    tam, lan = waiting
    tam.context.set_offline(True)
    write(tam, "Viết lúc mất mạng")
    shown(tam, "[data-unsent] .meta", "tự gửi lại khi có mạng")
    tam.complaints.clear()
    write(tam, "Và câu thứ hai")
    tam.context.set_offline(False)
    hears(lan, "Và câu thứ hai")
    tam.page.wait_for_selector("[data-unsent]", state="detached")

    said = [text.strip() for text in tam.page.locator(f"{MINE} .msg-text").all_inner_texts()]
    assert said[-2:] == ["Viết lúc mất mạng", "Và câu thứ hai"]
    assert count(lan, "Viết lúc mất mạng") == 1
    tam.complaints.clear()


def test_unread_messages_are_counted_on_the_button_of_any_page(waiting: tuple[Person, Person]) -> None:
    tam, lan = waiting
    lan.press("Nhận trả lời")
    tam.open("/dich-vu/")
    write(lan, "Anh còn đó không ạ?")
    shown(tam, "[data-chat-count]", "^1$")
    assert tam.page.title().startswith("(1) ")
    tam.look()

    tam.page.get_by_role("link", name="Hỏi điện lực").click()
    tam.page.locator(".chat-panel").get_by_text("Anh còn đó không ạ?").wait_for()
    assert tam.page.locator("[data-chat-count]").first.is_hidden()
    assert not tam.page.title().startswith("(")
    shown(lan, "[data-read-mark]", "đã xem")


def test_a_ready_answer_is_filled_in_and_its_gap_is_not_sent(
    person: Come, waiting: tuple[Person, Person]
) -> None:
    tam, lan = waiting
    talk = lan.path
    thao = person(name="live-thao", desktop=True).come_in("giamsat").open("/ban-viec/cau-mau/")
    thao.fill("Tên gọi", "Chào khách").fill("Mã tắt", "chao-khach")
    thao.fill("Nội dung", "Chào {{tên khách}}, em là {{nhân viên}} ạ.")
    thao.page.get_by_label("Dùng chung cho mọi người").check()
    thao.press("Lưu").sees("Đã lưu câu mẫu", "/chao-khach")
    thao.press("Chào khách").look_around()

    lan.open(talk).press("Nhận trả lời")
    box = lan.page.locator("[data-chat-main] textarea")
    box.press_sequentially("/chao-kh")
    box.press("Tab")
    expect(box).to_have_value(re.compile("⟦tên khách⟧"), timeout=PATIENCE_MS)
    lan.look_around()
    lan.page.locator("[data-chat-main] .send").click()
    shown(lan, "[data-chat-error]", "chỗ chưa điền")
    assert "⟦tên khách⟧" in box.input_value()

    box.fill(box.input_value().replace("⟦tên khách⟧", "anh Tâm"))
    lan.page.locator("[data-chat-main] .send").click()
    hears(tam, "Chào anh Tâm, em là")

    lan.page.locator("[name=ghi_chu]").check()
    write(lan, "@giamsat chị xem giúp em")
    shown(lan, ".note[data-seq] .msg-text", "chị xem giúp em")
    thao.open("/ban-viec/cho-toi/").sees("chị xem giúp em")

    lan.open("/ban-viec/hoi-thoai/tim/?q=dien+yeu+tu+toi").sees("điện yếu từ tối qua").look_around()
