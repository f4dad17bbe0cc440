"""The next price decision: entered at the group by one person, looked at with what it would change, let hold by another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from motcua.billing.wording import GROUPS
from motcua.companies import queries as company_queries
from motcua.companies.context import current_company, in_public
from motcua.companies.models import CompanyKind
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.tariffs import proposing, structures
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import Part, PriceBook
from motcua.tariffs.models import PriceEffect, PriceProposal, PriceTrial, ProposalKind, ProposalState
from motcua.tariffs.new_prices import NewPrice
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refuse_form
from motcua.web.staff_pages import StaffRequest, View, refuse, staff_page
from motcua.web.words import actor_names

TRIAL = "trial"  # what a table may begin as, beside "same" and "new"
WRITERS = (Role.ADMIN, Role.DIRECTOR)
STATES = {
    ProposalState.DRAFT: (_("đang nhập"), "wait"),
    ProposalState.SUBMITTED: (_("chờ duyệt"), "go"),
    ProposalState.APPROVED: (_("đã duyệt"), "good"),
    ProposalState.REJECTED: (_("không duyệt"), "bad"),
}
PARTS = {
    Part.ONE: _("Mọi giờ"),
    Part.NORMAL: _("Giờ bình thường"),
    Part.OFF_PEAK: _("Giờ thấp điểm"),
    Part.PEAK: _("Giờ cao điểm"),
    Part.UNDECLARED: _("Người thuê chưa khai"),
    Part.CAPACITY: _("Công suất (đồng/kW/tháng)"),
}
SUMS = (
    "bills", "kwh", "before_vnd", "after_vnd", "cheaper", "same", "dearer_to_5", "dearer_to_10", "dearer_above_10",
    "without_price",
)  # fmt: skip


class DecisionForm(forms.Form):
    """What a decision says of itself, and what its table begins as."""

    number = forms.CharField(label=_("Số quyết định"), max_length=40, help_text=_("Ví dụ 1279/QĐ-BCT"))
    issued_on = forms.DateField(label=_("Ngày ký"), widget=forms.DateInput())
    average_vnd = forms.DecimalField(
        label=_("Giá bán lẻ bình quân (đồng/kWh)"),
        min_value=Decimal("0.0001"),
        max_digits=12,
        decimal_places=4,
        required=False,
        help_text=_("Bỏ trống khi nhập giá thí điểm."),
    )
    valid_from = forms.DateField(label=_("Áp dụng từ ngày"), widget=forms.DateInput())
    source = forms.CharField(
        label=_("Văn bản"),
        max_length=400,
        help_text=_("Tên đầy đủ, nơi đăng; khách hàng thấy dòng này trên hóa đơn."),
    )
    structure = forms.ChoiceField(
        label=_("Bảng giá bắt đầu từ đâu"), widget=forms.RadioSelect, initial="same",
        choices=[
            ("same", _("Giá hiện nay, tăng giảm theo giá bình quân")),
            ("new", _("Tỷ lệ của Quyết định 14/2025/QĐ-TTg: sinh hoạt năm bậc, điện áp theo cấp mới")),
            (TRIAL, _("Giá hai thành phần đang thí điểm: giá công suất đã công bố, giá điện năng hãy nhập vào")),
        ],
        help_text=_("Chỉ để đỡ gõ. Hãy sửa từng giá theo bảng của quyết định."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Who enters what everybody will owe by says its average."""
        told: dict[str, Any] = super().clean() or {}
        if (
            told.get("structure") != TRIAL
            and told.get("average_vnd") is None
            and "average_vnd" not in self.errors
        ):
            self.add_error("average_vnd", gettext("Hãy ghi giá bán lẻ bình quân của quyết định."))
        return told


@dataclass(frozen=True)
class Row:
    """A price of the table: what it is of, now, then, and the input that holds it."""

    name: str
    voltage: str
    field: str
    now_vnd: int | None
    price_vnd: int
    typed: str

    @property
    def change(self) -> Decimal | None:
        """By how many per cent it grows."""
        if not self.now_vnd:
            return None
        return (Decimal(self.price_vnd - self.now_vnd) * 100 / self.now_vnd).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Effects:
    """What would change, of one company or of one customer group, or of all."""

    name: Any
    sums: Mapping[str, int]
    progress: int = 100

    @property
    def change_vnd(self) -> int:
        return self.sums["after_vnd"] - self.sums["before_vnd"]

    @property
    def percent(self) -> Decimal | None:
        before = self.sums["before_vnd"]
        return (Decimal(self.change_vnd) * 100 / before).quantize(Decimal("0.01")) if before else None


