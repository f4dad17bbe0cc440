"""Rows of a board as its pages show them: cards with what they mean, lines, trends, names people know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext

from motcua.companies import context
from motcua.companies import queries as company_queries
from motcua.companies.models import Company, CompanyKind, Province, Unit
from motcua.reports import definitions
from motcua.reports import queries as report_queries
from motcua.reports.definitions import FIGURES, MEASURES, Figure, Measure
from motcua.reports.queries import Published, Row, TargetView
from motcua.services import catalogue
from motcua.web.board import charts
from motcua.web.board.choosing import BY_COMPANY, DAYS, MONTH, SPANS, Choice, before_name
from motcua.web.names import CHANNELS, RECEPTIONS
from motcua.web.templatetags.board_tags import board_number

MOST_BARS = 12


def is_english() -> bool:
    return (get_language() or "vi").startswith("en")


def names_of(by: str, keys: Iterable[Any], choice: Choice) -> dict[Any, str]:
    """Names people know for the values of a dimension, as they were in the window."""
    day = min(choice.window.last, choice.today)
    if by == "reception":
        return {key: gettext(name) for key, name in RECEPTIONS.items()}
    if by == "channel":
        return {key: gettext(name) for key, name in CHANNELS.items()}
    if by == "service_code":
        return {s.code: s.name.get(get_language()) for s in catalogue.current().list_all()}
    if by == "province_code":
        return dict(Province.objects.filter(company_queries.is_within(day)).values_list("code", "name"))
    if by == "company_code":
        return {company.code: company_name(company) for company in company_queries.list_companies()}
    if by == "month":
        return {key: key.strftime("%m/%Y") for key in keys}
    return unit_names(keys, choice)


def company_name(company: Company) -> str:
    return company.name_en if is_english() and company.name_en else company.name


def owner_name(code: str) -> str:
    """Who sets a target, by the name people call it."""
    return Company.objects.filter(code=code).values_list("brand", flat=True).first() or code


def unit_names(keys: Iterable[str], choice: Choice) -> dict[Any, str]:
    """Units' names stand with their company; the group asks for them once one company is chosen."""

    def read() -> dict[Any, str]:
        rows = Unit.objects.filter(code__in=[key for key in keys if key])
        return {unit.code: unit.name_en if is_english() and unit.name_en else unit.name for unit in rows}

    if not choice.is_group:
        return read()
    if not Company.objects.filter(code=choice.company_code, kind=CompanyKind.POWER).exists():
        return {}
    with context.using_company(choice.company_code):
        return read()


# choosing


def fields_of(choice: Choice) -> list[dict[str, Any]]:
    """The form that chooses: period, days, filters."""
    typed, errors = choice.typed, choice.errors
    fields: list[dict[str, Any]] = [
        {"kind": "select", "name": "ky", "label": gettext("Kỳ"), "options": [(k, gettext(v)) for k, v in SPANS.items()],
         "value": choice.span, "required": True},
        {"kind": "text", "name": "thang", "label": gettext("Tháng"), "value": f"{choice.month:%Y-%m}", "required": True,
         "attrs": {"type": "month"}},
        {"kind": "date", "name": "tu", "label": gettext("Từ ngày"), "value": typed.get("tu", ""), "errors": errors.get("tu", ()), "required": True},
        {"kind": "date", "name": "den", "label": gettext("Đến hết ngày"), "value": typed.get("den", ""), "errors": errors.get("den", ()),
         "required": True},
    ]  # fmt: skip
    for name, values in _values(choice):
        options = [("", gettext("Tất cả")), *sorted(values.items(), key=lambda item: item[1])]
        if (chosen := choice.filters.get(name, "")) and chosen not in values:
            options.append((chosen, chosen))
        fields.append(
            {"kind": "select", "name": name, "label": gettext(BY_COMPANY[name]), "options": options, "value": chosen, "required": True}
        )  # fmt: skip
    return fields


def _values(choice: Choice) -> list[tuple[str, Mapping[str, str]]]:
    """What can be chosen of each dimension."""
    day = min(choice.window.last, choice.today)
    found: list[tuple[str, Mapping[str, str]]] = []
    if choice.is_group:
        found.append(("company_code", names_of("company_code", (), choice)))
    if choice.company_code:
        found.append(("unit_code", _units(choice)))
        provinces = company_queries.list_served_provinces(choice.company_code, day)
    else:
        provinces = company_queries.list_provinces(day)
    found.append(("province_code", {p.code: p.name for p in provinces}))
    found += [(by, names_of(by, (), choice)) for by in ("service_code", "channel", "reception")]
    return found


def _units(choice: Choice) -> dict[str, str]:
    if not choice.is_group:
        return {unit.code: unit.name for unit in company_queries.list_units()}
    if choice.company_code not in names_of("company_code", (), choice):
        return {}
    with context.using_company(choice.company_code):
        return {unit.code: unit.name for unit in company_queries.list_units()}


