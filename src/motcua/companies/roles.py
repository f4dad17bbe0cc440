"""What a member of staff may be."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Roles are given per unit; a role at a unit counts for the units below it."""

    INTAKE = "INTAKE"
    BUSINESS = "BUSINESS"
    CREW = "CREW"
    SUPERVISOR = "SUPERVISOR"
    ADMIN = "ADMIN"
    DESK_CLERK = "DESK_CLERK"
    DIRECTOR = "DIRECTOR"


LABELS: dict[Role, str] = {
    Role.INTAKE: "Tiếp nhận",
    Role.BUSINESS: "Kinh doanh",
    Role.CREW: "Tổ công tác",
    Role.SUPERVISOR: "Giám sát",
    Role.ADMIN: "Quản trị",
    Role.DESK_CLERK: "Cán bộ trung tâm hành chính công",
    Role.DIRECTOR: "Lãnh đạo",
}
