"""Bill runs: which there were, how far one is, who could not be billed and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.billing import operations as billing_ops
from motcua.billing import own_reading_queries, run_queries, three_price_queries
from motcua.billing.models import BillRun, ExceptionState, OwnReading, RunException, RunState, ThreePriceCase
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.money import sections, three_prices
from motcua.web.staff_pages import StaffRequest, staff_page

A_PAGE = 50
RUNS_SHOWN = 60
CODES = {
    "NO_READING": _("chưa có chỉ số"),
    "NO_PREVIOUS": _("không có chỉ số đầu kỳ"),
    "NO_METER": _("không có công tơ"),
    "NO_TERMS": _("chưa rõ nhóm giá"),
    "TOO_LARGE": _("chỉ số nhiều chữ số hơn công tơ"),
    "NEGATIVE": _("chỉ số nhỏ hơn kỳ trước"),
    "ABOVE": _("tăng bất thường"),
    "BELOW": _("giảm bất thường"),
    "ZERO_HOME": _("nhà ở không dùng điện"),
    "NO_PRICE": _("chưa có giá"),
    "CONTRADICTION": _("bộ ghi không hợp với giá"),
    "FIELD_WRONG": _("số liệu không hợp lệ"),
    "FAILED": _("máy tính lỗi"),
    "NOTHING_TO_GO_BY": _("chưa có kỳ trước để ước tính"),
}
STATES = {
    ExceptionState.OPEN: (_("chờ xử lý"), "wait"),
    ExceptionState.REREAD: (_("chờ đọc lại"), "wait"),
    ExceptionState.CONFIRMED: (_("đã xác nhận"), "go"),
    ExceptionState.ESTIMATE: (_("lập theo ước tính"), "go"),
    ExceptionState.LEFT_OUT: (_("không lập"), "neutral"),
    ExceptionState.SETTLED: (_("đã có hóa đơn"), "good"),
}
TABS = {
    "cho": (ExceptionState.OPEN, ExceptionState.REREAD),
    "da-quyet": (ExceptionState.CONFIRMED, ExceptionState.ESTIMATE),
    "khong-lap": (ExceptionState.LEFT_OUT,),
    "xong": (ExceptionState.SETTLED,),
}
TAB_NAMES = {
    "cho": _("Chờ xử lý"),
    "da-quyet": _("Đã quyết định"),
    "khong-lap": _("Không lập"),
    "xong": _("Đã lập"),
}
DECISIONS = {
    ExceptionState.CONFIRMED: _("Đúng như đã đọc"),
    ExceptionState.REREAD: _("Đọc lại"),
    ExceptionState.ESTIMATE: _("Lập theo bình quân các kỳ trước"),
    ExceptionState.LEFT_OUT: _("Không lập kỳ này"),
}


@dataclass(frozen=True)
class Line:
    """A run as a row."""

    run: BillRun
    unit: str
    state: str
    tone: str


@dataclass(frozen=True)
class Case:
    """An exception as a row."""

    row: RunException
    reason: str
    state: str
    tone: str
    warning: str = ""  # it should be billed by three prices and cannot
    # what the customer read of the meter for this day, and its figures
    sent: Sequence[tuple[OwnReading, str]] = ()

    @property
    def percent(self) -> int | None:
        """How much the daily use differs from the last bill's, in whole per cent."""
        told: dict[str, Any] = self.row.facts
        days = _days(told)
        if not (told.get("last_kwh") and told.get("last_days") and days) or self.row.kwh is None:
            return None
        return int(round(100 * self.row.kwh * told["last_days"] / (told["last_kwh"] * days)) - 100)


class StartForm(forms.Form):
    """Which unit, which reading day."""

    unit = forms.ChoiceField(label=_("Đơn vị"))
    day = forms.DateField(label=_("Ngày ghi chỉ số"))

    def __init__(self, *args: Any, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(label=_("Quyết định"), choices=list(DECISIONS.items()))
    reason = forms.CharField(label=_("Lý do"), max_length=300)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*sections.MONEY)
