"""How a bank's or wallet's own sheet is read: name its columns, try them on a sample, then propose them."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.payments import rule_queries
from motcua.payments.operations import money_rules
from motcua.payments.statements import mapping, settlement, sheet
from motcua.payments.statements.mapping import MappingInvalid, SheetMapping
from motcua.web.errors import refused_text
from motcua.web.money.rules import KEEPERS
from motcua.web.money.statements import fault_words
from motcua.web.staff_pages import StaffRequest, staff_page

MOST_SAMPLE = 2_000_000
SHOWN = 10
KINDS = {"STATEMENT": _("Sao kê của ngân hàng"), "SETTLEMENT": _("Tệp đối soát của ví, cổng")}
COLUMNS = {
    "booked_on": _("Ngày"), "reference": _("Mã giao dịch"), "amount": _("Số tiền"), "credit": _("Tiền vào"),
    "debit": _("Tiền ra"), "sign": _("Loại (vào, ra, hoàn)"), "text": _("Nội dung"), "balance": _("Số dư"),
    "value_on": _("Ngày hiệu lực"), "payer_name": _("Người chuyển"), "payer_account": _("Tài khoản người chuyển"),
    "own_ref": _("Mã đơn của ta"), "fee": _("Phí"), "net": _("Thực nhận"), "status": _("Trạng thái"),
}  # fmt: skip
LABELS = {
    "account": _("Số tài khoản"), "opening": _("Số dư đầu"), "closing": _("Số dư cuối"), "id": _("Số của tệp"),
    "sequence": _("Số thứ tự sao kê"), "total": _("Tổng số tiền"), "fee_total": _("Tổng phí"),
    "net_total": _("Tổng thực nhận"),
}  # fmt: skip
WORDS = {
    "credit_words": _("Chữ nghĩa là tiền vào"), "debit_words": _("Chữ nghĩa là tiền ra, hoàn"),
    "fee_words": _("Nội dung bắt đầu bằng chữ này là phí"), "done_words": _("Trạng thái nghĩa là thành công"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*KEEPERS)
def sheet_format(request: StaffRequest) -> HttpResponse:
    """The company's formats and a form; a post tries it on the sample, or proposes it."""
    if request.method != "POST":
        return _page(request, _typed_of(request.GET.get("ma", "")))
    typed = {name: request.POST.get(name, "")[:400] for name in _names()}
    sample = _sample(request)
    try:
        made = mapping.mapping_of({**data_of(typed), "code": typed["code"], "bank": typed["bank"].upper()})
    except MappingInvalid as error:
        said = gettext("Cách đọc bảng chưa đúng: %(why)s.") % {"why": error}
        return _page(request, typed, sample=sample, error=said, status=422)
    if request.POST.get("viec") == "thu":
        return _page(request, typed, sample=sample, tried=try_on(made, sample))
    if request.POST.get("viec") != "gui":
        raise Http404
    try:
        told = {"code": typed["code"], "bank": typed["bank"], "mapping": data_of(typed)}
        money_rules.propose_rule(kind="SHEET", data=told, actor=request.actor, at=clock.now())
    except Refused as refusal:
        return _page(request, typed, sample=sample, error=refused_text(refusal), status=422)
    messages.success(request, gettext("Đã gửi, chờ người khác duyệt."))
    return redirect("money:rules")


def data_of(typed: dict[str, str]) -> dict[str, Any]:
    """The mapping as data: names parted by bars; what the kind of sheet does not know is left out."""
    of_bank = typed["kind"] != mapping.SETTLEMENT
    columns = mapping.COLUMNS if of_bank else mapping.SETTLED_COLUMNS
    labels = mapping.LABELS if of_bank else mapping.SETTLED_LABELS
    return {
        "kind": typed["kind"] or mapping.STATEMENT,
        "columns": {name: _parts(typed[f"c_{name}"]) for name in columns if typed[f"c_{name}"].strip()},
        "labels": {name: _parts(typed[f"l_{name}"]) for name in labels if typed[f"l_{name}"].strip()},
        **{name: _parts(typed[name]) for name in WORDS if typed[name].strip()},
    }


