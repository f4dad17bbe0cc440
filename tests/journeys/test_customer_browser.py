"""What only a browser shows: a photo from the phone's share sheet, a session that ends, no network, notices on this
device, letters twice as big on pages behind the door.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.documents import samples
from tests.journeys.person import NARROWEST, Person
from tests.journeys.site import Site
from tests.journeys.test_acts_customer import follow
from tests.journeys.test_customer_pages import CUT, TIGHT

pytestmark = pytest.mark.journey
Come = Callable[..., Person]
TWELVE_HOURS, WARNED_BEFORE, LOOKS_EVERY = 12 * 3600, 600, 5_000
UNTIL, FOLLOW = "mc_until", "mc_follow"
WAITS_IN_DIALOG = "() => { const e = document.activeElement; return e === document.body || document.querySelector('[data-session]').contains(e); }"
# The way a phone's share sheet brings files: a post to what the manifest names, from no page of ours, with no token.
SHARE_SHEET = """async () => {
    const told = await (await fetch(document.querySelector('link[rel=manifest]').href)).json(), target = told.share_target;
    const form = Object.assign(document.createElement('form'), {action: target.action, method: target.method, enctype: target.enctype});
    const {name, accept} = target.params.files[0];
    form.append(Object.assign(document.createElement('input'), {type: 'file', multiple: true, name, accept: accept.join()}));
    form.id = 'sheet';
    document.querySelector('main').append(form);
}"""
IS_KEPT = "() => navigator.serviceWorker.ready.then(r => r.active?.state === 'activated' && Boolean(navigator.serviceWorker.controller))"
# Words that do not fit where they stand, and are not to be scrolled to. Stacked marks (Ể, Ẫ, Ộ) are what is lost first.
CLIPPED = """() => [...document.querySelectorAll('main *, header *, footer *')]
    .filter(e => e.checkVisibility() && e.clientHeight > 1 && e.clientWidth > 1 && !e.closest('.hide, .skip, svg'))
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .filter(e => { const s = getComputedStyle(e);
        return (['hidden', 'clip'].includes(s.overflowX) && e.scrollWidth > e.clientWidth + 1)
            || (['hidden', 'clip'].includes(s.overflowY) && e.scrollHeight > e.clientHeight + 2) || s.textOverflow === 'ellipsis'; })
    .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def ready(house: Site) -> dict[str, Any]:
    """What these begin with."""
    made: dict[str, Any] = json.loads(house.run("ready", "browser", house.now().isoformat()))
    return made


def sign_in_by_phone(who: Person, phone: str) -> Person:
    """To My page with the code that comes to the telephone."""
    who.open("/cua-toi/").fill("Số điện thoại", phone).press("Gửi mã cho tôi").sees("Nhập mã trong tin nhắn")
    code = who.page.wait_for_function(
        """async phone => {
            const {texts} = await (await fetch('/sandbox/sms/inbox.json?phone=' + encodeURIComponent(phone))).json();
            return texts.map(text => /l[àa] (\\d{6}), /.exec(text.text)?.[1]).find(Boolean); // a request's number has six too
        }""",
        arg=phone, polling=200,
    ).json_value()  # fmt: skip
    return who.fill("Mã 6 chữ số", code).press("Vào")


def real_now() -> float:
    """Cookies and what is signed in them know the real clock alone."""
    return time.time()  # noqa: TID251


def ends_in(who: Person, seconds: float) -> None:
    """The session has this long to go, as far as its page knows; the page looks."""
    who.context.add_cookies(
        [{"name": UNTIL, "value": str(int(real_now() + seconds)), "url": who.site.url("/", who.host)}]
    )
    who.page.clock.fast_forward(LOOKS_EVERY)


def seconds_left(who: Person) -> float:
    found = [float(cookie["value"]) for cookie in who.context.cookies() if cookie["name"] == UNTIL]
    return found[0] - real_now() if found else 0.0


