"""One story over many channels: begun on Zalo, gone on with in the web chat, told of on Messenger; one thread at the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.journeys import home_supply
from tests.journeys.person import Person
from tests.journeys.playing import App, codes, last_code
from tests.journeys.site import Site
from tests.journeys.test_customer_by_chat import WORDS, answer_all

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
NUMBER, NAME = "0966555777", "Vũ Thị Mai"
RESUME = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
OWN_WORDS = {**WORDS, "Họ và tên": NAME, "Số định danh": "001185777123", "Số điện thoại": NUMBER}


def prove(app: App) -> None:
    """Ask for something of one's own, give the number, type the code that comes by text message."""
    app.who.site.move_to(app.who.site.now() + timedelta(minutes=2))  # a minute between codes to one number
    app.say("tôi còn nợ bao nhiêu")
    app.hears_of("số điện thoại đã đăng ký")
    before = len(codes(app.who, NUMBER))
    app.say(NUMBER)
    app.say(last_code(app.who, NUMBER, after=before))
    app.hears_of("chưa thấy hợp đồng nào đứng tên")  # known now, and owes nothing yet


def sign_in(who: Person) -> Person:
    """On the site, with the code that comes to the number."""
    before = len(codes(who, NUMBER))
    who.open("/cua-toi/").fill("Số điện thoại", NUMBER).press("Gửi mã cho tôi")
    return who.fill("Mã 6 chữ số", last_code(who, NUMBER, after=before)).press("Vào")


def test_begun_on_zalo_sent_by_web_chat_told_on_messenger(person: Come, site: Site) -> None:
    zalo = App(person(name="many-zalo"), "zalo", NUMBER)
    zalo.say("tôi muốn mua điện mới cho nhà")
    zalo.say("chưa có")
    zalo.say(home_supply.PLACE)
    zalo.say("để sau")
    resume = RESUME.search(zalo.hears_of(RESUME))
    assert resume

    web = person(name="many-web").open("/chat/")
    said = answer_all(web, web.say(f"làm tiếp {resume[0]}"), OWN_WORDS)
    assert NAME in said and home_supply.PLACE in said
    web.open("/chat/").say("gửi")
    number = home_supply.number_on(web)
    sign_in(web).open("/chat/").say("cảm ơn em")

    prove(zalo)
    messenger = App(person(name="many-messenger"), "messenger", NUMBER)
    prove(messenger)

    minh = person(name="many-desk", desktop=True).sign_in("kinhdoanh").open("/ban-viec/").press(number)
    minh.press("Mở hội thoại").sees("Khách nhắn qua", "Zalo", "Messenger", NAME)
    for words in ("tôi muốn mua điện mới cho nhà", "cảm ơn em", "tôi còn nợ bao nhiêu"):
        minh.page.locator("[data-chat-list]").get_by_text(words).first.wait_for()
    talk = minh.look_around().path

    minh.open(f"/ban-viec/yeu-cau/{number}/")
    accept = minh.page.locator("details.act").filter(has_text="Chấp nhận hồ sơ").first
    if accept.get_attribute("open") is None:
        accept.locator("summary").click()
    accept.get_by_role("radio", name="Không", exact=True).check()
    accept.get_by_label("Chi phí khách hàng trả").fill("450000")
    accept.get_by_label("Chi phí gồm những gì").fill("15 m cáp 2x10 và 2 kẹp")
    minh.go(accept.get_by_role("button", name="Chấp nhận hồ sơ").click)

    told = messenger.hears_of(number)
    assert number in told
    minh.open(talk).page.locator("[data-chat-list]").get_by_text(number).last.wait_for()
    assert number not in zalo.who.text
