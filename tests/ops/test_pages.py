"""No screen without its picture: every page of the house is in the tables, every picture in its folder."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from django.urls import resolve
from tests.permissions import addresses, matrix

from motcua.ops.pages import people, pictures, screens
from motcua.ops.pages.screens import COMPANY

PICTURES = Path(__file__).resolve().parents[2] / "docs/pictures"
STAND_IN = "00000000-0000-4000-8000-000000000000"  # good for a number, a code and an id
OPENS = {"sees", "ok"}
# Addresses that answer a reader and have no picture, and why.
NO_PICTURE = {
    "board:enter": "shows nothing: a pass that leads to the board's cases",
    "board:handover": "shows nothing: it sends a director on to a company's board",
    "counter:shift": "reached from the list of shifts: needs one",
    "money:deposit": "reached from the list of deposits: needs one",
    "money:booking": "reached from a figure: needs a booking",
    "money:period": "reached from the list of closed days: needs one",
    "customer:pay-attempt": "needs a payment on its way: looked at in tests/web/customer",
    "customer:pay-return": "shows nothing: it leads from the wallet back to the attempt's page",
    "customer:own-reading": "reached from the list: needs a figure that is far off",
    "customer:own-reading-send": "reached from the list: needs a day on which a reading is wanted",
    "money:rebilling": "reached from the list: needs a series that somebody proposed",
    "money:correct": "reached from a bill: needs one that is wrong",
    "money:difference": "reached from the list: needs a day that did not match",
    "money:invoice": "reached from the list: needs an e-invoice with a number",
    "money:refund": "reached from the list: needs a refund that was asked for",
    "money:run": "reached from the list: needs a run",
    "money:run-bills": "reached from a run: needs one",
    "money:statement": "reached from the list: needs a statement",
    "money:tax-message": "reached from the list: needs a message that was sent",
    "sandbox:wallet-order": "for programs: JSON",
    "sandbox:wallet-pay": "needs an order at the wallet: shown on the way of a payment",
    "staff:head-end": "reached from the list: needs a metering system",
    "staff:price-decision": "reached from the list: needs a decision that somebody entered",
    "chat:panel": "a piece of a page: the chat as every page opens it",
    "chat:unread": "for programs: JSON",
    "chat:poll": "a piece of a page: the newest messages",
    "counter:case-hand": "shows nothing: it leads to the case, where its form stands",
    "counter:case-papers": "shows nothing: it leads to the case, where its form stands",
    "customer:act-for": "shows nothing: it leads to the person's own page",
    "customer:draft": "shows nothing: it leads to the first open page of the form",
    "customer:notices": "shows nothing: it leads to the person's own page, where its form stands",
    "customer:portal-return": "shows nothing: it leads from the portal to where the person was going",
    "customer:portal-start": "shows nothing: it leads to the portal",
    "desk:act": "shows nothing: it leads to the request's page, where its form stands",
    "desk:conversation-canned": "a piece of a page: the ready answers that fit",
    "desk:canned-answer": "the same form as beside the list, with one of them in it",
    "desk:advance": "shows nothing: it leads to the request's page, where its form stands",
    "sandbox:zalo-lines": "for programs: JSON",
    "sandbox:messenger-lines": "for programs: JSON",
    "sandbox:mail-letters": "for programs: JSON",
    "staff:outage-template": "a file: an empty sheet to fill in",
    "staff:zalo-return": "shows nothing: it leads from Zalo back to the channel's page",
    "staff:home": "shows nothing: it sends each to their own work",
    "mfa_download_recovery_codes": "a file: the codes, to print",
    "manifest": "for the browser: what the app is called",
    "service_worker": "for the browser: a script",
    "sandbox:clock": "for programs: JSON",
    "sandbox:bank-transfer": "for programs: JSON",
    "sandbox:sms-inbox": "for programs: JSON",
    "sandbox:smpp-inbox": "for programs: JSON",
    "sandbox:push-shown": "for programs: JSON",
    "sandbox:portal-oidc": "for programs: JSON",
    "sandbox:portal-oidc-keys": "for programs: JSON",
    "sandbox:portal-oidc-userinfo": "for programs: JSON",
}
MACHINES = ("api-", "edge:", "/")  # doors that no person looks at


def pictured() -> set[str]:
    """The names of the addresses in the tables."""
    paths = {re.sub(r"\{\w+\}", STAND_IN, screen.path.partition("?")[0]) for screen in screens.listed()}
    return {resolve(path).view_name for path in paths}


def pages() -> set[str]:
    """The names of all addresses, walked, that open to somebody who asks for them."""
    opening = {
        row.address
        for section in matrix.read()
        for row in section.rows
        if row.method == "GET" and OPENS & {word for _who, word in row.expected()}
    }
    return {name for name in addresses.routes() if name in opening and not name.startswith(MACHINES)}


class TestTables:
    def test_every_page_of_the_house_is_pictured(self) -> None:
        forgotten = pages() - pictured() - set(NO_PICTURE)

        assert forgotten == set(), "add them to motcua.ops.pages.screens, or say in NO_PICTURE why not"

    def test_exceptions_are_addresses_that_stand_in_no_table(self) -> None:
        assert set(NO_PICTURE) - set(addresses.routes()) == set(), "no addresses (any more)"
        assert set(NO_PICTURE) & pictured() == set(), "pictured after all"

    def test_no_two_pictures_have_one_name(self) -> None:
        names = [screen.file_name for screen in screens.listed()]

        assert sorted(names) == sorted(set(names))

    def test_customers_and_crews_are_pictured_on_a_phone(self) -> None:
        on_a_phone = {screen.name for screen in screens.listed() if screen.size == "phone"}
        theirs = {*screens.CUSTOMER_PAGES, *screens.OWN_PAGES, *screens.STAFF_PAGES[screens.CREW]}

        assert theirs - on_a_phone == set()

    def test_what_is_weighed_needs_nothing_made_ready(self) -> None:
        named = [
            part[1] for path in screens.CUSTOMER_PAGES.values() for part in string.Formatter().parse(path)
        ]

        assert set(named) <= {None}

    def test_everybody_who_looks_has_a_head_in_the_list(self) -> None:
        assert {(screen.who, screen.host) for screen in screens.listed()} == set(screens.WHO)


class TestFolder:
    def test_holds_the_pictures_of_the_tables_and_no_other(self) -> None:
        kept = {path.name for path in PICTURES.iterdir()} - {pictures.INDEX}

        assert kept == {screen.file_name for screen in screens.listed()}

    def test_the_list_is_fresh(self) -> None:
        assert (PICTURES / pictures.INDEX).read_text() == pictures.index()

    def test_is_small(self) -> None:
        assert sum(path.stat().st_size for path in PICTURES.iterdir()) < pictures.MOST_BYTES


class _Answer:
    def __init__(self, status: int) -> None:
        self.status = status


class _Page:
    """A browser's page that answers one thing whatever is asked."""

    def __init__(self, status: int, led_to: str) -> None:
        self.status, self.url = status, led_to

    def goto(self, _address: str, wait_until: str) -> _Answer:
        return _Answer(self.status)


class TestPictures:
    @pytest.mark.parametrize(
        ("status", "led_to", "told"),
        [
            (403, "/quan-tri/", "answered 403 instead of 200"),
            (200, "/nhan-vien/dang-nhap/?next=/quan-tri/", "led to"),
        ],
        ids=["refused", "sent on"],
    )
    def test_another_page_than_the_one_wanted_is_no_picture_of_it(
        self, tmp_path: Path, status: int, led_to: str, told: str
    ) -> None:
        address = f"http://{COMPANY}:8000/quan-tri/"
        page = _Page(status, f"http://{COMPANY}:8000{led_to}")

        assert told in pictures.take(page, address, 200, tmp_path / "admin.webp")
        assert list(tmp_path.iterdir()) == []


def test_second_factor_shows_what_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6238, appendix B, SHA-1; of its eight figures an authenticator shows the last six."""
    monkeypatch.setattr(people.time, "time", lambda: 1_111_111_109)

    assert people.code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == "081804"
