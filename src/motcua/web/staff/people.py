"""Staff: who they are, what they may do and where, who left."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.models import Staff
from motcua.companies.roles import LABELS, Role
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.web import sign_in
from motcua.web.errors import refused_text
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff.administration import unit_choices
from motcua.web.staff.verbs import VERBS
from motcua.web.staff_pages import StaffRequest, staff_page

MOST = 200
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """A first password that can be read aloud: four groups of four, without letters that look alike."""
    return "-".join("".join(secrets.choice(ALPHABET) for _letter in range(4)) for _group in range(4))


class PersonForm(forms.Form):
    name = forms.CharField(label=_("Họ và tên"), max_length=120)
    unit = forms.ChoiceField(label=_("Đơn vị"))
    phone = forms.CharField(label=_("Điện thoại"), max_length=20, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    must_use_totp = forms.BooleanField(
        label=_("Bắt buộc mã xác thực trên điện thoại"), required=False,
        help_text=_("Người này phải cài mã xác thực trước khi làm việc."),
    )  # fmt: skip

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]


class NewPersonForm(PersonForm):
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{2,59}$", label=_("Tên đăng nhập"), help_text=_("Chữ thường không dấu, số, dấu chấm; từ 3 ký tự."),
        error_messages={"invalid": _("Tên đăng nhập chỉ gồm chữ thường không dấu, số, dấu chấm, gạch; từ 3 ký tự.")},
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label=_("Chức danh"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(role.value, _(LABELS[role])) for role in Role],
    )
    field_order = ["name", "username", "unit", "roles", "phone", "email", "must_use_totp"]


@require_safe
@staff_page(Role.ADMIN)
def people(request: StaffRequest) -> HttpResponse:
    """Staff of the units within reach."""
    text, with_leavers = request.GET.get("q", "").strip()[:60], request.GET.get("da-nghi") == "1"
    rows = list(
        company_queries.list_staff(unit_codes=request.actor.unit_codes, text=text, with_leavers=with_leavers)[
            : MOST + 1
        ]
    )
    roles: dict[object, list[str]] = {}
    for given in company_queries.list_roles([row.id for row in rows]):
        roles.setdefault(given.staff_id, []).append(gettext(LABELS[Role(given.role)]))
    context = {
        "lines": [
            {"person": row, "roles": ", ".join(dict.fromkeys(roles.get(row.id, [])))} for row in rows[:MOST]
        ],
        "is_full": len(rows) > MOST,
        "most": MOST,
        "text": text,
        "with_leavers": with_leavers,
    }
    return render(request, "staff/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMIN)
def add(request: StaffRequest) -> HttpResponse:
    """A new member of staff; the first password is shown once."""
    form = NewPersonForm(request.POST or None, units=unit_choices(request))
    if request.method == "POST" and form.is_valid():
        given, password = form.cleaned_data, new_password()
        with refusals_beside(form):
            made = company_ops.staff_add(
                username=given["username"], name=given["name"], unit_code=given["unit"],
                roles=[Role(role) for role in given["roles"]], password=password, actor=request.actor, at=clock.now(),
                email=given["email"], phone=given["phone"], must_use_totp=given["must_use_totp"], must_change_password=True,
            )  # fmt: skip
            return _page(request, made, password=password)
    return render(
        request,
        "staff/person_add.html",
        {"form": form, "has_errors": bool(form.errors)},
        status=422 if form.errors else 200,
    )


def _person(request: StaffRequest, staff_id: UUID) -> Staff:
    """A member of staff within reach. Raises Http404 for any other."""
    found = (
        company_queries.list_staff(unit_codes=request.actor.unit_codes, with_leavers=True)
        .filter(id=staff_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.ADMIN)
def person(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    """One person: what is on record, their roles, their sign-in."""
    here = _person(request, staff_id)
    if request.method != "POST":
        return _page(request, here)
    form = PersonForm(request.POST, units=unit_choices(request))
    if form.is_valid():
        given = dict(form.cleaned_data)
        with refusals_beside(form):
            if not _is_wholly_within(request, here):
                raise company_ops.StaffUnknown()
            company_ops.staff_change(
                staff_id=here.id, unit_code=given.pop("unit"), **given, actor=request.actor, at=clock.now()
            )
            messages.success(request, gettext("Đã lưu."))
            return redirect("staff:person", staff_id=here.id)
    return _page(request, here, form=form, status=422)


def _page(
    request: StaffRequest,
    here: Staff,
    *,
    form: forms.Form | None = None,
    password: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    initial = {
        "name": here.name, "unit": here.unit_id, "phone": here.phone, "email": here.email, "must_use_totp": here.must_use_totp,
    }  # fmt: skip
    context = {
        "person": here,
        "form": form or PersonForm(initial=initial, units=unit_choices(request)),
        "has_errors": bool(form and form.errors),
        "roles": [
            {"role": given.role, "name": gettext(LABELS[Role(given.role)]), "unit": given.unit,
             "is_mine_to_take": given.unit_id in request.actor.unit_codes}
            for given in company_queries.list_roles([here.id])
        ],
        "role_choices": [(role.value, gettext(LABELS[role])) for role in Role],
        "unit_choices": unit_choices(request),
        "has_second_factor": sign_in.has_second_factor(here.id),
        "is_self": str(here.id) == request.actor.id,
        "password": password,
        "error": error,
        "seen": [
            {"at": entry.at, "what": gettext(VERBS.get(entry.verb, entry.verb))}
            for entry in company_queries.list_audit(subject_type="staff", subject_id=str(here.id))[:20]
        ],
    }  # fmt: skip
    return render(request, "staff/person.html", context, status=status)


@require_POST
@staff_page(Role.ADMIN)
def act(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    """Give or take a role, a new password, a new second factor, lock out a leaver, let one back in."""
    here, at, actor = _person(request, staff_id), clock.now(), request.actor
    wanted, is_self = request.POST.get("viec", ""), str(here.id) == actor.id
    try:
        if wanted not in {"cap-quyen", "bo-quyen"} and not _is_wholly_within(request, here):
            raise company_ops.StaffUnknown()
        if wanted == "cap-quyen":
            role, unit = _role(request)
            company_ops.grant_role(staff_id=here.id, role=role, unit_code=unit, actor=actor, at=at)
        elif wanted == "bo-quyen":
            role, unit = _role(request)
            if is_self and role is Role.ADMIN:
                raise company_ops.NotYourself()
            company_ops.revoke_role(staff_id=here.id, role=role, unit_code=unit, actor=actor, at=at)
        elif wanted == "mat-khau":
            password = new_password()
            company_ops.staff_set_password(staff_id=here.id, password=password, actor=actor, at=at)
            return _page(request, here, password=password)
        elif wanted == "ma-xac-thuc":
            sign_in.forget_second_factor(staff_id=here.id, actor=actor, at=at)
        elif wanted == "khoa":
            if is_self:
                raise company_ops.NotYourself()
            company_ops.staff_deactivate(staff_id=here.id, actor=actor, at=at)
        elif wanted == "mo-khoa":
            company_ops.staff_reactivate(staff_id=here.id, actor=actor, at=at)
        else:
            raise Http404
    except Refused as refusal:
        return _page(request, here, error=refused_text(refusal), status=409)
    messages.success(request, gettext("Đã lưu."))
    return redirect("staff:person", staff_id=here.id)


def _is_wholly_within(request: StaffRequest, here: Staff) -> bool:
    """Whether all that this person may do lies within reach: else a local administrator could take over their account."""
    return all(given.unit_id in request.actor.unit_codes for given in company_queries.list_roles([here.id]))


def _role(request: StaffRequest) -> tuple[Role, str]:
    """The role and unit posted, both within reach. Raises UnitUnknown, Http404."""
    unit = request.POST.get("unit", "")
    if unit not in request.actor.unit_codes:
        raise company_ops.UnitUnknown(field="unit", unit=unit)
    try:
        return Role(request.POST.get("role", "")), unit
    except ValueError:
        raise Http404 from None
