"""The crew's pages on a real screen: accessible, within the phone, signing with a finger, and a signal that comes and goes."""

from __future__ import annotations

import contextvars
import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

import motcua.web
from motcua.documents.models import Signature
from motcua.fieldwork import queries as fieldwork_queries
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from tests.web.field.at_the_door import TYPED, url

pytestmark = pytest.mark.journey

STATIC = Path(motcua.web.__file__).parent / "static"
SITE = "http://hanoi.localhost"
NOT_TOLD_ON = ("Set-Cookie", "Content-Length")


@pytest.fixture
def phone(chromium: Any, crew_page: Any) -> Iterator[Callable[..., Any]]:
    """Open a path on the phone of the crew's leader; answers come from the pages themselves. `page.signal = False` cuts it."""
    contexts = []
    # Django keeps its connection by context, and the browser's calls come in one of their own.
    ours = contextvars.copy_context()

    def open_page(path: str, width: int = 360, **look: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 740}, has_touch=True, service_workers="block", **look
        )
        contexts.append(context)
        context.set_default_timeout(180_000)
        page = context.new_page()
        page.signal, page.complaints = True, []

        def serve(route: Any) -> None:
            asked = route.request.url.removeprefix(SITE)
            if asked.startswith("/static/"):
                file = STATIC / asked.removeprefix("/static/").split("?")[0]
                kind = mimetypes.guess_type(file.name)[0] or "text/javascript"
                route.fulfill(body=file.read_bytes(), content_type=kind)
            elif not page.signal:
                route.abort("internetdisconnected")
            else:
                ours.copy().run(_answer, route, asked)

        def _answer(route: Any, asked: str) -> None:
            if route.request.method == "POST":
                answer = crew_page.post(
                    asked,
                    route.request.post_data_buffer or b"",
                    content_type=route.request.headers["content-type"],
                )
            else:
                answer = crew_page.get(asked)
            if answer.status_code == 302:
                # fulfilled answers cannot be followed by the browser: go there for it
                answer = crew_page.get(answer["Location"])
            headers = {name: value for name, value in answer.items() if name not in NOT_TOLD_ON}
            route.fulfill(status=answer.status_code, body=answer.content, headers=headers)

        page.route("**/*", serve)
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.complaints.append(str(e)))
        page.goto(SITE + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def begun(crew_page: Any, to_sign: Any) -> Any:
    view, visit = to_sign(
        place={
            "text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội",
            "lat": "21.0105",
            "lon": "105.8235",
        }
    )
    crew_page.post(url("start", visit))
    return view, visit


def pages(visit: Any) -> list[str]:
    return [
        reverse("field:today"), reverse("field:tomorrow"), reverse("field:pending"), url("visit", visit), url("sign", visit), url("papers", visit),
        url("act", visit, "correct_name"), url("act", visit, "pole_needed"), url("act", visit, "nobody_home"),
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(phone: Any, begun: Any, theme: str) -> None:
    for path in pages(begun[1]):
        page = phone(path, color_scheme=theme, reduced_motion="reduce", bypass_csp=True)
        found = Axe().run(page).response["violations"]

        assert [(path, v["id"], n["target"]) for v in found for n in v["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_nothing_breaks_the_policy(phone: Any, begun: Any) -> None:
    for path in pages(begun[1]):
        page = phone(path)
        page.wait_for_timeout(150)

        assert page.complaints == [], path


def draw(page: Any, name: str) -> None:
    pad = page.locator(f"#id_{name} canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    for step in range(8):
        page.mouse.move(box["x"] + 30 + step * 25, box["y"] + (90 if step % 2 else 30))
    page.mouse.up()


def test_three_sign_with_a_finger_through_a_lost_signal(phone: Any, begun: Any) -> None:
    view, visit = begun
    page = phone(url("sign", visit))
    for name in ("customer", "staff1", "staff2"):
        draw(page, name)

    page.signal = False
    page.get_by_role("button", name="Đã ký hợp đồng").click()
    page.get_by_text("Chưa gửi được vì mất sóng").wait_for()
    assert Signature.objects.count() == 0
    assert page.locator("#id_customer .pad.inked").count() == 1
    page.signal = True
    page.get_by_role("button", name="Gửi lại").click()
    page.get_by_text("Hợp đồng đã đủ chữ ký").wait_for()

    assert {signature.method for signature in Signature.objects.all()} == {"DRAWN"}
    assert request_queries.get_request(view.id).step == "INSTALL"


def test_what_was_typed_survives_a_reload_without_signal(
    phone: Any, begun: Any, crew_page: Any, stock: Any
) -> None:
    view, visit = begun
    crew_page.post(url("sign", visit), TYPED)
    install = fieldwork_queries.find_open_visit(view.id)
    page = phone(url("act", install, "installed"))
    page.get_by_label("Số công tơ").fill(stock[0])
    page.get_by_label("Chỉ số đầu").fill("3")
    page.wait_for_timeout(500)

    page.reload()

    assert page.get_by_label("Số công tơ").input_value() == stock[0]
    page.get_by_label("Mã chì").fill("HN 1, HN 2")
    page.get_by_role("button", name="Đã treo công tơ").click()
    page.get_by_role("heading", name="Đã đóng điện").wait_for()
    assert request_queries.get_request(view.id).step == "ENERGISE"
    assert Entry.objects.filter(request_id=view.id, payload__action="installed").count() == 1


def test_what_was_not_sent_is_listed_and_sent_again_once(
    phone: Any, begun: Any, crew_page: Any, stock: Any
) -> None:
    view, visit = begun
    crew_page.post(url("sign", visit), TYPED)
    install = fieldwork_queries.find_open_visit(view.id)
    page = phone(url("act", install, "installed"))
    page.get_by_label("Số công tơ").fill(stock[0])
    page.get_by_label("Chỉ số đầu").fill("3")
    page.get_by_label("Mã chì").fill("HN 1, HN 2")
    page.signal = False
    page.get_by_role("button", name="Đã treo công tơ").click()
    page.get_by_text("Chưa gửi được vì mất sóng").wait_for()
    page.signal = True

    page.goto(SITE + reverse("field:today"))
    page.get_by_role("link", name="Viết trên máy này, chưa gửi: 1").click()
    page.get_by_text("Chưa gửi được, viết lúc").wait_for()
    page.signal = False
    page.get_by_role("button", name="Gửi lại").click()
    page.get_by_text("Vẫn chưa có sóng").wait_for()
    assert request_queries.get_request(view.id).step == "INSTALL"
    page.signal = True
    page.get_by_role("button", name="Gửi lại").click()
    page.get_by_text("Đã gửi.", exact=True).wait_for()

    assert request_queries.get_request(view.id).step == "ENERGISE"
    assert Entry.objects.filter(request_id=view.id, payload__action="installed").count() == 1
    page.reload()
    page.get_by_text("Mọi thứ đã gửi").wait_for()


def test_what_is_not_accepted_stays_and_can_be_opened_or_discarded(
    phone: Any, begun: Any, crew_page: Any, stock: Any
) -> None:
    view, visit = begun
    crew_page.post(url("sign", visit), TYPED)
    install = fieldwork_queries.find_open_visit(view.id)
    page = phone(url("act", install, "installed"))
    page.get_by_label("Số công tơ").fill("KHÔNG CÓ")
    page.wait_for_timeout(500)

    page.goto(SITE + reverse("field:pending"))
    page.get_by_text("Đang viết dở").wait_for()
    page.get_by_role("button", name="Gửi lại").click()
    page.get_by_text("Chưa được nhận").wait_for()
    page.get_by_role("button", name="Bỏ").click()
    page.get_by_role("button", name="Bỏ hẳn?").click()
    page.get_by_text("Mọi thứ đã gửi").wait_for()

    assert request_queries.get_request(view.id).step == "INSTALL"
