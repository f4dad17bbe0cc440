"""A session that ends is told in time and can be made longer; nothing typed is lost by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from motcua.requests.models import Request
from motcua.web import visitors

Send = Callable[..., Request]


@pytest.fixture
def follower(hanoi: Client, send: Send, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser that gave number and code word."""
    from motcua.customers import operations as customer_ops

    monkeypatch.setattr(customer_ops, "check_code_word", lambda **told: True)
    request = send()
    answer = hanoi.post(f"/theo-doi/{request.number}/tu-khoa/", {"word": "sen hồng"})
    assert answer.status_code == 302
    hanoi.number = request.number  # type: ignore[attr-defined]
    return hanoi


def test_says_when_it_ends_only_to_whom_it_concerns(hanoi: Client, follower: Client) -> None:
    stranger = Client(headers={"host": "hanoi.localhost"})

    assert "data-session" in follower.get("/").content.decode()
    assert "Phiên xem yêu cầu đến" in follower.get("/").content.decode()
    assert "data-session" not in stranger.get("/").content.decode()


def test_lasts_longer_by_a_plain_button_and_goes_back(follower: Client) -> None:
    first = follower.cookies[visitors.FOLLOW_COOKIE].value
    follower.cookies[visitors.UNTIL_COOKIE] = "1"

    answer = follower.post("/phien/o-lai/", {"next": "/dich-vu/"})

    assert answer["Location"] == "/dich-vu/"
    assert int(follower.cookies[visitors.UNTIL_COOKIE].value) > 1
    assert follower.cookies[visitors.FOLLOW_COOKIE].value != "" and first
    assert follower.get(f"/theo-doi/{follower.number}/").status_code == 200  # type: ignore[attr-defined]


def test_who_follows_nothing_gains_nothing(hanoi: Client) -> None:
    hanoi.cookies[visitors.UNTIL_COOKIE] = "99999999999"

    answer = hanoi.post("/phien/o-lai/", headers={"X-Requested-With": "fetch"})

    assert answer.json() == {"ok": False}
    assert visitors.FOLLOW_COOKIE not in answer.cookies


@pytest.mark.parametrize("told", ["https://evil.example", "//evil.example", "javascript:1"])
def test_leads_to_our_own_pages(follower: Client, told: str) -> None:
    assert follower.post("/phien/o-lai/", {"next": told})["Location"] == "/"


@pytest.mark.parametrize("told", ["", "x", "-1", "9" * 40, "12.5"])
def test_a_cookie_that_is_none_breaks_no_page(hanoi: Client, told: str) -> None:
    hanoi.cookies[visitors.UNTIL_COOKIE] = told
    assert hanoi.get("/").status_code == 200
