"""Who acts at the desk, and the page once more for an act that was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from motcua.companies.roles import Role
from motcua.kernel.results import Refused
from motcua.requests import access as request_access
from motcua.web import inputs
from motcua.web.act_form import Failed
from motcua.web.staff_pages import StaffRequest

ACTORS = (Role.INTAKE, Role.BUSINESS, Role.CREW, Role.SUPERVISOR)


def again(
    request: StaffRequest, request_id: UUID, code: str, refusal: Refused, typed: Mapping[str, Any], key: str
) -> HttpResponse:
    """The page once more, as the request stands now, with the refusal where the act was."""
    from motcua.web.desk import request_page

    beside, general = inputs.problems_of(refusal, typed)
    failed = Failed(code, typed, beside, general, key)
    status = 422 if beside else 409
    fresh = request_access.access_request(actor=request.actor, request_id=request_id)
    return request_page.render_page(request, fresh, failed=failed, status=status)
