"""Is this invoice the company's? Anybody may ask, by the file or by what is printed on it. Nothing that is asked is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.billing.einvoice import judging, parsing
from motcua.billing.einvoice.judging import Judged, Outcome
from motcua.billing.einvoice.verifying import Problem
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text

TRIES, WINDOW, LONGEST = 30, timedelta(hours=1), 200
FIELDS = {
    "ky_hieu": (_("Ký hiệu"), _("Ví dụ 1K26TTD, ở góc trên hóa đơn"), 10, "off"),
    "so": (_("Số hóa đơn"), "", 10, "numeric"),
    "mst": (_("Mã số thuế người bán"), "", 14, "numeric"),
    "tong": (_("Tổng tiền thanh toán"), _("Đã gồm thuế, ví dụ 798.660"), 20, "numeric"),
}
SAID: dict[Outcome, tuple[str, str, str]] = {
    Outcome.GENUINE: (
        "good",
        _("Hóa đơn thật, đang có hiệu lực."),
        _("Do công ty phát hành và chưa bị thay thế, điều chỉnh hay hủy."),
    ),
    Outcome.REPLACED: (
        "warn",
        _("Hóa đơn thật, nhưng đã bị thay thế."),
        _("Hóa đơn này không còn giá trị. Hãy dùng hóa đơn thay thế:"),
    ),
    Outcome.ADJUSTED: (
        "warn",
        _("Hóa đơn thật, đã có hóa đơn điều chỉnh."),
        _("Hãy đọc cùng với hóa đơn điều chỉnh:"),
    ),
    Outcome.CANCELLED: (
        "bad",
        _("Hóa đơn đã bị hủy."),
        _("Công ty đã phát hành rồi hủy: hóa đơn này không còn giá trị."),
    ),
    Outcome.TAMPERED: (
        "bad",
        _("Không phải hóa đơn nguyên vẹn của công ty."),
        _("Tệp này đã bị sửa hoặc không do công ty ký. Đừng trả tiền theo hóa đơn này."),
    ),
    Outcome.NOT_OURS: (
        "bad",
        _("Công ty không phát hành hóa đơn này."),
        _("Chữ ký đọc được nhưng không có số hóa đơn này trong sổ của công ty."),
    ),
    Outcome.FOREIGN: (
        "info",
        _("Hóa đơn của người bán khác."),
        _(
            "Chữ ký của người bán ghi trên hóa đơn còn nguyên vẹn. Hãy hỏi người bán đó hóa đơn còn hiệu lực không."
        ),
    ),
    Outcome.FOREIGN_BAD: (
        "bad",
        _("Hóa đơn của người bán khác, chữ ký không đúng."),
        _("Không thể tin nội dung của tệp này."),
    ),
    Outcome.UNREADABLE: (
        "bad",
        _("Không đọc được hóa đơn từ tệp này."),
        _("Hãy tải đúng tệp XML của hóa đơn điện tử, không phải bản PDF hay ảnh chụp."),
    ),
    Outcome.NO_MATCH: (
        "bad",
        _("Không có hóa đơn nào khớp với những gì đã nhập."),
        _("Hãy so lại từng ô với hóa đơn. Nếu vẫn không khớp, hãy gọi cho chúng tôi trước khi trả tiền."),
    ),
}
TAX = {
    "ACCEPTED": _("Cơ quan thuế đã nhận hóa đơn này."),
    "REFUSED": _("Cơ quan thuế chưa chấp nhận dữ liệu hóa đơn này; công ty đang xử lý."),
    "SIGNED": _("Hóa đơn đang được gửi cơ quan thuế."),
    "REPORTED": _("Hóa đơn đã gửi cơ quan thuế, đang chờ kết quả."),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """The form, and under it what came of the file or of what was typed."""
    typed = {name: request.POST.get(name, "").strip()[:size] for name, (_l, _h, size, _m) in FIELDS.items()}
    judged, problems = None, {}
    if request.method == "POST":
        try:
            _count(request)
            problems = _missing(request, typed)
            judged = None if problems else _judge(request, typed)
        except Refused as refusal:
            problems = {"tep": refused_text(refusal)}
    context: dict[str, Any] = {
        "problems": problems, "has_errors": bool(problems), "most_mb": parsing.LARGEST_INVOICE // 1024 // 1024,
        "fields": [
            {"name": name, "label": gettext(label), "help": gettext(help) if help else "", "size": size, "mode": mode,
             "typed": typed[name], "error": problems.get(name, "")}
            for name, (label, help, size, mode) in FIELDS.items()
        ],
    }  # fmt: skip
    if judged is not None:
        context |= _told(judged)
    return render(request, "customer/invoice_check.html", context, status=422 if problems else 200)


def _count(request: HttpRequest) -> None:
    """Totals are guessed by nobody, and checking signatures is work. Raises TooManyAttempts."""
    customer_ops.count_attempt(
        subject=f"invoice-check:{request.META.get('REMOTE_ADDR', '')}",
        limit=TRIES,
        window=WINDOW,
        at=clock.now(),
    )


def _missing(request: HttpRequest, typed: dict[str, str]) -> dict[str, str]:
    if "tep" in request.FILES:
        return {}
    if not any(typed.values()):
        return {"tep": gettext("Hãy chọn tệp XML, hoặc nhập những gì in trên hóa đơn.")}
    return {name: gettext("Hãy nhập ô này.") for name, said in typed.items() if not said}


def _judge(request: HttpRequest, typed: dict[str, str]) -> Judged:
    upload = request.FILES.get("tep")
    if upload is None:
        return judging.judge_words(
            label=typed["ky_hieu"], number=typed["so"], tax_code=typed["mst"], total=typed["tong"]
        )
    if (upload.size or 0) > parsing.LARGEST_INVOICE:
        return Judged(Outcome.UNREADABLE, [Problem("TOO_LARGE")])
    return judging.judge_file(upload.read())


def _told(judged: Judged) -> dict[str, Any]:
    tone, title, text = SAID[judged.outcome]
    reasons = [
        f"{gettext(one.sentence)} ({one.detail})"
        if one.code in _SHOWN_DETAIL and one.detail
        else gettext(one.sentence)
        for one in judged.problems
    ]
    return {
        "outcome": judged.outcome.value,
        "tone": tone,
        "title": gettext(title),
        "text": gettext(text),
        "reasons": reasons,
        "facts": {name: said[:LONGEST] for name, said in judged.facts.items()},
        "after": judged.after,
        "tax": gettext(TAX[judged.tax_state]) if judged.tax_state in TAX else "",
    }


_SHOWN_DETAIL = frozenset(
    {"CERTIFICATE_REVOKED", "CERTIFICATE_OUT_OF_DATE", "SUMS_DIFFER", "TAX_CODE_DIFFERS"}
)