class TestShare:
    def test_a_photo_from_the_phone_to_the_request_that_is_chosen(
        self, person: Come, ready: dict[str, Any], tmp_path: Path
    ) -> None:
        photo = tmp_path / "IMG_0712.jpg"
        photo.write_bytes(samples.jpeg())
        thu = person(name="share", installs=True).open("/")
        thu.page.wait_for_function(IS_KEPT)
        thu.page.evaluate(SHARE_SHEET)
        thu.page.locator("#sheet input").set_input_files([photo])
        thu.go(lambda: thu.page.evaluate("document.querySelector('#sheet').submit()"))

        thu.sees("Đã giữ 1 tệp", "Cho chúng tôi biết anh/chị là ai").press("Tìm yêu cầu bằng số")
        for told in (ready["beside"], ready["shared"]):
            follow(thu, told)
        thu.press("Gửi ảnh cho yêu cầu").sees("Đã giữ 1 tệp", ready["beside"]["number"])
        thu.pick(thu.page.locator(f"input[value='{ready['shared']['number']}']"))
        thu.press("Gửi").sees("Đã gửi ảnh cho yêu cầu này.", "Ảnh gửi thêm", ready["shared"]["number"])

        address = thu.page.get_by_role("link", name="Ảnh gửi thêm").get_attribute("href")
        assert thu.fetch(address).headers["content-type"].startswith("image/")
        thu.open(f"/theo-doi/{ready['beside']['number']}/")
        assert "Ảnh gửi thêm" not in thu.text
        assert thu.control("Gửi ảnh cho yêu cầu").count() == 0, "what was given waits no more"


class TestSession:
    def test_warns_keeps_the_focus_and_lasts_longer_by_escape_or_button(
        self, person: Come, ready: dict[str, Any]
    ) -> None:
        lan = person(name="session", desktop=True)
        lan.page.clock.install(time=real_now())
        follow(lan, ready["pay"])
        warning = lan.page.get_by_role("alertdialog", name="Phiên sắp hết")
        assert warning.count() == 0

        for answer in (
            lambda: lan.page.keyboard.press("Escape"),
            lan.control("Ở lại thêm 12 giờ", within="dialog").click,
        ):
            ends_in(lan, WARNED_BEFORE - 60)
            warning.wait_for()
            assert "Những gì anh/chị đã viết vẫn được giữ." in warning.evaluate(
                "e => document.getElementById(e.getAttribute('aria-describedby')).innerText"
            )
            assert lan.page.evaluate("document.activeElement.innerText") == "Ở lại thêm 12 giờ"
            lan.look()
            for _press in range(5):
                lan.page.keyboard.press("Tab")
                assert lan.page.evaluate(WAITS_IN_DIALOG), "the focus leaves the warning"
            answer()
            warning.wait_for(state="hidden")
            assert seconds_left(lan) > TWELVE_HOURS - 900
            lan.page.clock.fast_forward(LOOKS_EVERY)
            assert warning.count() == 0
        lan.page.reload(wait_until="load")
        lan.look().sees(ready["pay"]["number"])

    def test_takes_nothing_that_was_typed_when_it_ends(self, person: Come, ready: dict[str, Any]) -> None:
        words, told = "Nhà tôi ở trong vùng: ngõ 34, cạnh trạm Ổ Cắm.", ready["refused"]
        lan = person(name="session-ends")
        lan.page.clock.install(time=real_now())
        follow(lan, told).press("Tôi không đồng ý")
        lan.put(lan.page.locator("main textarea"), words)
        ends_in(lan, WARNED_BEFORE - 60)
        lan.control("Để trang khóa", within="dialog").click()
        lan.page.clock.fast_forward(LOOKS_EVERY)
        assert lan.page.locator("[data-session]").is_hidden(), "who let it end is asked no more"
        for name in (UNTIL, FOLLOW):  # what a browser does when their time is over
            lan.context.clear_cookies(name=name)

        lan.press("Gửi phản hồi").sees("xin cho biết anh/chị là người gửi", "vẫn được giữ trên máy này")
        lan.open("/").open(f"/theo-doi/{told['number']}/")
        lan.fill("Từ khóa", told["word"]).press("Xem yêu cầu").press("Tôi không đồng ý")
        lan.sees("Đã lấy lại những gì anh/chị viết")
        assert lan.page.locator("main textarea").input_value() == words
        lan.press("Gửi phản hồi").sees("Chúng tôi đã nhận phản hồi")
        lan.open(f"/theo-doi/{told['number']}/phan-hoi/")
        assert lan.page.locator("main textarea").input_value() == "", "what arrived is kept no longer"

    def test_says_when_it_ends_and_lasts_longer_without_scripts(
        self, person: Come, ready: dict[str, Any]
    ) -> None:
        lan = person(name="session-plain", scripts=False)
        follow(lan, ready["pay"]).sees("Phiên xem yêu cầu đến")
        lan.context.add_cookies(
            [{"name": UNTIL, "value": str(int(real_now() + 300)), "url": lan.site.url("/", lan.host)}]
        )

        lan.open(f"/theo-doi/{ready['pay']['number']}/").press("Ở lại thêm 12 giờ", within=".stay")

        lan.sees("Đã gia hạn phiên.", ready["pay"]["number"])
        assert seconds_left(lan) > TWELVE_HOURS - 900
        lan.context.clear_cookies(name=FOLLOW)
        lan.open(f"/theo-doi/{ready['pay']['number']}/").sees("xin cho biết anh/chị là người gửi")


