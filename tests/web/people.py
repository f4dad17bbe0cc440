"""Staff who can sign in, and browsers that have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.models import Staff
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor

PASSWORD = "mot-cau-de-nho-2026"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HOST = "hanoi.localhost"
MADE_AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
HOME_ANSWERS: dict[str, Any] = {
    "has_meter": "false",
    "place": {"text": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"},
    "right_to_place": "OWN",
    "full_name": "Nguyễn Thị Hoa",
    "id_number": "001185012345",
    "phone": "0901234567",
    "phases": "ONE",
    "visit_time": "ANY",
}


def add_staff(username: str, *roles: Role, unit: str = "", **more: Any) -> Staff:
    """A member of staff at the unit (the centre when none is named)."""
    code = unit or company_queries.get_centre().code
    return company_ops.staff_add(
        username=username, name=username.title(), unit_code=code, roles=list(roles), password=PASSWORD,
        actor=Actor.system("test"), at=MADE_AT, **more,
    )  # fmt: skip


def browser(staff: Staff | None = None, host: str = HOST) -> Client:
    """A browser at the host, signed in when staff is given."""
    client = Client(headers={"host": host})
    if staff is not None:
        client.force_login(staff, backend=BACKEND)
    return client


def form_of(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers as a form posts them: a place in its parts."""
    data: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, dict):
            data |= {f"{name}_{part}": text for part, text in value.items()}
        else:
            data[name] = value
    return data
