"""What e-invoices need of an administrator: who sells from which day, the certificates that sign, the way to the tax authority."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography import x509
from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.billing.einvoice import certificates, issuing, keys
from motcua.billing.einvoice import operations as invoice_ops
from motcua.billing.einvoice import queries as invoice_queries
from motcua.billing.models import InvoiceCertificate, InvoiceSeller, ReportWay
from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors.einvoice import gateway, transport
from motcua.kernel.local_time import day_bounds, local_date
from motcua.kernel.results import NotFound, Refused
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside, refuse_form
from motcua.web.invoice_alarms import alarm_words
from motcua.web.staff.connections import KEPT, ONCE, require_sealed
from motcua.web.staff_pages import StaffRequest, company_admin_page

LARGEST_KEY = 64 * 1024
SELLER_FIELDS = (
    "name", "tax_code", "address", "phone", "email", "bank_account", "bank_name", "place", "office_code", "office_name",
    "letters", "coded", "way", "period_kind", "report_minutes",
)  # fmt: skip
WAYS = [(ReportWay.SUMMARY, _("Bảng tổng hợp (400)")), (ReportWay.DATA, _("Từng hóa đơn (203)"))]
PERIODS = [("N", _("theo ngày")), ("T", _("theo tháng"))]
WHY = {
    "NO_GATEWAY": _("Chưa khai nơi nhận."),
    "NO_SELLER": _("Chưa khai người bán cho hôm nay."),
    "NO_CERTIFICATE": _("Không có chứng thư nào ký được hôm nay, hoặc không mở được khóa của nó."),
    "MISSHAPEN": _("Thông tin người bán không đúng định dạng của hóa đơn."),
    "NOT_GOOD": _("Ký được nhưng tự kiểm tra không đạt."),
    "NO_RECEIPT": _("Nơi nhận trả lời nhưng không phải phản hồi kỹ thuật (999)."),
    "REFUSED": _("Nơi nhận đọc được và không chấp nhận."),
    "HTTP_401": _("Nơi nhận không công nhận tên hoặc khóa bí mật của ta."),
    "HTTP_403": _("Nơi nhận không cho tên này gửi."),
    "HTTP_404": _("Nơi nhận không có chỗ để thử: hãy hỏi họ địa chỉ."),
    "ConnectError": _("Không nối được tới địa chỉ này."),
    "ConnectTimeout": _("Địa chỉ này không trả lời."),
    "ReadTimeout": _("Nơi nhận không trả lời kịp."),
}


class SellerForm(forms.Form):
    """What invoices say of the company from a day on."""

    valid_from = forms.DateField(label=_("Từ ngày"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    name = forms.CharField(label=_("Tên người bán"), max_length=400)
    tax_code = forms.RegexField(
        r"^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$", label=_("Mã số thuế"), max_length=14,
        error_messages={"invalid": _("Mã số thuế có 10 số, 10 số và 3 số chi nhánh (0100101114-019), hoặc 12 số.")},
    )  # fmt: skip
    address = forms.CharField(label=_("Địa chỉ"), max_length=400)
    phone = forms.CharField(label=_("Điện thoại"), max_length=20, required=False)
    email = forms.EmailField(label=_("Thư điện tử"), max_length=50, required=False)
    bank_account = forms.CharField(label=_("Số tài khoản"), max_length=30, required=False)
    bank_name = forms.CharField(label=_("Tại ngân hàng"), max_length=400, required=False)
    place = forms.CharField(label=_("Địa danh trên thông báo"), max_length=50)
    office_code = forms.RegexField(r"^[0-9A-Z]{5}$", label=_("Mã cơ quan thuế quản lý"), max_length=5)
    office_name = forms.CharField(label=_("Tên cơ quan thuế quản lý"), max_length=100)
    letters = forms.RegexField(
        r"^[A-Z]{2}$", label=_("Hai chữ cuối của ký hiệu"), max_length=2,
        help_text=_("Ví dụ TD: ký hiệu năm 2026 là K26TTD, có mã thì C26TTD."), error_messages={"invalid": _("Hai chữ in hoa không dấu.")},
    )  # fmt: skip
    coded = forms.BooleanField(
        label=_("Hóa đơn có mã của cơ quan thuế"), required=False,
        help_text=_("Ký hiệu bắt đầu bằng C; khách hàng chỉ nhận hóa đơn sau khi có mã."),
    )  # fmt: skip
    way = forms.ChoiceField(label=_("Báo cơ quan thuế bằng"), choices=WAYS)
    period_kind = forms.ChoiceField(label=_("Kỳ của bảng tổng hợp"), choices=PERIODS)
    report_minutes = forms.IntegerField(label=_("Số phút giữa hai bảng"), min_value=0, max_value=1440)

    def clean_valid_from(self) -> Any:
        day, today = self.cleaned_data["valid_from"], local_date(clock.now())
        if day < today and invoice_queries.list_sellers():
            raise forms.ValidationError(gettext("Thông tin mới chỉ áp dụng từ hôm nay trở đi."))
        return day


class CertificateForm(forms.Form):
    """A file with key and certificate, or the certificate of a key that a device holds."""

    file = forms.FileField(
        label=_("Tệp chứng thư"), help_text=_("PKCS#12 (.p12, .pfx) hoặc PEM có khóa; với thiết bị: chỉ chứng thư PEM.")
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Mật khẩu của tệp, hoặc mã PIN của thiết bị"), required=False, max_length=200, help_text=ONCE,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    signs_from = forms.DateField(
        label=_("Bắt đầu ký từ ngày"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("Để trống: ký ngay. Đến ngày đó chứng thư đang dùng vẫn ký."),
    )  # fmt: skip
    module = forms.ChoiceField(label=_("Thiết bị (PKCS#11)"), required=False)
    token = forms.CharField(label=_("Nhãn của thiết bị"), required=False, max_length=64)
    label = forms.CharField(label=_("Nhãn của khóa"), required=False, max_length=64)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen = [("", gettext("không: khóa nằm trong tệp")), *((path, path) for path in ENV.pkcs11_modules)]
        self.fields["module"].choices = chosen  # type: ignore[attr-defined]
        if not ENV.pkcs11_modules:
            self.fields["module"].help_text = gettext(
                "Máy này chưa khai thư viện thiết bị nào (MOTCUA_PKCS11_MODULES)."
            )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_KEY:
            raise forms.ValidationError(gettext("Tệp chứng thư không lớn hơn 64 KB."))
        return bytes(file.read())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in ("token", "label"):
            if given.get("module") and not given.get(name):
                self.add_error(name, gettext("Hãy nhập ô này."))
        return given


class GatewayForm(forms.Form):
    """Where messages go."""

    address = forms.CharField(label=_("Địa chỉ"), max_length=300)
    partner_code = forms.CharField(label=_("Tên của ta ở đó"), max_length=20)
    secret = forms.CharField(
        label=_("Khóa bí mật"), required=False, max_length=400, help_text=KEPT,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("Gửi và nhận"), required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        named["auto_id"] = "way-%s"  # the certificate's form on the page has a secret too
        super().__init__(*given, **named)

    def clean_address(self) -> str:
        return require_sealed(str(self.cleaned_data["address"])).rstrip("/")


@require_safe
@company_admin_page
def einvoice(request: StaffRequest) -> HttpResponse:
    """All three, and what will stop invoices unless somebody does something."""
    return _page(request)


def _page(
    request: StaffRequest, *, certificate: CertificateForm | None = None, way: GatewayForm | None = None, error: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    at = clock.now()
    known = gateway.find()
    first = (
        {"address": known.address, "partner_code": known.partner_code, "is_active": known.is_active}
        if known
        else {"is_active": True}
    )
    forms_here = [certificate or CertificateForm(), way or GatewayForm(initial=first)]
    context = {
        "sellers": invoice_queries.list_sellers(), "today": local_date(at), "certificates": _certificates(at),
        "lists": _lists(at), "certificate_form": forms_here[0], "gateway_form": forms_here[1], "gateway": known,
        "alarms": [alarm_words(one) for one in invoice_queries.list_alarms(at)], "error": error,
        "wrong": next((form for form in forms_here if form.errors), None), "has_errors": bool(error),
    }  # fmt: skip
    return render(request, "staff/einvoice.html", context, status=status)


def _certificates(at: datetime) -> list[dict[str, Any]]:
    seller = issuing.find_seller(local_date(at))
    current = certificates.find_current(seller.tax_code, at) if seller else None
    return [
        {
            "row": row, "state": _state(row, current, at), "age_days": (at - row.valid_from).days,
            "left_days": (row.valid_to - at).days, "may_retire": row.retired_at is None,
        }
        for row in certificates.list_all()
    ]  # fmt: skip


def _state(row: InvoiceCertificate, current: InvoiceCertificate | None, at: datetime) -> tuple[str, str]:
    """In words, and their tone."""
    if row.retired_at:
        return gettext("đã thôi dùng"), "neutral"
    if row.valid_to <= at:
        return gettext("hết hiệu lực"), "bad"
    if current is not None and row.serial == current.serial:
        return gettext("đang ký"), "good"
    if row.valid_from > at or (row.signs_from and row.signs_from > at):
        return gettext("chờ đến ngày"), "wait"
    return gettext("dự phòng"), "neutral"


def _lists(at: datetime) -> list[dict[str, Any]]:
    """The lists of revoked certificates, how old they are."""
    try:
        _anchors, found = certificates.read_trust()
    except ValueError:
        return []
    return [
        {"issuer": one.issuer.rfc4514_string(), "made_at": one.made_at, "hours": int((at - one.made_at).total_seconds() // 3600),
         "next_at": one.next_at, "is_stale": one.is_stale(at)}
        for one in found
    ]  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def seller(request: StaffRequest) -> HttpResponse:
    """New particulars from a day on; what was said before holds until then."""
    at = clock.now()
    last = next(iter(invoice_queries.list_sellers()), None)
    initial = (
        {name: getattr(last, name) for name in SELLER_FIELDS}
        if last
        else {"letters": "TD", "report_minutes": 2}
    )
    form = SellerForm(request.POST or None, initial={"valid_from": local_date(at), **initial})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                invoice_ops.set_seller(seller=InvoiceSeller(**form.cleaned_data), actor=request.actor, at=at)
        except IntegrityError:  # somebody else said another thing of the same day
            form.add_error("valid_from", gettext("Vừa có người khai cho ngày này. Hãy xem lại."))
        else:
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:einvoice")
    return render(request, "staff/einvoice_seller.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@company_admin_page
def certificate(request: StaffRequest) -> HttpResponse:
    """Add a certificate, or sign no more with one."""
    if request.POST.get("viec") == "thoi":
        try:
            certificates.retire(serial=request.POST.get("so", ""), actor=request.actor, at=clock.now())
        except NotFound:
            raise Http404 from None
        except Refused as refusal:
            return _page(request, error=refused_text(refusal), status=409)
        messages.success(request, gettext("Đã thôi dùng chứng thư."))
        return redirect("staff:einvoice")
    form = CertificateForm(request.POST, request.FILES)
    if form.is_valid() and _add(request, form):
        messages.success(request, gettext("Đã thêm chứng thư. Hãy thử ký và gửi."))
        return redirect("staff:einvoice")
    return _page(request, certificate=form, status=422)


def _add(request: StaffRequest, form: CertificateForm) -> bool:
    at, given = clock.now(), form.cleaned_data
    found = issuing.find_seller(local_date(at))
    if found is None:
        form.add_error(None, gettext("Hãy khai người bán cho hôm nay trước."))
        return False
    device = {name: given[name] for name in ("module", "token", "label")} if given["module"] else None
    try:
        key: keys.SigningKey = (
            keys.DeviceKey(
                certificate=x509.load_pem_x509_certificate(given["file"]), pin=given["secret"], **device
            )
            if device
            else keys.read_bundle(given["file"], given["secret"])
        )
        signs_from = day_bounds(given["signs_from"])[0] if given["signs_from"] else None
        certificates.add(
            key=key, tax_code=found.tax_code, actor=request.actor, at=at, device=device, pin=given["secret"], signs_from=signs_from
        )  # fmt: skip
    except keys.KeyUnusable:
        form.add_error(
            "secret" if given["secret"] else "file",
            gettext(
                "Không mở được khóa: sai mật khẩu hoặc mã PIN, sai nhãn, hoặc tệp không có khóa RSA từ 2048 bit."
            ),
        )
        return False
    except ValueError:
        form.add_error("file", gettext("Tệp này không phải chứng thư PEM."))
        return False
    except Refused as refusal:
        refuse_form(form, refusal)
        return False
    return True


@require_POST
@company_admin_page
def way(request: StaffRequest) -> HttpResponse:
    """Say where messages go, or try it."""
    at = clock.now()
    if request.POST.get("viec") == "thu":
        return _try(request, at)
    form = GatewayForm(request.POST)
    if form.is_valid():
        with refusals_beside(form):
            gateway.set_gateway(**form.cleaned_data, actor=request.actor, at=at)
            messages.success(request, gettext("Đã lưu. Hãy thử ký và gửi."))
            return redirect("staff:einvoice")
    return _page(request, way=form, status=422)


def _try(request: StaffRequest, at: datetime) -> HttpResponse:
    tried = transport.try_out(at=at)
    company_ops.record_audit(
        actor=request.actor, verb="tax-gateway.tried", subject_type="tax_gateway", subject_id="1", at=at,
        facts={"code": tried.code or "OK"},
    )  # fmt: skip
    if not tried.code:
        messages.success(request, gettext("Ký được, gửi được, nơi nhận đã xem và chấp nhận."))
        return redirect("staff:einvoice")
    said = str(WHY.get(tried.code, gettext("Không gửi được: %(code)s.") % {"code": tried.code}))
    return _page(request, error=" ".join([said, *tried.faults]), status=409)
