"""Public-service portals that may call this company, and what they could not be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.connectors.identity import providers
from motcua.connectors.models import CallbackState, PortalCallback
from motcua.connectors.portals import callbacks, formats, partners
from motcua.connectors.portals.partners import PortalView
from motcua.connectors.portals.statuses import NAMES
from motcua.kernel.local_time import local_date
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff.connections import act_on_key, require_sealed
from motcua.web.staff.keys import age, as_code, new_key
from motcua.web.staff_pages import StaffRequest, company_admin_page

STATES = {
    CallbackState.PENDING: (_("đang chờ"), "wait"),
    CallbackState.SENDING: (_("đang báo"), "go"),
    CallbackState.DELIVERED: (_("đã báo"), "good"),
    CallbackState.DEAD: (_("không báo được"), "bad"),
}


class ProceduresField(forms.CharField):
    """The portal's codes of procedures, a line each: `1.008801 = NEW-LV-RES`."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return "\n".join(f"{procedure} = {service}" for procedure, service in sorted(value.items()))
        return value

    def clean(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in super().clean(value).splitlines():
            if not line.strip():
                continue
            procedure, _equals, service = (part.strip() for part in line.partition("="))
            if not procedure or not service or procedure in found:
                raise forms.ValidationError(
                    gettext("Dòng này chưa đúng: %(line)s") % {"line": line.strip()[:80]}
                )
            found[procedure] = service.upper()
        return found


class PortalForm(forms.Form):
    callback_url = forms.URLField(
        label=_("Địa chỉ báo trạng thái"), required=False, max_length=300, assume_scheme="https",
        help_text=_("Nơi cổng nghe mỗi thay đổi của hồ sơ. Để trống thì các lần báo chờ ở đây."),
    )  # fmt: skip
    procedures = ProceduresField(
        label=_("Thủ tục của cổng"), required=False, max_length=4000,
        help_text=_("Mỗi dòng một thủ tục: mã của cổng = mã dịch vụ, ví dụ 1.008801 = NEW-LV-RES."),
    )  # fmt: skip

    def clean_callback_url(self) -> str:
        given = str(self.cleaned_data["callback_url"])
        return require_sealed(given) if given else ""


class NewPortalForm(PortalForm):
    code = forms.RegexField(
        r"^[A-Z0-9-]{2,20}$", label=_("Mã cổng"), help_text=_("Chữ in hoa, số, gạch ngang; ví dụ DVC-HN. Không đổi được về sau."),
        error_messages={"invalid": _("Mã gồm 2 đến 20 chữ in hoa, số hoặc gạch ngang.")},
    )  # fmt: skip
    name = forms.CharField(label=_("Tên cổng"), max_length=120)
    format = forms.ChoiceField(label=_("Mẫu hồ sơ"))
    agency = forms.RegexField(
        r"^[A-Z][0-9.]{1,11}$", label=_("Mã cơ quan"), help_text=_("Đứng đầu mã hồ sơ của cổng, ví dụ H26 hoặc G09.20."),
        error_messages={"invalid": _("Mã cơ quan là một chữ in hoa rồi đến số, ví dụ H26.")},
    )  # fmt: skip
    field_order = ["code", "name", "format", "agency", "callback_url", "procedures"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(f.code, format_name(f)) for f in formats.list_formats().values()]  # type: ignore[attr-defined]


def format_name(told: formats.Format) -> str:
    return told.name.en if (get_language() or "vi").startswith("en") else told.name.vi


@require_safe
@company_admin_page
def portals(request: StaffRequest) -> HttpResponse:
    """The portals of the company, and where citizens may sign in."""
    untold = callbacks.count_untold()
    context = {
        "portals": [
            {
                "portal": portal,
                "format": format_name(portal.format),
                "untold": untold.get(portal.code, (0, 0)),
            }
            for portal in partners.list_portals()
        ],
        "providers": providers.list_setups(),
    }
    return render(request, "staff/portals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def add(request: StaffRequest) -> HttpResponse:
    """A new portal; its key is shown once."""
    form = NewPortalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        key = new_key()
        with refusals_beside(form):
            partners.add_portal(**form.cleaned_data, secret=key, actor=request.actor, at=clock.now())
            return _page(request, _portal(form.cleaned_data["code"]), key=key)
    return render(
        request,
        "staff/portal_add.html",
        {"form": form, "has_errors": bool(form.errors)},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@company_admin_page
def portal(request: StaffRequest, code: str) -> HttpResponse:
    """One portal: where it is told, what it was told last, what it could not be told."""
    here = _portal(code)
    if request.method != "POST":
        return _page(request, here)
    form = PortalForm(request.POST)
    if form.is_valid():
        with refusals_beside(form):
            partners.change_portal(code=here.code, **form.cleaned_data, actor=request.actor, at=clock.now())
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:portal", code=here.code)
    return _page(request, here, form=form)


@require_POST
@company_admin_page
def act(request: StaffRequest, code: str) -> HttpResponse:
    """Switch a portal off or on; give it a new key."""
    here = _portal(code)
    change = partial(partners.change_portal, code=here.code, actor=request.actor, at=clock.now())
    return act_on_key(
        request,
        switch=lambda is_active: change(is_active=is_active),
        renew=lambda key: change(secret=key),
        page=partial(_page, request, here),
        done=redirect("staff:portal", code=here.code),
    )


def _portal(code: str) -> PortalView:
    """Raises Http404."""
    found = partners.find_portal(code)
    if found is None:
        raise Http404
    return found


def _page(
    request: StaffRequest, here: PortalView, *, form: PortalForm | None = None, key: str = "", error: str = ""
) -> HttpResponse:
    at = clock.now()
    form = form or PortalForm(initial={"callback_url": here.callback_url, "procedures": here.procedures})
    period = here.format.find_period(local_date(at))
    context = {
        "portal": here, "form": form, "key": key, "error": error, "has_errors": bool(form.errors or error),
        "facts": [
            {"key": gettext("Mẫu hồ sơ"), "value": format_name(here.format)},
            {"key": gettext("Mã cơ quan"), "value": here.agency},
            {"key": gettext("Mã hồ sơ hôm nay"), "value": as_code(period.example_of(here.agency)) if period else ""},
            {"key": gettext("Cổng gọi đến"), "value": as_code(company_queries.public_address(f"/api/portals/{here.code}/"))},
        ],
        "dead": _lines(callbacks.list_dead(50, portal=here.code), at),
        "last": _lines(callbacks.list_last(here.code), at),
    }  # fmt: skip
    return render(request, "staff/portal.html", context, status=422 if form.errors or error else 200)


def _lines(rows: Sequence[PortalCallback], at: Any) -> list[dict[str, Any]]:
    return [
        {
            "row": row, "age": age(row.created_at, at), "status": gettext(NAMES[row.status]),
            "state": STATES[CallbackState(row.state)][0], "tone": STATES[CallbackState(row.state)][1],
        }
        for row in rows
    ]  # fmt: skip