class TestOffline:
    def test_without_a_network_the_hotline_and_what_was_kept_then_the_page_again(
        self, person: Come, ready: dict[str, Any]
    ) -> None:
        number = ready["visit"]["number"]
        son = person(name="offline", installs=True)
        follow(son, ready["visit"])
        son.page.wait_for_function(IS_KEPT)
        son.control("Giữ bản này để xem khi mất mạng").click()
        son.page.get_by_text("Đã giữ trên máy này.").wait_for()
        son.context.set_offline(True)

        son.page.goto(son.site.url("/gia-dien/"), wait_until="load")
        son.look().sees("Đang mất mạng", "Yêu cầu của anh/chị, bản giữ trên máy", number)
        hotline = son.page.locator("main a[href^='tel:']").first
        assert hotline.is_visible() and hotline.get_attribute("href") == "tel:19001288"
        son.go(son.page.get_by_role("link", name=number).click).sees(
            number, "Tổ công tác sẽ đến", "Đang mất mạng."
        )
        son.page.goto(son.site.url("/gia-dien/"), wait_until="load")
        son.context.set_offline(False)
        son.press("Thử lại").sees("Giá điện")

        assert son.path == "/gia-dien/"
        assert "Đang mất mạng" not in son.text

    def test_keeps_no_page_that_nobody_asked_to_keep(self, person: Come, ready: dict[str, Any]) -> None:
        son = person(name="offline-not-kept", installs=True)
        follow(son, ready["visit"])
        son.page.wait_for_function(IS_KEPT)
        son.context.set_offline(True)

        son.page.goto(son.site.url(f"/theo-doi/{ready['visit']['number']}/"), wait_until="load")

        son.look().sees("Đang mất mạng")
        assert "Bản giữ trên máy" not in son.text
        assert ready["visit"]["number"] not in son.text


