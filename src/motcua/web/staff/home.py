"""After signing in: each to their own work."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from motcua.companies.roles import Role
from motcua.web.shell import first_url
from motcua.web.staff_pages import StaffRequest, staff_page

# The first role somebody has decides; the names are tried in order.
WORK_OF: tuple[tuple[Role, tuple[str, ...]], ...] = (
    (Role.SUPERVISOR, ("desk:worklist",)),
    (Role.BUSINESS, ("desk:worklist",)),
    (Role.INTAKE, ("desk:worklist",)),
    (Role.CREW, ("field:today", "field:home", "desk:worklist")),
    (Role.DESK_CLERK, ("counter:home",)),
    (Role.ACCOUNTANT, ("money:home",)),
    (Role.DIRECTOR, ("board:home", "board:board", "board")),
    (Role.ADMIN, ("staff:admin",)),
)


@require_safe
@staff_page()
def home(request: StaffRequest) -> HttpResponse:
    """To the work list, the counter, the phone page or the board, by role."""
    for role, names in WORK_OF:
        if request.actor.has_role(role) and (address := first_url(*names)):
            return redirect(address)
    return render(request, "staff/no_role.html")
