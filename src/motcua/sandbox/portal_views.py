"""The stand-in portal's pages (citizen and portal clerk in one), its sign-in, and where it hears from us."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors import signed_calls
from motcua.connectors.portals import formats
from motcua.connectors.portals.statuses import NAMES
from motcua.connectors.signed_calls import SignatureRefused, SignedCall
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound, Refused
from motcua.sandbox import portal, portal_identity
from motcua.sandbox.gate import demo_only
from motcua.sandbox.portal import Fault
from motcua.sandbox.portal_models import SandboxPortalDossier
from motcua.sandbox.views import company_of, is_json, json_or_form, read_json, refusal, sentence
from motcua.services import catalogue

SHOWN = 20
LARGEST_CALLBACK = 256 * 1024
# Where our side takes a citizen back; the issuer sends them nowhere else.
RETURN_NAME = "customer:portal-return"

FAULT_LABELS = {
    Fault.LATE: _("Chuyển muộn 20 giây"),
    Fault.LOST: _("Lần chuyển đầu bị mất"),
    Fault.DOUBLED: _("Chuyển nhiều lần"),
    Fault.REORDERED: _("Chuyển sai thứ tự"),
    Fault.SLOW: _("Đường truyền chậm"),
    Fault.WRONG_SIGNATURE: _("Lần chuyển đầu sai chữ ký"),
    Fault.DOWN: _("Cổng bận khi nghe báo lần đầu (503)"),
    Fault.ANSWER_LOST: _("Cổng đã nghe nhưng trả lời lỗi (500)"),
}
SIGN_IN_FAULT_LABELS = {
    portal_identity.Fault.DENIED: _("Công dân từ chối"),
    portal_identity.Fault.WRONG_NONCE: _("Mã dùng một lần của người khác"),
    portal_identity.Fault.EXPIRED: _("Xác nhận đã hết hạn"),
    portal_identity.Fault.OTHER_AUDIENCE: _("Xác nhận dành cho nơi khác"),
    portal_identity.Fault.OTHER_ISSUER: _("Xác nhận của cổng khác"),
    portal_identity.Fault.FORGED: _("Chữ ký giả"),
    portal_identity.Fault.OTHER_SUBJECT: _("Thông tin của người khác"),
}
FORM_NAMES = {
    "full_name": "ChuHoSo", "id_number": "SoDinhDanh", "phone": "SoDienThoai", "address": "DiaChi",
    "right": "QuyenSuDung", "phases": "SoPha",
}  # fmt: skip


class FaultsForm(forms.Form):
    faults = forms.MultipleChoiceField(
        label=_("Lỗi giả lập"),
        required=False,
        choices=[(fault.value, label) for fault, label in FAULT_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class DossierForm(FaultsForm):
    """What the portal asks its citizen. Everything else a procedure wants is written line by line."""

    procedure = forms.ChoiceField(label=_("Thủ tục"))
    full_name = forms.CharField(label=_("Chủ hồ sơ"), max_length=80, required=False)
    id_number = forms.CharField(label=_("Số định danh"), max_length=12, required=False)
    phone = forms.CharField(label=_("Số điện thoại"), max_length=20, required=False)
    address = forms.CharField(label=_("Địa chỉ"), max_length=300, required=False)
    province_code = forms.CharField(
        label=_("Mã tỉnh"), max_length=2, help_text=_("Danh mục 34 tỉnh từ 01/07/2025.")
    )
    right = forms.ChoiceField(
        label=_("Quyền sử dụng chỗ ở"),
        required=False,
        choices=[("", "–"), ("1", _("Chính chủ")), ("2", _("Được giao")), ("3", _("Thuê dài hạn")), ("4", _("Thuê ngắn hạn"))],
    )  # fmt: skip
    phases = forms.ChoiceField(
        label=_("Số pha"), required=False, choices=[("", "–"), ("1", "1"), ("3", "3"), ("0", _("Chưa rõ"))]
    )
    more = forms.CharField(
        label=_("Thông tin khác"),
        help_text=_("Mỗi dòng một mục, dạng tên = giá trị. Ví dụ: NoiDung = Hỏi thủ tục tách công tơ"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        services = catalogue.list_services(local_date(clock.now()))
        self.fields["procedure"].choices = [(s.code, s.name.vi) for s in services]  # type: ignore[attr-defined]
        self.order_fields([*(name for name in self.fields if name != "faults"), "faults"])

    def portal_form(self) -> dict[str, str]:
        told = {
            portal_name: self.cleaned_data[name]
            for name, portal_name in FORM_NAMES.items()
            if self.cleaned_data.get(name)
        }
        for line in self.cleaned_data["more"].splitlines():
            name, separator, value = line.partition("=")
            if separator and name.strip():
                told[name.strip()] = value.strip()
        return told


class PaperForm(forms.Form):
    paper = forms.ChoiceField(label=_("Giấy tờ"))
    file = forms.FileField(label=_("Tệp"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        papers = formats.get(portal.FORMAT).papers
        self.fields["paper"].choices = [(code, code) for code in papers]  # type: ignore[attr-defined]


def _company_only(request: HttpRequest) -> None:
    if company_of(request).kind != CompanyKind.POWER:
        raise Http404


# the citizen


@demo_only
@json_or_form
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What was sent, and the form to send a dossier. JSON: {"procedure", "province_code", "form", "faults"}."""
    if company_of(request).kind != CompanyKind.POWER:
        return redirect("sandbox:index")
    at = clock.now()
    portal.ensure_partner(host=request.get_host(), at=at)
    portal_identity.ensure_provider(host=request.get_host(), at=at)
    if is_json(request):
        return _submit_json(request)
    if request.POST.get("viec") == "cap-ma":
        number = portal.new_number(at)
        portal.expect(number=number, host=request.get_host(), at=at)
        return redirect("sandbox:portal-dossier", number=number)
    form = DossierForm(request.POST or None, initial={"province_code": "01", "procedure": "NEW-LV-RES"})
    if request.method == "POST" and form.is_valid():
        number = portal.submit(
            procedure=form.cleaned_data["procedure"], province_code=form.cleaned_data["province_code"],
            form=form.portal_form(), faults=form.cleaned_data["faults"], host=request.get_host(), at=at,
        )  # fmt: skip
        portal.start_delivery()
        return redirect("sandbox:portal-dossier", number=number)
    context = {
        "form": form,
        "has_errors": bool(form.errors),
        "dossiers": SandboxPortalDossier.objects.order_by("-created_at")[:SHOWN],
    }
    return render(request, "sandbox/portal.html", context, status=422 if form.errors else 200)


