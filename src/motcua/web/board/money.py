"""The board of money: what was billed and came in, without cash and online, by unit, way and bank; debt by age; each figure
opens to its bills.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from motcua.companies import operations as company_ops
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.reports.money import definitions, queries
from motcua.reports.money.definitions import BY_CODE, FIGURES
from motcua.reports.money.ways import AGES, Way
from motcua.reports.queries import Row
from motcua.web.board import choosing, showing
from motcua.web.board.choosing import Choice
from motcua.web.board.viewing import SEES_MONEY, BoardRequest, board_page, refuse
from motcua.web.paging import read_key, write_key

CASES_A_PAGE = 50
BY = {"company_code": _("Tổng công ty"), "unit_code": _("Đơn vị"), "way": _("Cách trả"), "channel": _("Ngân hàng, ví"), "month": _("Tháng")}  # fmt: skip
WAYS = {
    Way.CASH: _("Tiền mặt tại quầy"),
    Way.AGENT: _("Tiền mặt tại ngân hàng, điểm thu hộ"),
    Way.ONLINE: _("Trực tuyến"),
    Way.STANDING: _("Ủy nhiệm thu, trích nợ tự động"),
    Way.MACHINE: _("Máy ATM"),
    Way.UNSAID: _("Qua ngân hàng, không rõ cách"),
    Way.CREDIT: _("Từ tiền trả trước"),
}
DEBT_AGES = {
    "NOT_DUE": _("Chưa đến hạn"),
    "UP_TO_30": _("Quá hạn đến 30 ngày"),
    "UP_TO_60": _("Quá hạn 31–60 ngày"),
    "UP_TO_90": _("Quá hạn 61–90 ngày"),
    "ABOVE_90": _("Quá hạn trên 90 ngày"),
}
NARROWS = {"cach": "way", "kenh": "channel"}


class Chosen:
    """What the address chose: the board's window and filters, and those of money."""

    def __init__(self, request: BoardRequest) -> None:
        self.choice: Choice = choosing.read(request, local_date(clock.now()))
        known = {
            name: self.choice.filters[name]
            for name in ("company_code", "unit_code")
            if self.choice.filters.get(name)
        }
        self.more = {ours: request.GET.get(name, "")[:16] for name, ours in NARROWS.items()}
        self.filters = {**known, **{name: value for name, value in self.more.items() if value}}
        dimensions = [name for name in BY if name != "company_code" or self.choice.is_group]
        if self.choice.is_group and not self.choice.company_code:
            dimensions.remove("unit_code")
        by = request.GET.get("theo", "")
        self.dimensions = dimensions
        self.by = by if by in dimensions else dimensions[0]
        self.figure = BY_CODE.get(request.GET.get("chi-tieu", ""), FIGURES[0])

    @property
    def typed(self) -> dict[str, str]:
        """The address as it was, with what the shared chooser does not keep."""
        narrowed = {name: self.more[ours] for name, ours in NARROWS.items() if self.more[ours]}
        return {**self.choice.typed, **narrowed}

    def link(self, **changes: str) -> str:
        told = {**self.typed, **changes}
        return "?" + urlencode({name: value for name, value in told.items() if value})

    def cases_link(self, **narrowed: str) -> str:
        """To the bills on the company's host; at the group by a pass, once a company is chosen."""
        told = {**self.typed, **narrowed}
        if self.choice.is_group:
            if not told.get("company_code"):
                return self.link(theo="company_code") + "#theo"
            return "/bang/mo/?" + urlencode({**{n: v for n, v in told.items() if v}, "sang": "tien"})
        return "/bang/tien/khoan/?" + urlencode({name: value for name, value in told.items() if value})


@require_GET
@board_page(roles=SEES_MONEY)
def board(request: BoardRequest) -> HttpResponse:
    """Figures of the window with the change, debt by age, one dimension line by line."""
    chosen = Chosen(request)
    choice = chosen.choice
    total = queries.total(window=choice.window, filters=chosen.filters)
    before = queries.total(window=choice.before, filters=chosen.filters)
    rows = queries.board(by=chosen.by, window=choice.window, filters=chosen.filters)
    debts = queries.list_debt(chosen.filters)
    page = {
        "viewer": request.viewer,
        "choice": choice,
        "window_name": choosing.window_name(choice),
        "fields": showing.fields_of(choice),
        "problems": list(choice.errors.items()),
        "hidden": [(name, value) for name, value in chosen.typed.items() if name in ("theo", *NARROWS)],
        "filters": _filters(chosen),
        "spans": [
            {**span, "href": chosen.link(ky=key)} for key, span in zip(choosing.SPANS, showing.spans_of(choice), strict=True)
        ],
        "cards": [_card(figure, total, before, chosen) for figure in FIGURES],
        "tabs": [
            {"label": BY[name], "href": chosen.link(theo=name) + "#theo", "here": name == chosen.by} for name in chosen.dimensions
        ],
        "by_name": BY[chosen.by],
        "figures": FIGURES,
        "lines": _lines(rows, chosen),
        "debts": [
            {"debt": debt, "name": DEBT_AGES[debt.age], "href": chosen.cases_link(no=debt.age) if debt.bills else ""} for debt in debts
        ],
        "debt_total": sum(debt.owed_vnd for debt in debts),
        "debt_bills": sum(debt.bills for debt in debts),
        "as_of": min((debt.as_of for debt in debts if debt.as_of), default=None),
        "previous": chosen.link(thang=f"{choosing.shift(choice.month, -1):%Y-%m}"),
        "next": chosen.link(thang=f"{choosing.shift(choice.month, 1):%Y-%m}") if choosing.shift(choice.month, 1) <= choice.today else "",
        "csv": "so-lieu.csv" + chosen.link(),
        "is_empty": not any(total.sums.values()),
    }  # fmt: skip
    return render(request, "board/money.html", page)


