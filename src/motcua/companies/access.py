"""Who a signed-in person is, and for which units."""

from __future__ import annotations

from motcua.companies import queries
from motcua.companies.models import Staff, StaffRole
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop


class Forbidden(Refused):
    code = "FORBIDDEN"
    message = gettext_noop("Tài khoản của anh/chị không có quyền làm việc này.")


class NotFound(Refused):
    """Also said of what exists but is not for this person, so that an id reveals nothing."""

    code = "NOT_FOUND"
    message = gettext_noop("Không tìm thấy, hoặc anh/chị không được xem mục này.")


def actor_of(staff: Staff) -> Actor:
    """The actor for a member of staff: roles, and every unit they reach (theirs and those below)."""
    given = list(StaffRole.objects.filter(staff=staff).values_list("role", "unit_id"))
    units = queries.list_unit_codes_below(frozenset(unit for _, unit in given))
    return Actor.staff(staff.id, staff.name, (role for role, _ in given), units)


def reaches_company(actor: Actor) -> bool:
    """Whether what this person may do reaches the whole company: it was given at the company's centre."""
    return queries.get_centre().code in actor.unit_codes


def require_role(actor: Actor, *roles: Role) -> None:
    """Raise Forbidden unless the actor has one of the roles."""
    if not actor.has_role(*roles):
        raise Forbidden(roles=", ".join(roles))
