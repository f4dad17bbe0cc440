"""What the plan put in beside what the boards say, company by company and for the country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from motcua.companies.context import using_company
from motcua.kernel.local_time import local_date
from motcua.ops.year import mix, plan, play
from motcua.ops.year.plan import Planned
from motcua.reports import queries as report_queries
from motcua.reports.definitions import FIGURES, MEASURES, value_of
from motcua.reports.rules import Window

YEAR = Window(date(2018, 1, 1), date(2019, 1, 1))
AFTER = Window(date(2019, 1, 1), date(2020, 1, 1))
BY = ("reception", "channel", "service_code", "unit_code", "province_code")
RECEIVED = {
    plan.INDIRECT: "received_indirect",
    plan.DIRECT: "received_direct",
    plan.UNKNOWN: "received_unknown",
}
CHARGED = {
    "COMPANY": "late_company",
    "CUSTOMER": "late_customer",
    "THIRD_PARTY": "late_third_party",
    "": "late_unexplained",
}
Sums = Counter[tuple[str, str, str]]  # (dimension, value, measure): how many; ("", "", measure) for all


def put_in(items: Iterable[Planned], where: list[play.Place], window: Window) -> Sums:
    """What a company's requests add up to in the window, by each dimension."""
    sums: Sums = Counter()
    for item in items:
        place = where[item.unit]
        values = (item.reception, item.channel, item.service, place.unit_code, place.province_code)
        keys = [("", ""), *zip(BY, values, strict=True)]
        for measure, value in _measures(item, window).items():
            for dimension, key in keys:
                sums[dimension, key, measure] += value
    return sums


def _measures(item: Planned, window: Window) -> dict[str, int]:
    found: dict[str, int] = {}
    if window.start <= local_date(item.sent_at) < window.end:
        found |= {"received": 1, RECEIVED[item.reception]: 1}
    if item.ended_at is not None and window.start <= local_date(item.ended_at) < window.end:
        if item.end == "CANCELLED":
            found["cancelled"] = 1
        else:
            found |= {
                "settled": 1, "fully_online": int(item.is_fully_online), "on_time": int(item.end != "LATE"), "trips": item.trips,
                "rated": int(item.score is not None), "rating_sum": item.score or 0,
            }  # fmt: skip
            if item.end == "LATE":
                found |= {"late": 1, CHARGED[item.charged_to]: 1}
    if item.energised_at is not None and window.start <= local_date(item.energised_at) < window.end:
        minutes = int((item.energised_at - item.sent_at).total_seconds() // 60)
        found |= {"energised": 1, "energise_minutes": minutes}
    return {name: value for name, value in found.items() if value}


def on_boards(code: str, window: Window) -> Sums:
    """What the boards say of the company in the window, by each dimension."""
    filters = {"company_code": code}
    sums: Sums = Counter()
    lines: list[tuple[str, str, Mapping[str, int]]] = [
        ("", "", report_queries.total(window=window, filters=filters).sums)
    ]
    for by in BY:
        lines += [
            (by, row.key, row.sums) for row in report_queries.board(by=by, window=window, filters=filters)
        ]
    for dimension, key, told in lines:
        for name in MEASURES:
            if told.get(name):
                sums[dimension, key, name] += told[name]
    return sums


def compare(codes: Iterable[str], *, scale: float, services: mix.Weights = mix.ALL) -> tuple[list[str], int]:
    """Lines to print, and how many sums differ."""
    lines, differing = [], 0
    country: Counter[str] = Counter()
    for code in codes:
        with using_company(code):
            where = play.places()
            weights = [(number, place.weight) for number, place in enumerate(where)]
            for window in (YEAR, AFTER):
                items = (
                    plan.planned(code, number, weights, services) for number in range(plan.size(code, scale))
                )
                went_in, told = put_in(items, where, window), on_boards(code, window)
                wrong = [key for key in sorted(went_in.keys() | told.keys()) if went_in[key] != told[key]]
                differing += len(wrong)
                lines += [
                    f"  {code} {key}: went in {went_in[key]:,}, the boards say {told[key]:,}"
                    for key in wrong[:20]
                ]
                if window == YEAR:
                    mine = {name: told["", "", name] for name in MEASURES}
                    country.update(mine)
                    lines.append(_line(code, went_in["", "", "received"], mine))
    lines.append(_line("all", round(country["received"]), country))
    return lines, differing


def _line(name: str, went_in: int, told: Mapping[str, Any]) -> str:
    values = {f.code: value_of(f, told) for f in FIGURES}
    shown = {code: "–" if value is None else f"{value:.2f} %" for code, value in values.items()}
    return (
        f"  {name:6} went in {went_in:>9,}, received {told['received']:>9,}, settled {told['settled']:>9,}; indirect {shown['INDIRECT']}, "
        f"direct {shown['DIRECT']}, unknown {shown['RECEPTION_UNKNOWN']}, fully online {shown['FULLY_ONLINE']}, on time {shown['ON_TIME']}"
    )