def _submit_json(request: HttpRequest) -> HttpResponse:
    told = read_json(request)
    form, faults = told.get("form"), told.get("faults") or []
    try:
        number = portal.submit(
            procedure=str(told.get("procedure", "")), province_code=str(told.get("province_code", "")),
            form=form if isinstance(form, dict) else {}, faults=[str(name) for name in faults],
            host=request.get_host(), at=clock.now(),
        )  # fmt: skip
    except Refused as refused:
        return refusal(refused)
    portal.start_delivery()
    return JsonResponse(_dossier_json(portal.get_dossier(number)), status=202)


@demo_only
@json_or_form
@require_http_methods(["GET", "POST"])
def dossier(request: HttpRequest, number: str) -> HttpResponse:
    """One dossier: what went, what came back, what can be done. `?json` gives it to programs."""
    _company_only(request)
    try:
        found = portal.get_dossier(number)
    except NotFound:
        raise Http404 from None
    if "json" in request.GET:
        return JsonResponse(_dossier_json(found))
    error = ""
    if request.method == "POST":
        try:
            _act(request, number)
        except Refused as refused:
            error = sentence(refused)
        else:
            portal.start_delivery()
            return redirect("sandbox:portal-dossier", number=number)
    asked = portal.ask(number) if "hoi" in request.GET else None
    context = {
        "dossier": found,
        "error": error,
        "status_name": found.status_name or NAMES[found.status],
        "calls": found.calls.order_by("id"),
        "news": found.news.order_by("-seq"),
        "asked": asked,
        "is_asked": "hoi" in request.GET,
        "paper_form": PaperForm(),
        "faults_form": FaultsForm(initial={"faults": found.faults}),
    }
    return render(request, "sandbox/portal_dossier.html", context, status=422 if error else 200)


def _act(request: HttpRequest, number: str) -> None:
    """What the citizen or the portal's clerk pressed. Raises Refused."""
    what = request.POST.get("viec", "")
    if what == "giay-to":
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            portal.attach(
                number=number, paper=form.cleaned_data["paper"], content=form.cleaned_data["file"].read()
            )
    elif what == "bo-sung":
        portal.supplement(number=number, remark=request.POST.get("loi", "")[:2000])
    elif what == "rut":
        portal.withdraw(number=number, reason=request.POST.get("loi", "")[:1000])
    elif what == "loi-gia-lap":
        portal.switch_faults(number=number, faults=request.POST.getlist("faults"))