@require_GET
@board_page(roles=SEES_MONEY)
def cases(request: BoardRequest) -> HttpResponse:
    """The bills behind a figure or an age of debt; accounts by their code, no names."""
    if request.company.kind == CompanyKind.GROUP:
        return refuse(request)
    chosen, age = Chosen(request), request.GET.get("no", "")
    units, after = request.viewer.seen_units(), read_key(request.GET.get("sau", ""))
    if age in dict(AGES):
        name, meaning = str(DEBT_AGES[age]), gettext("Hóa đơn còn nợ hôm nay, theo số ngày quá hạn.")
        found = queries.debt_cases(
            age=age, today=chosen.choice.today, filters=chosen.filters, unit_codes=units, limit=CASES_A_PAGE, after=after
        )  # fmt: skip
    else:
        name, meaning = gettext(chosen.figure.name), gettext(chosen.figure.definition)
        found = queries.cases(
            figure=chosen.figure.code, window=chosen.choice.window, filters=chosen.filters, unit_codes=units, limit=CASES_A_PAGE,
            after=after,
        )  # fmt: skip
    company_ops.record_audit(
        actor=request.viewer.actor, verb="board.cases", subject_type="figure", subject_id=age or chosen.figure.code, at=clock.now()
    )  # fmt: skip
    by_issue = bool(age) or chosen.figure.code in definitions.ISSUED
    last = found[-1] if len(found) == CASES_A_PAGE else None
    key = (last.created_at if by_issue else last.paid_at) if last else None
    page = {
        "viewer": request.viewer,
        "figure_name": name,
        "definition": meaning,
        "window_name": "" if age else choosing.window_name(chosen.choice),
        "filters": _filters(chosen),
        "is_part": units is not None,
        "rows": [{"case": case, "way": WAYS[Way(case.way)] if case.way else ""} for case in found],
        "units": showing.unit_names([case.unit_code for case in found], chosen.choice),
        "more": chosen.link(no=age, sau=write_key(key, last.charge_id)) if last and key else "",
        "back": "../" + chosen.link(**{"chi-tieu": "", "no": "", "sau": ""}),
    }
    return render(request, "board/money_cases.html", page)


@require_GET
@board_page(roles=SEES_MONEY)
def as_csv(request: BoardRequest) -> HttpResponse:
    """The lines of the board as they stand, measures beside figures."""
    chosen = Chosen(request)
    rows = queries.board(by=chosen.by, window=chosen.choice.window, filters=chosen.filters)
    names = _names(chosen, rows)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tien-dien.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(
        [BY[chosen.by], *(gettext(measure.name) for measure in definitions.MEASURES.values()), *(gettext(f.name) for f in FIGURES)]
    )  # fmt: skip
    for row in rows:
        values = [row.figures[figure.code] for figure in FIGURES]
        writer.writerow(
            [names.get(row.key, row.key), *(row.sums.get(name, 0) for name in definitions.MEASURES),
             *("" if value is None else round(value, 4) for value in values)]
        )  # fmt: skip
    return response


def _card(figure: Any, total: Row, before: Row, chosen: Chosen) -> dict[str, Any]:
    is_known = total.figures[figure.code] is not None
    return {
        **showing.definition_of(figure, total, chosen.choice.window.start, definitions.MEASURES),
        "figure": figure,
        "text": showing.text_of(total.figures[figure.code], figure),
        "is_known": is_known,
        "href": chosen.cases_link(**{"chi-tieu": figure.code}) if is_known else "",
        "change": showing.change_of(figure, total, before, chosen.choice),
    }


def _lines(rows: Iterable[Row], chosen: Chosen) -> list[dict[str, Any]]:
    found = list(rows)
    names = _names(chosen, found)
    return [
        {
            "name": names.get(row.key, row.key),
            "cells": [
                {"figure": figure, "value": row.figures[figure.code], "href": _cell_link(chosen, row, figure.code)}
                for figure in FIGURES
            ],
        }
        for row in found
    ]  # fmt: skip


def _cell_link(chosen: Chosen, row: Row, figure: str) -> str:
    narrowed = {"chi-tieu": figure}
    if chosen.by == "month":
        narrowed |= {"thang": f"{row.key:%Y-%m}", "ky": choosing.MONTH}
    else:
        narrowed[{"way": "cach", "channel": "kenh"}.get(chosen.by, chosen.by)] = str(row.key)
    return chosen.cases_link(**narrowed)


def _names(chosen: Chosen, rows: Iterable[Row]) -> Mapping[Any, Any]:
    keys = [row.key for row in rows]
    if chosen.by == "way":
        return {way.value: name for way, name in WAYS.items()}
    if chosen.by == "channel":
        return {key: key or gettext("Không qua ngân hàng") for key in keys}
    return showing.names_of(chosen.by, keys, chosen.choice)


def _filters(chosen: Chosen) -> list[dict[str, str]]:
    """The filters in force, each with the way to drop it."""
    told = []
    for name, ours in (("company_code", "company_code"), ("unit_code", "unit_code"), *NARROWS.items()):
        value = chosen.filters.get(ours, "")
        if not value or (name == "company_code" and not chosen.choice.is_group):
            continue
        names: Mapping[Any, Any] = {way.value: name for way, name in WAYS.items()}
        if ours in ("company_code", "unit_code"):
            names = showing.names_of(ours, [value], chosen.choice)
        told.append(
            {"label": str(BY[ours]), "text": str(names.get(value, value)), "href": chosen.link(**{name: ""})}
        )
    return told