def group_page(view: Callable[..., HttpResponse]) -> View:
    """Prices are the state's: only at the group's host, for its administrators and directors."""

    @staff_page(*WRITERS)
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if current_company().kind != CompanyKind.GROUP:
            return refuse(request, gettext("Giá điện do tập đoàn nhập, ở trang của tập đoàn."))
        return view(request, *args, **kwargs)

    return page


@require_safe
@group_page
def decisions(request: StaffRequest) -> HttpResponse:
    """The decisions that hold, held, will hold, and those being entered."""
    entered = tariff_queries.list_proposals()
    names = actor_names({row.entered_by for row in entered})
    lines = [
        {"row": row, "state": STATES[ProposalState(row.state)], "who": names[row.entered_by]}
        for row in entered
    ]
    book = tariff_queries.price_book()
    known = [
        {"row": row, "last": row.valid_to - timedelta(days=1) if row.valid_to else None}
        for row in sorted(book.decisions, key=lambda row: row.valid_from, reverse=True)
    ]
    return render(request, "staff/price_decisions.html", {"lines": lines, "known": known})


@require_http_methods(["GET", "HEAD", "POST"])
@group_page
def begin(request: StaffRequest) -> HttpResponse:
    """What the decision says of itself; then its table."""
    form = DecisionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _begin_page(request, form, 422 if request.method == "POST" else 200)
    told = form.cleaned_data
    try:
        with in_public():
            made = _enter(told, request)
    except Refused as refusal:
        refuse_form(form, refusal)
        return _begin_page(request, form, 422)
    return redirect("staff:price-decision", made)


def _enter(told: Mapping[str, Any], request: StaffRequest) -> UUID:
    asked: dict[str, Any] = {name: told[name] for name in ("number", "issued_on", "valid_from", "source")}
    asked |= {"confidence": "high", "actor": request.actor, "at": clock.now()}
    if told["structure"] == TRIAL:
        return proposing.begin_trial(**asked)
    return proposing.begin(average_vnd=told["average_vnd"], new_structure=told["structure"] == "new", **asked)