def _dossier_json(found: SandboxPortalDossier) -> dict[str, Any]:
    return {
        "number": found.number,
        "request_number": found.request_number,
        "status": found.status,
        "seq": found.seq,
        "faults": found.faults,
        "calls": [
            {"what": call.what, "state": call.state, "attempts": call.attempts, "answer_status": call.answer_status}
            for call in found.calls.order_by("id")
        ],
        "news": [
            {"seq": news.seq, "status": news.body["status"], "times": news.times, "is_taken": news.is_taken}
            for news in found.news.order_by("seq")
        ],
    }  # fmt: skip


# hearing from us


@demo_only
@csrf_exempt
@require_POST
def callbacks(request: HttpRequest) -> HttpResponse:
    """Where power companies tell what became of dossiers."""
    _company_only(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALLBACK:
        return JsonResponse({"code": "TOO_LARGE"}, status=413)
    call = SignedCall(
        method="POST",
        path=request.path,
        partner_code=request.headers.get(signed_calls.PARTNER_HEADER, ""),
        request_id=request.headers.get(signed_calls.REQUEST_HEADER, ""),
        timestamp=request.headers.get(signed_calls.TIME_HEADER, ""),
        signature=request.headers.get(signed_calls.SIGNATURE_HEADER, ""),
        body=request.body,
    )
    try:
        status = portal.hear(call=call, host=request.get_host(), at=clock.now())
    except SignatureRefused:
        return JsonResponse({"code": "NOT_SIGNED"}, status=401)
    return JsonResponse({"code": "OK" if status == 200 else "ERROR"}, status=status)


# the sign-in


@demo_only
@require_GET
def oidc_discovery(request: HttpRequest) -> HttpResponse:
    return JsonResponse(portal_identity.discovery(request.get_host()))


@demo_only
@require_GET
def oidc_keys(request: HttpRequest) -> HttpResponse:
    return JsonResponse(portal_identity.keys())


@demo_only
@require_http_methods(["GET", "POST"])
def oidc_authorize(request: HttpRequest) -> HttpResponse:
    """The portal asks its citizen who they are, and sends them back."""
    _company_only(request)
    try:
        asked = portal_identity.read_question(request.GET.dict(), return_addresses=_return_addresses(request))
    except Refused as refused:
        return render(request, "sandbox/portal_sign_in.html", {"error": sentence(refused)}, status=400)
    if request.method == "GET":
        context = {
            "people": portal_identity.PEOPLE,
            "faults": [(fault.value, label) for fault, label in SIGN_IN_FAULT_LABELS.items()],
        }
        return render(request, "sandbox/portal_sign_in.html", context)
    faults = request.POST.getlist("faults")
    back: dict[str, str] = {"state": asked.state, "iss": portal_identity.issuer(request.get_host())}
    if portal_identity.Fault.DENIED in faults:
        back["error"] = "access_denied"
    else:
        name, id_number, phone = _citizen(request)
        back["code"] = portal_identity.grant(
            asked, full_name=name, id_number=id_number, phone=phone, faults=faults, at=clock.now()
        )
    return redirect(f"{asked.redirect_uri}?{urlencode(back)}")


def _citizen(request: HttpRequest) -> tuple[str, str, str]:
    chosen = request.POST.get("nguoi", "")
    if chosen.isdigit() and int(chosen) < len(portal_identity.PEOPLE):
        return portal_identity.PEOPLE[int(chosen)]
    return (
        request.POST.get("ten", "")[:80], request.POST.get("so", "")[:12], request.POST.get("dien-thoai", "")[:20]
    )  # fmt: skip


def _return_addresses(request: HttpRequest) -> list[str]:
    try:
        return [f"{ENV.scheme}://{request.get_host()}{reverse(RETURN_NAME)}"]
    except NoReverseMatch:
        return []


@demo_only
@csrf_exempt
@require_POST
def oidc_token(request: HttpRequest) -> HttpResponse:
    _company_only(request)
    told = {name: str(value) for name, value in request.POST.items()}
    tokens = portal_identity.redeem(told, host=request.get_host(), at=clock.now())
    answer = JsonResponse(tokens or {"error": "invalid_grant"}, status=200 if tokens else 400)
    answer["Cache-Control"] = "no-store"
    return answer


@demo_only
@csrf_exempt
@require_http_methods(["GET", "POST"])
def oidc_userinfo(request: HttpRequest) -> HttpResponse:
    _company_only(request)
    kind, _separator, token = request.headers.get("Authorization", "").partition(" ")
    told = portal_identity.about(token, at=clock.now()) if kind == "Bearer" else None
    return JsonResponse(told or {"error": "invalid_token"}, status=200 if told else 401)