def filters_of(choice: Choice) -> list[dict[str, str]]:
    """The filters in force, each with the way to drop it."""
    return [
        {"label": gettext(BY_COMPANY[name]), "text": names_of(name, [value], choice).get(value, value), "href": choice.link(**{name: ""})}
        for name, value in choice.filters.items()
        if choice.is_group or name != "company_code"
    ]  # fmt: skip


def hidden_of(choice: Choice) -> list[tuple[str, str]]:
    """What the form passes on unseen."""
    return [(name, choice.typed[name]) for name in ("theo", "chi-tieu") if name in choice.typed]


def spans_of(choice: Choice) -> list[dict[str, Any]]:
    """The kinds of period, one press away; days begin with those that are shown."""
    days = {"tu": f"{choice.window.start:%Y-%m-%d}", "den": f"{choice.window.last:%Y-%m-%d}"}
    return [
        {"label": gettext(name), "href": choice.link(ky=key, **(days if key == DAYS else {})), "here": key == choice.span}
        for key, name in SPANS.items()
    ]  # fmt: skip


def tabs_of(choice: Choice) -> list[dict[str, Any]]:
    dimensions = (
        BY_COMPANY if choice.is_group else {k: v for k, v in BY_COMPANY.items() if k != "company_code"}
    )
    return [{"label": gettext(name), "href": choice.link(theo=key) + "#theo", "here": key == choice.by} for key, name in dimensions.items()]  # fmt: skip


# cards


def cards_of(
    row: Row,
    choice: Choice,
    *,
    before: Row | None = None,
    targets: Mapping[str, TargetView] | None = None,
    published: Published | None = None,
    chosen: Iterable[Figure] = FIGURES,
) -> list[dict[str, Any]]:
    """Each figure with its value, target, change, published value and definition."""
    return [
        {
            **definition_of(figure, row, choice.window.start),
            "figure": figure,
            "text": text_of(row.figures[figure.code], figure),
            "is_known": row.figures[figure.code] is not None,
            "href": "" if row.figures[figure.code] is None else cases_link(choice, figure.code),
            "trend_href": choice.link(**{"chi-tieu": figure.code}) + "#dien-bien",
            "is_drawn": figure is choice.figure,
            "change": change_of(figure, row, before, choice),
            "target": _target(figure, row, (targets or {}).get(figure.code)),
            "published": _published(figure, published),
        }
        for figure in chosen
    ]


def text_of(value: float | None, figure: Figure) -> str:
    return board_number(value, figure)


def definition_of(
    figure: Figure, row: Row | None, day: date, measures: Mapping[str, Measure] = MEASURES
) -> dict[str, Any]:
    """What a figure means, with the sums it was worked out from when there are any."""
    top, bottom = measures[figure.numerator], measures.get(figure.denominator)
    rule = figure.rule_on(day)
    return {
        "code": figure.code,
        "name": gettext(figure.name),
        "unit": gettext(figure.unit),
        "definition": gettext(figure.definition),
        "numerator_name": gettext(top.name),
        "numerator": None if row is None else row.sums.get(figure.numerator, 0),
        "denominator_name": gettext(bottom.name) if bottom else "",
        "denominator": None if row is None or bottom is None else row.sums.get(figure.denominator, 0),
        "period": gettext(top.period),
        "events": figure.events,
        "rule": rule
        and {"from": rule.valid_from, "text": gettext(rule.text), "source": gettext(rule.source)},
    }


def change_of(figure: Figure, row: Row, before: Row | None, choice: Choice) -> dict[str, Any] | None:
    now, then = row.figures[figure.code], before.figures[figure.code] if before else None
    if now is None or then is None or (figure.is_count and not then):
        return None
    difference = 100 * (now - then) / then if figure.is_count else now - then
    unit = "%" if figure.is_count else gettext("điểm") if figure.is_share else ""
    digits = 1 if figure.is_count else figure.digits
    difference = round(difference, digits)
    tone = ""
    if not figure.is_count and difference:
        tone = "good" if (difference < 0) == figure.less_is_better else "bad"
    text = board_number(abs(difference), figure, digits)
    sign = "=" if not difference else "▲" if difference > 0 else "▼"
    return {
        "sign": sign,
        "text": f"{text}\N{NO-BREAK SPACE}{unit}".strip(),
        "tone": tone,
        "than": before_name(choice),
    }


def _target(figure: Figure, row: Row, target: TargetView | None) -> dict[str, Any] | None:
    if target is None:
        return None
    value = row.figures[figure.code]
    return {
        "text": text_of(target.value, figure),
        "is_met": value is not None and definitions.is_met(figure, value, target.value),
        "by": target.set_by_name or target.owner_code,
        "owner": owner_name(target.owner_code),
        "reach_by": target.reach_by,
    }


def _published(figure: Figure, published: Published | None) -> dict[str, Any] | None:
    if published is None or not published.tells(figure):
        return None
    then, now = published.then.figures[figure.code], published.now.figures[figure.code]
    return {"text": text_of(then, figure), "is_restated": text_of(then, figure) != text_of(now, figure)}