def _begin_page(request: HttpRequest, form: DecisionForm, status: int) -> HttpResponse:
    return render(request, "staff/price_decision_add.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@group_page
def decision(request: StaffRequest, proposal_id: UUID) -> HttpResponse:
    """Its table, what it would change, and what can be done with it."""
    row = tariff_queries.find_proposal(proposal_id)
    if row is None:
        raise Http404
    if request.method != "POST":
        return _page(request, row, {}, 200)
    act = request.POST.get("act", "save")
    typed = {name: str(value) for name, value in request.POST.items() if name.startswith("p-")}
    try:
        with in_public():
            said = _acts(request, row, typed)[act]()
    except KeyError:
        raise Http404 from None
    except (Refused, NotANumber) as refusal:
        why = refused_text(refusal) if isinstance(refusal, Refused) else str(refusal)
        return _page(request, row, typed, 422, why=why)
    messages.success(request, said)
    return redirect("staff:price-decision", proposal_id)


class NotANumber(ValueError):
    """What was typed as a price is none."""


def _acts(
    request: StaffRequest, row: PriceProposal, typed: Mapping[str, str]
) -> dict[str, Callable[[], str]]:
    at, proposal_id, is_trial = clock.now(), row.id, row.kind == ProposalKind.TRIAL

    def save() -> str:
        proposing.set_prices(proposal_id=proposal_id, prices=_typed_prices(typed))
        return gettext("Đã lưu bảng giá.")

    def submit() -> str:
        save()
        proposing.submit(proposal_id=proposal_id, actor=request.actor, at=at)
        if is_trial:
            return gettext("Đã gửi duyệt. Giá thí điểm không đổi hóa đơn nào.")
        return gettext("Đã gửi duyệt. Các tổng công ty đang tính lại hóa đơn tháng gần nhất với giá này.")

    def take_back() -> str:
        proposing.take_back(proposal_id=proposal_id)
        return gettext("Đã lấy về để sửa tiếp.")

    def approve() -> str:
        made = proposing.approve(proposal_id=proposal_id, actor=request.actor, at=at)
        return gettext("Đã duyệt: %(n)s mức giá sẽ áp dụng từ ngày của quyết định.") % {"n": made}

    def reject() -> str:
        reason = request.POST.get("reason", "")
        proposing.reject(proposal_id=proposal_id, reason=reason, actor=request.actor, at=at)
        return gettext("Đã bỏ quyết định này.")

    return {"save": save, "submit": submit, "take_back": take_back, "approve": approve, "reject": reject}


def _typed_prices(typed: Mapping[str, str]) -> Iterable[tuple[tuple[str, str, str, int], int]]:
    for name, value in typed.items():
        group, voltage, part, tier = name.removeprefix("p-").split("-")
        bare = value.replace(".", "").replace(" ", "").strip()
        if not bare.isdecimal() or len(bare) > 7 or not tier.isdecimal():
            raise NotANumber(
                gettext("“%(typed)s” không phải là giá: hãy ghi số đồng, không có lẻ.")
                % {"typed": value[:20]}
            )
        yield (group, voltage, part, int(tier)), int(bare)


def _page(
    request: StaffRequest, row: PriceProposal, typed: Mapping[str, str], status: int, *, why: str = ""
) -> HttpResponse:
    book = tariff_queries.price_book()
    trials = tariff_queries.list_trials(row.id)
    names = actor_names({row.entered_by, row.decided_by} - {""})
    context = {
        "row": row,
        "why": why,
        "state": STATES[ProposalState(row.state)],
        "who": names.get(row.entered_by, ""),
        "decided_by": names.get(row.decided_by, ""),
        "tables": _tables(row, book, typed),
        "is_trial": row.kind == ProposalKind.TRIAL,
        "is_draft": row.state == ProposalState.DRAFT,
        "is_waiting": row.state == ProposalState.SUBMITTED,
        "is_mine": row.entered_by == request.actor.ref,
        "by_company": _by_company(trials),
        "by_group": _by_group(trials),
    }
    return render(request, "staff/price_decision.html", context, status=status)


def _tables(row: PriceProposal, book: PriceBook, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The prices group by group, in the order of the row."""
    now = min(row.valid_from, local_date(clock.now()))
    held = {
        price.key: price.price_vnd
        for price in (*structures.present(book, now), *structures.on_trial(book, now))
    }
    voltages = {v.code: v.name_en if get_language() == "en" else v.name for v in book.voltages}
    tables: dict[str, list[Row]] = {}
    for price in map(NewPrice.read, row.prices):
        field = "p-" + "-".join(map(str, price.key))
        shown = typed.get(field, str(price.price_vnd))
        tables.setdefault(price.customer_group, []).append(
            Row(_name(price, row.prices), voltages.get(price.voltage, price.voltage), field, held.get(price.key),
                price.price_vnd, shown)
        )  # fmt: skip
    return [
        {"name": GROUPS.get(group, group.replace("_", " ")), "rows": rows} for group, rows in tables.items()
    ]


def _name(price: NewPrice, prices: Sequence[Mapping[str, Any]]) -> str:
    if price.part is not Part.TIER:
        return str(PARTS[price.part])
    below = sum(
        one["width_kwh"] or 0
        for one in prices
        if one["customer_group"] == price.customer_group
        and one["part"] == Part.TIER
        and one["tier"] < price.tier
    )
    first = below + 1 if below else 0
    if price.width_kwh is None:
        return gettext("Bậc %(n)s: từ %(first)s kWh") % {"n": price.tier, "first": first}
    return gettext("Bậc %(n)s: %(first)s–%(last)s kWh") % {
        "n": price.tier,
        "first": first,
        "last": below + price.width_kwh,
    }


def _by_company(trials: Sequence[PriceTrial]) -> list[Effects]:
    names = {company.code: company.name for company in company_queries.list_companies()}
    return [
        Effects(
            names.get(trial.company_code, trial.company_code), _sum(trial.effects.all()),
            100 if trial.finished_at else trial.done * 100 // max(trial.bills, 1),
        )
        for trial in trials
    ]  # fmt: skip


def _by_group(trials: Sequence[PriceTrial]) -> list[Effects]:
    by_group: dict[str, list[PriceEffect]] = {}
    for trial in trials:
        for effect in trial.effects.all():
            by_group.setdefault(effect.customer_group, []).append(effect)
    rows = [
        Effects(
            GROUPS.get(code, code.replace("_", " ") or gettext("Nhiều mục đích sau một công tơ")),
            _sum(effects),
        )
        for code, effects in sorted(by_group.items())
    ]
    if len(rows) > 1:
        rows.append(Effects(gettext("Tất cả"), _sum([e for effects in by_group.values() for e in effects])))
    return rows


def _sum(effects: Iterable[PriceEffect]) -> dict[str, int]:
    found = list(effects)
    return {name: sum(getattr(effect, name) for effect in found) for name in SUMS}
