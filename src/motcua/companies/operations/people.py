"""Staff: who they are, what they may do, how they sign in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from motcua.companies.models import Staff, StaffRole, Unit
from motcua.companies.operations.auditing import record_audit
from motcua.companies.operations.units import UnitUnknown
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop


class StaffTaken(Refused):
    code = "STAFF_TAKEN"
    message = gettext_noop("Tên đăng nhập %(username)s đã có người dùng.")


class StaffUnknown(Refused):
    code = "NOT_FOUND"
    message = gettext_noop("Không có nhân viên này, hoặc người ấy thuộc đơn vị khác.")


class NotYourself(Refused):
    code = "NOT_YOURSELF"
    message = gettext_noop(
        "Không tự khóa tài khoản hoặc bỏ quyền quản trị của chính mình; hãy nhờ một quản trị viên khác."
    )


def staff_add(
    *,
    username: str,
    name: str,
    unit_code: str,
    roles: Mapping[Role, str] | list[Role],
    password: str,
    actor: Actor,
    at: datetime,
    email: str = "",
    phone: str = "",
    must_use_totp: bool = False,
    password_hash: str = "",
    must_change_password: bool = False,
) -> Staff:
    """A member of staff with roles (a list: at the own unit; a mapping: role to unit code).

    `password_hash` instead of `password` for people taken over from another system, or made by the dozen.
    Raises StaffTaken for a username in use, UnitUnknown.
    """
    unit = Unit.objects.filter(code=unit_code).first()
    if unit is None:
        raise UnitUnknown(field="unit", unit=unit_code)
    given = roles if isinstance(roles, Mapping) else dict.fromkeys(roles, unit_code)
    try:
        with transaction.atomic():
            staff = Staff(
                id=uuid.uuid4(),
                username=username,
                name=name,
                email=email,
                phone=phone,
                unit=unit,
                must_use_totp=must_use_totp,
                must_change_password=must_change_password,
                created_at=at,
            )
            staff.password = password_hash or make_password(password)
            staff.save(force_insert=True)
            StaffRole.objects.bulk_create(
                [StaffRole(staff=staff, role=role, unit_id=code) for role, code in given.items()]
            )
            record_audit(
                actor=actor, verb="staff.added", subject_type="staff", subject_id=str(staff.id), at=at
            )
    except IntegrityError as error:
        raise StaffTaken(field="username", username=username) from error
    return staff


def grant_role(*, staff_id: uuid.UUID, role: Role, unit_code: str, actor: Actor, at: datetime) -> None:
    """Give a role at a unit (idempotent)."""
    with transaction.atomic():
        StaffRole.objects.get_or_create(staff_id=staff_id, role=role, unit_id=unit_code)
        record_audit(
            actor=actor,
            verb="role.granted",
            subject_type="staff",
            subject_id=str(staff_id),
            at=at,
            facts={"role": role, "unit": unit_code},
        )


def revoke_role(*, staff_id: uuid.UUID, role: Role, unit_code: str, actor: Actor, at: datetime) -> None:
    """Take a role at a unit away (idempotent)."""
    with transaction.atomic():
        StaffRole.objects.filter(staff_id=staff_id, role=role, unit_id=unit_code).delete()
        record_audit(
            actor=actor,
            verb="role.revoked",
            subject_type="staff",
            subject_id=str(staff_id),
            at=at,
            facts={"role": role, "unit": unit_code},
        )


def staff_deactivate(*, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """A leaver may not sign in from this instant on; open sessions end with the next page."""
    with transaction.atomic():
        Staff.objects.filter(id=staff_id).update(is_active=False)
        record_audit(
            actor=actor, verb="staff.deactivated", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_end_sessions(*, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Every open session ends with its next page, and there is no password of ours: the person signs in elsewhere."""
    with transaction.atomic():
        staff = _lock(staff_id)
        staff.set_unusable_password()
        staff.must_change_password = False
        staff.save(update_fields=["password", "must_change_password"])
        record_audit(
            actor=actor, verb="staff.sessions_ended", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_reactivate(*, staff_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """Somebody comes back (idempotent)."""
    with transaction.atomic():
        Staff.objects.filter(id=staff_id).update(is_active=True)
        record_audit(
            actor=actor, verb="staff.reactivated", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_change(
    *,
    staff_id: uuid.UUID,
    name: str,
    email: str,
    phone: str,
    unit_code: str,
    must_use_totp: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """Correct what is on record about a member of staff. Raises StaffUnknown, UnitUnknown."""
    with transaction.atomic():
        staff = _lock(staff_id)
        if not Unit.objects.filter(code=unit_code).exists():
            raise UnitUnknown(field="unit", unit=unit_code)
        wanted = {
            "name": name,
            "email": email,
            "phone": phone,
            "unit_id": unit_code,
            "must_use_totp": must_use_totp,
        }
        changed = [field for field, value in wanted.items() if getattr(staff, field) != value]
        for field in changed:
            setattr(staff, field, wanted[field])
        if changed:
            staff.save(update_fields=[field.removesuffix("_id") for field in changed])
            record_audit(
                actor=actor,
                verb="staff.changed",
                subject_type="staff",
                subject_id=str(staff_id),
                at=at,
                facts={"fields": changed},
            )


def staff_set_password(*, staff_id: uuid.UUID, password: str, actor: Actor, at: datetime) -> None:
    """An administrator gives a new password, to be changed at the next sign-in; sessions under the old one end.

    Raises StaffUnknown.
    """
    with transaction.atomic():
        staff = _lock(staff_id)
        staff.set_password(password)
        staff.must_change_password = True
        staff.save(update_fields=["password", "must_change_password"])
        record_audit(
            actor=actor, verb="staff.password_set", subject_type="staff", subject_id=str(staff_id), at=at
        )


def staff_choose_password(*, staff_id: uuid.UUID, password: str, at: datetime) -> str:
    """Somebody chooses their own password; one that was given them need no longer be changed. Its stored form.

    Raises StaffUnknown.
    """
    with transaction.atomic():
        staff = _lock(staff_id)
        staff.set_password(password)
        staff.must_change_password = False
        staff.save(update_fields=["password", "must_change_password"])
        record_audit(
            actor=Actor.staff(staff_id), verb="staff.password_chosen", subject_type="staff", subject_id=str(staff_id),
            at=at,
        )  # fmt: skip
    return staff.password


def _lock(staff_id: uuid.UUID) -> Staff:
    """Raises StaffUnknown."""
    staff = Staff.objects.select_for_update().filter(id=staff_id).first()
    if staff is None:
        raise StaffUnknown()
    return staff