def cases_link(choice: Choice, figure: str, **narrowed: str) -> str:
    """On a company's board its own cases; on the group's a pass to the company's host."""
    told = {**choice.typed, **narrowed, "chi-tieu": figure}
    if choice.is_group and not told.get("company_code"):
        return choice.link(theo="company_code") + "#theo"
    way = "/bang/mo/?" if choice.is_group else "/bang/ho-so/?"
    return way + urlencode({n: v for n, v in told.items() if v})


# lines


def lines_of(rows: Iterable[Row], choice: Choice) -> list[dict[str, Any]]:
    rows = list(rows)
    names = names_of(choice.by, [row.key for row in rows], choice)
    return [_line(row, choice, names) for row in rows]


def _line(row: Row, choice: Choice, names: Mapping[Any, str]) -> dict[str, Any]:
    key = row.key.isoformat()[:7] if choice.by == "month" else row.key
    narrowed = {"thang": key, "ky": MONTH} if choice.by == "month" else {choice.by: key}
    return {
        "key": row.key,
        "name": names.get(row.key, row.key) or gettext("Không rõ"),
        "href": choice.link(**narrowed),
        "row": row,
        "cells": [
            {"figure": figure, "value": row.figures[figure.code], "href": cases_link(choice, figure.code, **narrowed)}
            for figure in FIGURES
        ],
    }  # fmt: skip


def bars_of(
    lines: Iterable[Mapping[str, Any]], choice: Choice, target: TargetView | None
) -> list[dict[str, Any]]:
    """The lines as bars of the figure that is drawn, the greatest first (months in their order)."""
    figure = choice.figure
    rows = [
        {"label": line["name"], "value": value, "text": text_of(value, figure), "href": line["href"],
         "target": target.value if target and not figure.is_count else None}
        for line in lines
        if (value := line["row"].figures[figure.code]) is not None
    ]  # fmt: skip
    if choice.by != "month":
        rows.sort(key=lambda row: -row["value"])
    return rows[:MOST_BARS]


# companies side by side


def companies_of(rows: Iterable[Row], total: Row, choice: Choice) -> dict[str, Any]:
    """Figures down, companies across, the country last; each cell with its share as a bar where it is one."""
    known = {row.key: row for row in rows}
    columns = [
        (company.code, company, known.get(company.code) or report_queries.row_of(company.code, {}))
        for company in company_queries.list_companies()
    ]
    targets = {
        code: report_queries.targets_for(window=choice.window, company_code=code) if choice.is_whole else {}
        for code, _company, _row in columns
    }
    lines = []
    for figure in FIGURES:
        cells = [
            _cell(
                figure,
                row,
                cases_link(choice, figure.code, company_code=code),
                targets[code].get(figure.code),
            )
            for code, _company, row in columns
        ]
        lines.append({"name": gettext(figure.name), "unit": gettext(figure.unit), "cells": cells, "total": _cell(figure, total, "", None)})  # fmt: skip
    return {
        "columns": [{"name": company.brand, "href": choice.link(company_code=code), "title": company_name(company)} for code, company, _row in columns],
        "lines": lines,
    }  # fmt: skip


def _cell(figure: Figure, row: Row, href: str, target: TargetView | None) -> dict[str, Any]:
    value = row.figures[figure.code]
    return {
        "text": text_of(value, figure),
        "href": href if value is not None else "",
        "length": f"{value:.2f}" if figure.is_share and value is not None else "",
        "target": _target(figure, row, target) if value is not None else None,
        "target_at": f"{target.value:.2f}" if target and figure.is_share else "",
    }


# the trend


def trend_of(rows: Iterable[Row], choice: Choice, target: TargetView | None) -> dict[str, Any]:
    """The drawn figure over months or days, with the words of its table."""
    figure = choice.figure
    points = [
        charts.Point(
            f"{row.key:%d/%m}" if choice.trend_by_day else f"{row.key:%m/%y}" if choice.span == DAYS else f"T{row.key.month}",
            text_of(row.figures[figure.code], figure), row.figures[figure.code],
        )
        for row in rows
    ]  # fmt: skip
    full = [f"{row.key:%d/%m/%Y}" if choice.trend_by_day else f"{row.key:%m/%Y}" for row in rows]
    level = target.value if target and not figure.is_count else None
    drawn = charts.trend(
        points, target=level, is_share=figure.is_share, words=lambda value: board_number(value, figure, None)
    )
    return {
        "drawn": drawn,
        "name": gettext(figure.name),
        "unit": gettext(figure.unit),
        "rows": list(zip(full, drawn.points, strict=True)),
        "target": None if level is None else text_of(level, figure),
        "head": gettext("Ngày") if choice.trend_by_day else gettext("Tháng"),
        "is_empty": not any(point.value for point in drawn.points),
    }
