"""No page of staff is forgotten: every one that the permission matrix opens is read by `test_pages_of_staff`."""

from __future__ import annotations

import re

from django.urls import resolve

from tests.journeys.test_pages_of_staff import PAGES
from tests.permissions import matrix

FACES = {"desk", "counter", "field", "staff", "board", "money"}
OPENS = {"sees", "ok"}  # a page to read; files, what sends on and what is closed to all are none
# Pages that stand in no table, and why.
ELSEWHERE = {
    "money:rebilling": "needs a series that somebody proposed: read without a browser in tests/web/money",
    "money:terms-account": "needs a contract: read without a browser in tests/web/money/test_terms.py",
    "money:correct": "needs a bill: read without a browser in tests/web/money",
    "money:run": "needs a bill run that somebody began: read without a browser in tests/web/money",
    "money:run-bills": "needs a bill run that somebody began: read without a browser in tests/web/money",
    "board:enter": "shows nothing: it takes a director's pass and sends them on to the cases",
    "board:handover": "shows nothing: it sends a director on to a company's board",
    "desk:conversation-canned": "a piece of a page: test_desk_live picks one of its answers",
    "staff:mass-notice": "needs a notice to many that somebody wrote: pictured, and read without a browser in tests/web/staff",
    "money:statement": "needs a bank's statement that came: read without a browser in tests/web/money",
    "money:difference": "needs a day that did not match: read without a browser in tests/web/money",
    "money:refund": "needs a refund that somebody asked for: read without a browser in tests/web/money",
    "staff:head-end": "needs a metering system: read without a browser in tests/web/staff",
    "staff:price-decision": "needs a decision that somebody entered: read without a browser in tests/web/staff",
    "desk:act": "shows nothing: it leads to the request's page, where its form stands",
    "field:sign": "needs a contract ready to be signed: test_to_the_light comes there on its way",
}
ELSEWHERE |= {
    "money:invoice": "needs a numbered invoice: read without a browser in tests/web/test_money_invoices.py",
    "money:tax-message": "needs a message to the tax authority: read without a browser in tests/web/test_money_invoices.py",
    "counter:shift": "needs a shift: read without a browser in tests/payments/test_cash_shifts.py",
    "money:deposit": "needs a deposit: read without a browser in tests/web/money/test_deposits.py",
    "money:booking": "needs a booking: read without a browser in tests/web/money/test_books.py",
    "money:period": "needs a closed day: read without a browser in tests/web/money/test_books.py",
}
MADE = re.compile(r"\{(\w+)\}")
STAND_IN = "00000000-0000-4000-8000-000000000000"  # good for a number, a code and an id


def opened() -> set[str]:
    """The names of the addresses in the tables."""
    paths = {MADE.sub(STAND_IN, path.partition("?")[0]) for listed in PAGES.values() for path in listed}
    return {resolve(path).view_name for path in paths}


def known() -> set[str]:
    """The names of the pages of staff in the matrix that anybody at all may open."""
    return {
        row.address
        for section in matrix.read()
        for row in section.rows
        if row.method == "GET" and row.address.partition(":")[0] in FACES
        if OPENS & {word for _who, word in row.expected()}
    }


def test_every_page_of_staff_is_read() -> None:
    forgotten = known() - opened() - set(ELSEWHERE)

    assert forgotten == set(), "add them to PAGES of test_pages_of_staff, or say in ELSEWHERE why not"


def test_exceptions_are_pages_and_stand_in_no_table() -> None:
    assert set(ELSEWHERE) - known() == set(), "no pages (any more)"
    assert set(ELSEWHERE) & opened() == set(), "read after all"
    assert opened() <= known(), "the tables name what nobody may open"
