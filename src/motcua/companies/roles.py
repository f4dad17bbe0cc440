"""What a member of staff may be."""

from __future__ import annotations

from enum import StrEnum

from motcua.kernel.results import gettext_noop as _


class Role(StrEnum):
    """Roles are given per unit; a role at a unit counts for the units below it."""

    INTAKE = "INTAKE"
    BUSINESS = "BUSINESS"
    CREW = "CREW"
    SUPERVISOR = "SUPERVISOR"
    ADMIN = "ADMIN"
    DESK_CLERK = "DESK_CLERK"
    DIRECTOR = "DIRECTOR"
    ACCOUNTANT = "ACCOUNTANT"


LABELS: dict[Role, str] = {
    Role.INTAKE: _("Tiếp nhận"),
    Role.BUSINESS: _("Kinh doanh"),
    Role.CREW: _("Tổ công tác"),
    Role.SUPERVISOR: _("Giám sát"),
    Role.ADMIN: _("Quản trị"),
    Role.DESK_CLERK: _("Cán bộ trung tâm hành chính công"),
    Role.DIRECTOR: _("Lãnh đạo"),
    Role.ACCOUNTANT: _("Kế toán"),
}
