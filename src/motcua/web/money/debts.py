"""Debt: by age, and the stops and reconnections that somebody must carry out."""

from __future__ import annotations

from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.ledger import books as ledger_books
from motcua.payments.dunning import queries as dunning_queries
from motcua.requests import queries as request_queries
from motcua.web.money.sections import MONEY
from motcua.web.money.sheets import Cell, Column, Sheet, as_csv
from motcua.web.paging import read_number, read_number_key, write_number_key
from motcua.web.staff_pages import StaffRequest, staff_page

MOST_EXPORTED = 100_000
PAGE = 50
MOST_DAYS = 100_000
FURTHEST = 100_000  # rows; nobody turns so many pages
Row = TypeVar("Row")


class Pages:
    """One list of a page that may hold several, turned by its own name in the address; the others stay where they are."""

    def __init__(self, request: HttpRequest, name: str) -> None:
        self._query, self._name = request.GET.copy(), name
        self.start = min(read_number(request.GET.get(name, "")) or 0, FURTHEST)
        self.asked: dict[str, Any] = {"limit": PAGE + 1, "offset": self.start}
        self.next, self.is_first, self.first_url = "", not self.start, self._at(0)

    def of(self, rows: list[Row]) -> list[Row]:
        """The rows of this page, of those found by `asked`."""
        self.next = self._at(self.start + PAGE) if len(rows) > PAGE else ""
        return rows[:PAGE]

    def _at(self, start: int) -> str:
        self._query[self._name] = str(start)
        return f"?{self._query.urlencode()}"


@require_safe
@staff_page(*MONEY)
def debts(request: StaffRequest) -> HttpResponse:
    """What is owed beyond its day by age, each band opening to its accounts; and what is to be carried out."""
    if request.GET.get("tep") == "csv":
        start = min(read_number(request.GET.get("tu", "")) or 0, MOST_DAYS)
        return as_csv(_sheet(request, start))
    return _page(request)


def _sheet(request: StaffRequest, start: int) -> Sheet:
    """The accounts that owe from so many days on, those that owe most first."""
    now = clock.now()
    found = dunning_queries.list_accounts(now, request.actor.unit_codes, start, None, limit=MOST_EXPORTED)
    rows: list[list[str | int | Cell]] = [
        [one.account_code, f"{local_date(one.overdue_since):%Y-%m-%d}", one.owed_vnd] for one in found
    ]
    columns = (
        Column(gettext("Mã khách hàng")),
        Column(gettext("Quá hạn từ ngày")),
        Column(gettext("Còn nợ"), is_number=True),
    )
    return Sheet("no-qua-han", gettext("Nợ tiền điện"), f"{local_date(now):%d/%m/%Y}", columns, rows)


def _page(request: StaffRequest) -> HttpResponse:
    with ledger_books.at_one_moment():  # a band's sum is that of its accounts
        context = _debts(request)
    return render(request, "money/debts.html", context)


def _debts(request: StaffRequest) -> dict[str, Any]:
    now, units = clock.now(), request.actor.unit_codes
    chosen = request.GET.get("tu", "")
    bands = dunning_queries.by_age(now, units)
    turned = Pages(request, "lenh")
    orders = turned.of(dunning_queries.list_orders(units, **turned.asked))
    band = next(((start, end) for start, end, _count, _owed in bands if chosen == str(start)), None)
    key = read_number_key(request.GET.get("sau", ""))
    accounts = dunning_queries.list_accounts(now, units, *band, limit=PAGE + 1, after=key) if band else []
    last = accounts[PAGE - 1] if len(accounts) > PAGE else None
    numbers = {
        view.id: view.number
        for view in request_queries.list_requests([one.request_id for one in orders if one.request_id])
    }
    names = company_queries.unit_names({one.unit_code for one in orders})
    return {
        "bands": [
            {
                "start": start,
                "last": end and end - 1,
                "count": count,
                "owed": owed,
                "here": chosen == str(start),
            }
            for start, end, count, owed in bands
        ],
        "accounts": accounts[:PAGE],
        "is_band": band is not None,
        "accounts_pages": {
            "next": f"?tu={chosen}&sau={write_number_key(last.owed_vnd, last.account_code)}" if last else "",
            "is_first": key is None,
            "first_url": f"?tu={chosen}",
        },
        "orders_pages": turned,
        "orders": [
            {
                "order": one,
                "unit": names.get(one.unit_code, one.unit_code),
                "number": numbers.get(one.request_id) if one.request_id else None,
            }
            for one in orders
        ],
        "has_policy": dunning_queries.policy_on(local_date(now)) is not None,
    }