def runs(request: StaffRequest) -> HttpResponse:
    """The newest reading days; begin another one, or see what it would come to."""
    at = clock.now()
    units = [(unit.code, unit.name) for unit in company_queries.list_units(request.actor.unit_codes)]
    own = request.user.unit_id  # type: ignore[union-attr]
    form = StartForm(request.POST or None, units=units, initial={"unit": own, "day": local_date(at)})
    came = None
    if request.method == "POST" and form.is_valid():
        told = {"unit_code": form.cleaned_data["unit"], "reading_date": form.cleaned_data["day"], "at": at}
        try:
            if request.POST.get("viec") == "thu":
                came = billing_ops.dry_run(**told)
            else:
                run = billing_ops.start_run(**told, actor=request.actor)
                messages.success(request, gettext("Đã bắt đầu. Trang này cho biết đã lập đến đâu."))
                return redirect("money:run", run_id=run.id)
        except Refused as refusal:
            form.add_error("unit" if refusal.field == "unit" else "day", refused_text(refusal))
    context = {
        "form": form,
        "lines": _lines(run_queries.list_runs(request.actor.unit_codes, limit=RUNS_SHOWN)),
        "came": came,
        "codes": [(_code(code), count) for code, count in came.codes.most_common()] if came else [],
    }
    return render(request, "money/runs.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page(*sections.MONEY)
def run(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """One run: how far, what it came to, who waits for a person."""
    return _page(request, _run(request, run_id))


@require_POST
@staff_page(*sections.MONEY)
def act(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Decide about one, about all of a kind, or have the decided ones billed."""
    here, at, wanted = _run(request, run_id), clock.now(), request.POST.get("viec", "")
    if wanted == "tiep-tuc":
        billing_ops.take_up_decided(run_id=here.id, actor=request.actor, at=at)
        messages.success(request, gettext("Đang lập tiếp những trường hợp đã quyết định."))
        return redirect("money:run", run_id=here.id)
    if wanted == "bo-sung":
        billing_ops.start_run(
            unit_code=here.unit_code, reading_date=here.reading_date, actor=request.actor, at=at
        )
        messages.success(request, gettext("Đang tìm những điểm đo còn thiếu hóa đơn."))
        return redirect("money:run", run_id=here.id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, here, error=gettext("Hãy chọn quyết định và ghi lý do."), typed=request.POST)
    told = {**form.cleaned_data, "actor": request.actor, "at": at}
    try:
        if code := request.POST.get("ma", ""):
            count = billing_ops.decide_all(run_id=here.id, code=code, **told)
            text = ngettext("Đã quyết định %(n)d trường hợp.", "Đã quyết định %(n)d trường hợp.", count) % {
                "n": count
            }
        else:
            billing_ops.decide(exception_id=_exception(here, request.POST.get("truong_hop", "")), **told)
            text = gettext("Đã ghi quyết định.")
    except Refused as refusal:
        return _page(request, here, error=refused_text(refusal), typed=request.POST)
    messages.success(request, text)
    return redirect(f"{reverse('money:run', args=[here.id])}?{urlencode({'ma': request.GET.get('ma', '')})}")


@require_safe
@staff_page(*sections.MONEY)
def bills(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """The bills of a run, page by page."""
    here = _run(request, run_id)
    found = run_queries.list_bills_of_run(
        here.id, after=parse_id(request.GET.get("sau", "")), limit=A_PAGE + 1
    )
    url = reverse("money:run-bills", args=[here.id])
    context = {
        "line": _lines([here])[0],
        "bills": found[:A_PAGE],
        "next": f"{url}?sau={found[A_PAGE - 1].id}" if len(found) > A_PAGE else "",
        "first_url": url,
        "is_first": "sau" not in request.GET,
    }
    return render(request, "money/run_bills.html", context)


def _page(
    request: StaffRequest, here: BillRun, *, error: str = "", typed: Mapping[str, Any] | None = None
) -> HttpResponse:
    tab = request.GET.get("xem", "cho")
    tab = tab if tab in TABS else "cho"
    code = request.GET.get("ma", "") if request.GET.get("ma", "") in CODES else ""
    after = request.GET.get("sau", "")
    start = int(after) if after.isdecimal() and len(after) < 18 else 0
    found = run_queries.list_exceptions(here.id, states=TABS[tab], code=code, after=start, limit=A_PAGE + 1)
    counted = run_queries.count_exceptions(here.id)
    url = reverse("money:run", args=[here.id])
    shown = found[:A_PAGE]
    sent = own_reading_queries.list_of_day([row.account_code for row in shown], here.reading_date)
    three = three_price_queries.cases_of([row.account_code for row in shown])
    context = {
        "line": _lines([here])[0],
        "is_running": here.state == RunState.RUNNING,
        "tabs": _tabs(url, tab, counted),
        "kinds": _kinds(url, tab, code, counted),
        "code": code,
        "code_name": _code(code) if code else "",
        "may_decide": tab == "cho",
        "may_confirm_all": tab == "cho" and code in billing_ops.DOUBTS,
        "decisions": list(DECISIONS.items()),
        "cases": [_case(row, sent.get(row.account_code, []), three.get(row.account_code)) for row in shown],
        "decided": sum(n for (state, _code_), n in counted.items() if state in TABS["da-quyet"]),
        "next": _link(url, tab, code, found[A_PAGE - 1].id) if len(found) > A_PAGE else "",
        "first_url": _link(url, tab, code),
        "is_first": not start,
        "error": error,
        "typed": typed or {},
    }
    return render(request, "money/run.html", context, status=422 if error else 200)


def _tabs(url: str, tab: str, counted: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [
        {
            "label": TAB_NAMES[name], "href": _link(url, name), "here": name == tab,
            "count": sum(n for (state, _code_), n in counted.items() if state in states),
        }
        for name, states in TABS.items()
    ]  # fmt: skip


def _kinds(url: str, tab: str, code: str, counted: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    sums: dict[str, int] = {}
    for (state, name), n in counted.items():
        if state in TABS[tab]:
            sums[name] = sums.get(name, 0) + n
    return [
        {"label": _code(name), "count": n, "href": _link(url, tab, name), "here": name == code}
        for name, n in sorted(sums.items(), key=lambda pair: -pair[1])
    ]


def _link(url: str, tab: str, code: str = "", after: int = 0) -> str:
    told = {"xem": tab, **({"ma": code} if code else {}), **({"sau": after} if after else {})}
    return f"{url}?{urlencode(told)}"


def _lines(found: Sequence[BillRun]) -> list[Line]:
    names = company_queries.unit_names({run.unit_code for run in found})
    return [
        Line(
            run, names.get(run.unit_code, run.unit_code),
            gettext("đang lập") if run.state == RunState.RUNNING else gettext("xong"),
            "go" if run.state == RunState.RUNNING else "good",
        )
        for run in found
    ]  # fmt: skip


def _case(row: RunException, sent: Sequence[OwnReading], three: ThreePriceCase | None) -> Case:
    name, tone = STATES[ExceptionState(row.state)]
    told = [(one, own_reading_queries.figures_of(one)) for one in sent]
    return Case(row, _code(row.code), str(name), tone, three_prices.warning(three), told)


def _code(code: str) -> str:
    return str(CODES.get(code, code))


def _days(told: Mapping[str, Any]) -> int:
    if not (told.get("from") and told.get("to")):
        return 0
    return (date.fromisoformat(told["to"]) - date.fromisoformat(told["from"])).days


def _run(request: StaffRequest, run_id: UUID) -> BillRun:
    """A run within reach. Raises Http404 for any other."""
    found = run_queries.find_run(run_id)
    if found is None or found.unit_code not in request.actor.unit_codes:
        raise Http404
    return found


def _exception(here: BillRun, told: str) -> int:
    """The id of an exception of this run. Raises Http404."""
    if not (told.isdecimal() and len(told) < 18):
        raise Http404
    found = run_queries.find_exception(here.id, int(told))
    if found is None:
        raise Http404
    return found.id
