"""Who answers conversations: how many at once, and which queues; their supervisors and administrators say so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.results import Refused
from motcua.messaging.desk import administered, assigning, presence
from motcua.web.errors import refused_text
from motcua.web.staff_pages import StaffRequest, staff_page

ANSWERERS = (Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR)
MOST_PEOPLE = 500


@require_safe
@staff_page(Role.SUPERVISOR, Role.ADMIN)
def people(request: StaffRequest) -> HttpResponse:
    """Everybody within reach who may answer, with their queues and how many they take at once."""
    at = clock.now()
    staff = company_queries.list_staff_with_role(roles=ANSWERERS, unit_codes=request.actor.unit_codes)[
        :MOST_PEOPLE
    ]
    staff = [person for person in staff if person.unit_id in request.actor.unit_codes]
    agents = {
        agent.staff_id: agent for agent in administered.list_agents([str(person.id) for person in staff])
    }
    units = company_queries.unit_names({person.unit_id for person in staff})
    queues = administered.list_queues()
    lines: list[dict[str, Any]] = []
    for person in staff:
        agent = agents.get(str(person.id))
        held = agent.queue_ids if agent else frozenset(queue.id for queue in queues)
        lines.append(
            {
                "id": person.id, "name": person.name, "unit": units.get(person.unit_id, person.unit_id),
                "capacity": agent.capacity if agent else 4, "is_on": bool(agent and agent.is_on(at)),
                "queues": [(queue.id, queue.name, queue.id in held) for queue in queues],
                "is_new": agent is None,
            }
        )  # fmt: skip
    return render(request, "staff/desk_people.html", {"lines": lines})


@require_POST
@staff_page(Role.SUPERVISOR, Role.ADMIN)
def person(request: StaffRequest, staff_id: UUID) -> HttpResponse:
    """Say how many conversations somebody takes at once, and from which queues."""
    at, data = clock.now(), request.POST
    try:
        presence.set_agent(
            staff_id=str(staff_id), capacity=int(data["so-cuoc"]) if data.get("so-cuoc", "").isdigit() else 0,
            queue_ids=[int(id) for id in data.getlist("hang") if id.isdigit()], actor=request.actor, at=at,
        )  # fmt: skip
        assigning.assign_waiting(at=at)
    except Refused as refusal:
        messages.error(request, refused_text(refusal))
    else:
        messages.success(request, gettext("Đã lưu."))
    return redirect("staff:desk-people")