class TestNotices:
    """One person at one telephone; browsers that can be woken, may not be, cannot."""

    PERMISSION = "Object.defineProperty(Notification, 'permission', {get: () => '%s'}); Notification.requestPermission = async () => '%s';"
    SERVICE = """PushManager.prototype.subscribe = async () => ({
        endpoint: 'http://127.0.0.1:%d/sandbox/push/journey', getKey: name => new Uint8Array(name === 'auth' ? 16 : 65).buffer });"""

    @pytest.fixture(scope="class")
    def own_cookies(self) -> list[Any]:
        return []

    @pytest.fixture
    def at_home(self, person: Come, ready: dict[str, Any], own_cookies: list[Any]) -> Callable[..., Person]:
        """My page in a browser with a script of its own before every page."""

        def come(script: str = "", **look: Any) -> Person:
            somebody = person(name="notices", installs=True, **look)
            if script:
                somebody.context.add_init_script(script)
            if own_cookies:
                somebody.context.add_cookies(own_cookies)
                return somebody.open("/cua-toi/")
            sign_in_by_phone(somebody, ready["phone"])
            own_cookies.extend(somebody.context.cookies())
            return somebody

        return come

    def test_choices_are_kept(self, at_home: Callable[..., Person]) -> None:
        own = at_home().sees("Báo tin cho tôi")
        cut = own.page.get_by_role("group", name="Cắt điện theo lịch và sự cố nơi tôi ở")
        cut.get_by_label("Tin nhắn SMS").uncheck()
        own.press("Ghi lựa chọn").sees("Đã ghi cách báo tin anh/chị muốn.").open("/cua-toi/")

        assert not cut.get_by_label("Tin nhắn SMS").is_checked()
        assert cut.get_by_label("Thông báo trên máy này").is_checked()
        paying = own.page.get_by_role("group", name="Khoản phải trả, tiền đã nhận")
        assert paying.get_by_label("Tin nhắn SMS").is_checked()

    @pytest.mark.parametrize(
        "look", [{"script": "delete window.PushManager"}, {"scripts": False}], ids=["old", "plain"]
    )
    def test_are_not_offered_where_the_browser_cannot(
        self, at_home: Callable[..., Person], look: dict[str, Any]
    ) -> None:
        own = at_home(**look).sees("Máy này chưa nhận thông báo.")

        assert own.page.locator("[data-push-on]").is_hidden()

    def test_a_refusal_is_told_kindly(self, at_home: Callable[..., Person]) -> None:
        own = at_home(self.PERMISSION % ("default", "denied"))
        own.control("Nhận thông báo trên máy này").click()
        own.page.locator("[data-push-state]", has_text="đang chặn thông báo").wait_for()
        own.look().sees("tin nhắn vẫn đến như đã chọn ở trên")
        assert own.page.locator("[data-push-on]").is_hidden()

        undecided = at_home(self.PERMISSION % ("default", "default"))
        undecided.control("Nhận thông báo trên máy này").click()
        undecided.page.locator("[data-push-state]", has_text="Khi nào muốn, anh/chị bấm lại.").wait_for()
        assert undecided.page.locator("[data-push-on]").is_enabled()

        before = at_home(self.PERMISSION % ("denied", "denied")).sees("đang chặn thông báo")
        assert before.page.locator("[data-push-on]").is_hidden()

    def test_begin_and_end_on_this_device(self, at_home: Callable[..., Person], site: Site) -> None:
        own = at_home(self.PERMISSION % ("granted", "granted") + self.SERVICE % site.port)
        own.page.wait_for_function(IS_KEPT)
        own.control("Nhận thông báo trên máy này").click()
        own.page.locator("[data-push-state]", has_text="Máy này sẽ nhận thông báo.").wait_for()
        assert own.page.locator("[data-push-on]").is_hidden()

        own.open("/cua-toi/").sees("Máy này đang nhận thông báo.").press("Thôi nhận trên máy này")

        own.sees("Máy này không nhận thông báo nữa.", "Máy này chưa nhận thông báo.")
        assert own.page.locator("[data-push-on]").is_visible()


class TestBigLetters:
    def test_cut_no_mark_behind_the_door(self, person: Come, ready: dict[str, Any]) -> None:
        """Pages of a person whose name is all marks, on the narrowest screen and with letters twice as big."""
        own = person(name="big-own")
        follow(own, ready["visit"])
        follow(own, ready["pay"])
        visit, pay = (f"/theo-doi/{ready[kind]['number']}/" for kind in ("visit", "pay"))
        own.open("/dich-vu/NEW-LV-RES/").press("Bắt đầu")
        form, wrong_on = own.path, set[str]()
        for path in (visit, f"{visit}lich-hen/", f"{pay}thanh-toan/", f"{pay}giay-to/", form):
            own.open(path)
            own.page.evaluate(
                "document.querySelectorAll('main details').forEach(folded => folded.open = true)"
            )
            own.page.evaluate(
                "document.querySelectorAll('main h1, main h2').forEach(head => head.append(' ỂNH ẪM ĐỖ NGHIỆP'))"
            )
            for width, size in ((NARROWEST, "112.5%"), (own.width, "225%")):
                own.page.set_viewport_size({"width": width, "height": own.height})
                own.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
                found = [told for wrong in (CUT, CLIPPED, TIGHT) for told in own.page.evaluate(wrong)]
                wrong_on |= {
                    f"{path} at {width} px, {size}: {told}" for told in [*found, *own.sticking_out()]
                }
        assert not wrong_on, "\n".join(sorted(wrong_on))
