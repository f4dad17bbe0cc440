"""Who goes with which crew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.fieldwork.queries import CrewView
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff_pages import StaffRequest, staff_page


class MembersForm(forms.Form):
    members = forms.MultipleChoiceField(
        label=_("Người trong tổ"), widget=forms.CheckboxSelectMultiple, help_text=_("Ít nhất hai người. Ai có chức danh Tổ công tác thì có tên ở đây."),
        error_messages={"required": _("Tổ công tác phải có ít nhất hai người.")},
    )  # fmt: skip

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].choices = people  # type: ignore[attr-defined]


@require_safe
@staff_page(Role.SUPERVISOR, Role.ADMIN)
def crews(request: StaffRequest) -> HttpResponse:
    """The crews of the units within reach, and who goes with each."""
    listed = fieldwork_queries.list_crews(request.actor.unit_codes, active=False)
    units = company_queries.unit_names({crew.unit_code for crew in listed})
    lines = [
        {
            "crew": crew,
            "unit": units.get(crew.unit_code, crew.unit_code),
            "members": ", ".join(member.name for member in crew.members),
        }
        for crew in listed
    ]
    return render(request, "staff/crews.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Role.SUPERVISOR, Role.ADMIN)
def crew(request: StaffRequest, code: str) -> HttpResponse:
    """Say who goes with a crew."""
    here = _crew(request, code)
    own = [str(member.staff_id) for member in here.members]
    given = request.POST if request.method == "POST" else None
    form = MembersForm(given, people=_people(request, here), initial={"members": own})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["members"]
        ordered = [id for id in own if id in chosen] + [id for id in chosen if id not in own]
        with refusals_beside(form):
            fieldwork_ops.set_crew_members(
                code=here.code, member_ids=[UUID(id) for id in ordered], actor=request.actor, at=clock.now()
            )
            messages.success(request, gettext("Đã lưu người của %(crew)s.") % {"crew": here.name})
            return redirect("staff:crews")
    context = {
        "crew": here,
        "unit": company_queries.unit_names({here.unit_code}).get(here.unit_code, here.unit_code),
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "staff/crew.html", context, status=422 if form.errors else 200)


def _crew(request: StaffRequest, code: str) -> CrewView:
    """A crew within reach. Raises Http404 for any other."""
    found = next(iter(fieldwork_queries.list_crews_by_code([code])), None)
    if found is None or found.unit_code not in request.actor.unit_codes:
        raise Http404
    return found


def _people(request: StaffRequest, here: CrewView) -> list[tuple[str, str]]:
    """Who may go: those of the crew now, then crews' staff within reach; where they go already is said."""
    elsewhere = {
        str(member.staff_id): crew.name
        for crew in fieldwork_queries.list_crews(request.actor.unit_codes, active=False)
        if crew.code != here.code
        for member in crew.members
    }
    people = {str(member.staff_id): member.name for member in here.members}
    fitters = company_queries.list_staff_with_role(roles=[Role.CREW], unit_codes=request.actor.unit_codes)
    people |= {str(person.id): person.name for person in fitters}
    return [
        (id, gettext("%(name)s (đang ở %(crew)s)") % {"name": name, "crew": elsewhere[id]} if id in elsewhere else name)
        for id, name in people.items()
    ]  # fmt: skip
