"""Pages of the board. Staff see their company's; directors sign in at the group and see all."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from motcua.companies import operations as company_ops
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.kernel.local_time import local_date, to_local
from motcua.reports import definitions
from motcua.reports import queries as report_queries
from motcua.reports.queries import Published, TargetView
from motcua.requests.models import Request
from motcua.web.board import choosing, showing
from motcua.web.board.choosing import Choice
from motcua.web.board.viewing import BoardRequest, board_page, refuse
from motcua.web.paging import read_key, write_key

CASES_A_PAGE = 50
SCREEN_SECONDS = 60
SCREEN_FIGURES = ("RECEIVED", "INDIRECT", "FULLY_ONLINE", "ON_TIME", "DAYS_TO_ENERGISE", "RATING")
SCREEN_LINES = 8


def choice_of(request: BoardRequest) -> Choice:
    return choosing.read(request, local_date(clock.now()))


def targets_of(choice: Choice) -> dict[str, TargetView]:
    if not choice.is_whole:
        return {}
    return report_queries.targets_for(
        window=choice.window, company_code=choice.company_code, unit_code=choice.unit_code
    )


def published_of(choice: Choice) -> Published | None:
    """What was published for this choice: of a company or its unit, for a month."""
    if not (choice.window.is_month and choice.is_whole and choice.company_code):
        return None
    return report_queries.published(
        company_code=choice.company_code, month=choice.window.start, unit_code=choice.unit_code
    )


@require_GET
@board_page()
def board(request: BoardRequest) -> HttpResponse:
    """Figures of the window with target and published value, the trend of one, one dimension line by line."""
    choice = choice_of(request)
    rows = choosing.lines_of(choice)
    total = report_queries.total_of(rows)
    before = report_queries.total(window=choice.before, filters=choice.filters)
    targets, published = targets_of(choice), published_of(choice)
    lines = showing.lines_of(rows, choice)
    drawn = targets.get(choice.figure.code)
    page = {
        "viewer": request.viewer,
        "choice": choice,
        "window_name": choosing.window_name(choice),
        "fields": showing.fields_of(choice),
        "problems": [(name, text) for name, text in choice.errors.items()],
        "hidden": showing.hidden_of(choice),
        "filters": showing.filters_of(choice),
        "cards": showing.cards_of(total, choice, before=before, targets=targets, published=published),
        "published": published,
        "may_close": request.viewer.closes and not choice.is_group and choice.window.is_month and choice.window.end <= choice.today,
        "trend": showing.trend_of(choosing.trend_of(choice), choice, drawn),
        "spans": showing.spans_of(choice),
        "tabs": showing.tabs_of(choice),
        "by_name": gettext(choosing.BY_COMPANY[choice.by]),
        "figures": definitions.FIGURES,
        "lines": lines,
        "bars": showing.bars_of(lines, choice, drawn),
        "bars_top": 100 if choice.figure.is_share else 0,
        "companies": showing.companies_of(rows, total, choice) if choice.is_group and choice.by == "company_code" and rows else None,
        "previous": choice.link(thang=f"{choosing.shift(choice.month, -1):%Y-%m}"),
        "next": choice.link(thang=f"{choosing.shift(choice.month, 1):%Y-%m}") if choosing.shift(choice.month, 1) <= choice.today else "",
        "csv": "so-lieu.csv" + choice.link(),
        "xlsx": "so-lieu.xlsx" + choice.link(),
        "screen": "man-hinh-lon/" + choice.link(),
        "is_empty": not any(total.sums.values()),
    }  # fmt: skip
    return render(request, "board/board.html", page)


@require_GET
@board_page()
def cases(request: BoardRequest) -> HttpResponse:
    """The requests behind a figure. A director from the group sees numbers and steps, no names (none are here)."""
    if request.company.kind == CompanyKind.GROUP:
        return refuse(request)
    choice = choice_of(request)
    figure = choice.figure
    found = report_queries.cases(figure=figure.code, window=choice.window, filters=choice.filters)
    units = request.viewer.seen_units()
    if units is not None:
        found = found.filter(unit_code__in=units)
    rows = _page_of_cases(found, figure.code, choice.typed.get("sau", ""))
    company_ops.record_audit(
        actor=request.viewer.actor,
        verb="board.cases",
        subject_type="figure",
        subject_id=figure.code,
        at=clock.now(),
    )
    after = (
        write_key(getattr(rows[-1], report_queries.case_instant(figure.code)), rows[-1].id)
        if len(rows) == CASES_A_PAGE
        else ""
    )
    page = {
        "viewer": request.viewer,
        "figure_name": gettext(figure.name),
        "definition": gettext(figure.definition),
        "is_part": units is not None,
        "rows": rows,
        "more": choice.link(sau=after) if after else "",
        "filters": showing.filters_of(choice),
        "services": showing.names_of("service_code", [], choice),
        "channels": showing.names_of("channel", [], choice),
        "units": showing.names_of("unit_code", [row.unit_code for row in rows], choice),
        "window_name": choosing.window_name(choice),
        "back": "../" + choice.link(**{"chi-tieu": "", "sau": ""}),
    }
    return render(request, "board/cases.html", page)


def _page_of_cases(rows: QuerySet[Request], figure: str, after: str) -> list[Request]:
    """One page behind the key in the address; a key that is none begins anew."""
    key = read_key(after)
    if key:
        rows = report_queries.cases_after(rows, figure, *key)
    return list(rows[:CASES_A_PAGE])


@require_GET
@board_page()
def meanings(request: BoardRequest) -> HttpResponse:
    """What each figure means: the whole reference on one page."""
    today = local_date(clock.now())
    rows = [
        {**showing.definition_of(figure, None, today), "rules": [(r.valid_from, gettext(r.text), gettext(r.source)) for r in figure.rules]}
        for figure in definitions.FIGURES
    ]  # fmt: skip
    return render(request, "board/meanings.html", {"viewer": request.viewer, "rows": rows})


@require_GET
@board_page()
def screen(request: BoardRequest) -> HttpResponse:
    """For a wall: few large figures of the year so far. It loads itself anew; `dung=1` keeps it as it is."""
    query = request.GET.copy()
    query.setdefault("ky", choosing.YEAR)
    request.GET = query  # type: ignore[assignment]
    choice = choice_of(request)
    rows = choosing.lines_of(choice)
    total = report_queries.total_of(rows)
    before = report_queries.total(window=choice.before, filters=choice.filters)
    targets = targets_of(choice)
    lines = showing.lines_of(rows, choice)
    stands_still = query.get("dung") == "1"
    page = {
        "choice": choice,
        "window_name": choosing.window_name(choice),
        "at": to_local(clock.now()),
        "cards": showing.cards_of(
            total, choice, before=before, targets=targets, chosen=[definitions.BY_CODE[code] for code in SCREEN_FIGURES]
        ),
        "trend": showing.trend_of(choosing.trend_of(choice), choice, targets.get(choice.figure.code)),
        "by_name": gettext(choosing.BY_COMPANY[choice.by]),
        "bars": showing.bars_of(lines, choice, targets.get(choice.figure.code))[:SCREEN_LINES],
        "bars_top": 100 if choice.figure.is_share else 0,
        "stands_still": stands_still,
        "other": "?" + urlencode({**{k: v for k, v in choice.typed.items() if v}, **({} if stands_still else {"dung": "1"})}),
        "back": "../" + choice.link(),
        "is_empty": not any(total.sums.values()),
    }  # fmt: skip
    response = render(request, "board/screen.html", page)
    if not stands_still:
        response["Refresh"] = str(SCREEN_SECONDS)
    return response