def try_on(made: SheetMapping, sample: bytes) -> dict[str, Any]:
    """What the mapping reads of a sample: the first rows, sums, and everything that is wrong."""
    if not sample.strip():
        return {"faults": [gettext("Hãy dán vài dòng của bảng, hoặc chọn một tệp mẫu.")]}
    try:
        table = sheet.open_table(io.BytesIO(sample), [made])
    except sheet.SheetRefused as refused:
        return {"faults": [fault_words({"code": refused.code, "about": refused.about})]}
    rows: list[tuple[Any, ...]]
    sums: list[tuple[str, Any]]
    if made.kind == mapping.SETTLEMENT:
        settled = settlement.settlement_of(table, "sample")
        rows = [
            (
                row.paid_on,
                row.txn_id,
                row.own_ref,
                -row.amount_vnd if row.is_refund else row.amount_vnd,
                row.fee_vnd,
            )
            for row in settled.rows[:SHOWN]
        ]
        sums = [
            (_("Số tiền"), settled.amount_vnd),
            (_("Phí"), settled.fee_vnd),
            (_("Thực nhận"), settled.net_vnd),
        ]
        many, faults = len(settled.rows), settled.faults
    else:
        told = sheet.statement_of(table, "sample")
        rows = [
            (line.booked_on, line.key, line.text[:60], int(line.signed), 0) for line in told.lines[:SHOWN]
        ]
        sums = [(_("Số dư đầu"), told.opening), (_("Phát sinh"), told.moved), (_("Số dư cuối"), told.closing)]
        many, faults = len(told.lines), told.faults
    return {
        "rows": rows, "many": many,
        "sums": [(gettext(name), int(value)) for name, value in sums if value is not None],
        "faults": [fault_words(fault._asdict()) for fault in faults[:SHOWN]],
    }  # fmt: skip


def _sample(request: StaffRequest) -> bytes:
    upload = request.FILES.get("tep")
    if upload is not None and (upload.size or 0) <= MOST_SAMPLE:
        content: bytes = upload.read()
        return content
    return request.POST.get("mau", "")[:MOST_SAMPLE].encode()


def _page(
    request: StaffRequest,
    typed: dict[str, str],
    *,
    sample: bytes = b"",
    tried: Any = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    def fields(prefix: str, labels: dict[str, str]) -> list[tuple[str, str, str]]:
        return [
            (f"{prefix}{name}", gettext(label), typed.get(f"{prefix}{name}", ""))
            for name, label in labels.items()
        ]

    is_text = sample and not sample.startswith((b"PK", b"\xd0\xcf"))
    context = {
        "formats": rule_queries.list_sheet_formats(), "typed": typed, "tried": tried,
        "kinds": [(code, gettext(name)) for code, name in KINDS.items()],
        "columns": fields("c_", COLUMNS), "labels": fields("l_", LABELS), "words": fields("", WORDS),
        "sample": sample.decode("utf-8", "replace")[:20_000] if is_text else "",
        "error": error, "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "money/sheet_format.html", context, status=status)


def _typed_of(code: str) -> dict[str, str]:
    """The form filled with a format of the company, to change it."""
    known = next((one for one in rule_queries.list_sheet_formats() if one.code == code), None)
    if known is None:
        return {"kind": mapping.STATEMENT}
    told = known.mapping
    return {
        "code": known.code, "bank": known.bank, "kind": told.get("kind", mapping.STATEMENT),
        **{f"c_{name}": " | ".join(names) for name, names in told.get("columns", {}).items()},
        **{f"l_{name}": " | ".join(names) for name, names in told.get("labels", {}).items()},
        **{name: " | ".join(told.get(name, [])) for name in WORDS},
    }  # fmt: skip


def _names() -> list[str]:
    return [
        "code",
        "bank",
        "kind",
        *(f"c_{name}" for name in COLUMNS),
        *(f"l_{name}" for name in LABELS),
        *WORDS,
    ]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]
