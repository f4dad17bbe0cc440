"""Customers come to be and are corrected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from motcua.companies import operations as company_ops
from motcua.config import rows
from motcua.customers import queries, rules
from motcua.customers.models import Customer, CustomerChange, CustomerKind, CustomerStatus
from motcua.kernel import ids, phones, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, NotFound, Problem, Refused, gettext_noop

CORRECTABLE = ("full_name", "id_number", "phone", "email", "contact_address", "kind")


class CustomerUnknown(NotFound):
    code = "CUSTOMER_UNKNOWN"
    message = gettext_noop("Không tìm thấy khách hàng này.")


class ReasonMissing(Refused):
    code = "REASON_MISSING"
    message = gettext_noop("Hãy ghi lý do.")


def find_or_create_customer(
    *,
    full_name: str,
    phone: str = "",
    id_number: str = "",
    email: str = "",
    kind: str = CustomerKind.PERSON,
    contact_address: str = "",
    actor: Actor,
    at: datetime,
) -> queries.CustomerView:
    """The active customer with this identity number and name, or this phone and name; else a new one.

    A customer that is found is not changed: what is on record changes by `correct_details` alone. Finding
    somebody links no handle: what somebody typed proves nothing. Raises Invalid with every wrong field. Lock:
    one advisory lock for the name and number, so that two submits at once make one customer.
    """
    values = checked(
        {
            "full_name": full_name,
            "phone": phone,
            "id_number": id_number,
            "email": email,
            "contact_address": contact_address,
            "kind": kind,
        }
    )
    with transaction.atomic():
        key = vietnamese.search_key(values["full_name"])
        lock_text(f"customer:{key}")
        found = _find(key, values["id_number"], values["phone"])
        return found or _create(values, actor, at)


def create_customer(
    *,
    full_name: str,
    phone: str = "",
    id_number: str = "",
    email: str = "",
    kind: str = CustomerKind.PERSON,
    contact_address: str = "",
    actor: Actor,
    at: datetime,
) -> queries.CustomerView:
    """A new customer, whoever else there is. Raises Invalid with every wrong field."""
    values = checked(
        {
            "full_name": full_name,
            "phone": phone,
            "id_number": id_number,
            "email": email,
            "contact_address": contact_address,
            "kind": kind,
        }
    )
    with transaction.atomic():
        return _create(values, actor, at)


def _find(search_key: str, id_number: str, phone: str) -> queries.CustomerView | None:
    active = Customer.objects.filter(status=CustomerStatus.ACTIVE, search_key=search_key).order_by("id")
    found = active.filter(id_number=id_number).first() if id_number else None
    if found is None and phone:
        same_phone = active.filter(phone=phone)
        # two identity numbers are two people, even of one name behind one phone
        found = (same_phone.filter(id_number__in=["", id_number]) if id_number else same_phone).first()
    return queries.view(found) if found else None


def _create(values: Mapping[str, str], actor: Actor, at: datetime) -> queries.CustomerView:
    customer = build_customer(values, actor, at)
    rows.insert(customer)
    return queries.view(customer)


def build_customer(values: Mapping[str, str], actor: Actor, at: datetime) -> Customer:
    """The row of a new customer with checked values, not yet written."""
    return Customer(
        id=ids.new_id(at),
        **values,
        search_key=vietnamese.search_key(values["full_name"]),
        created_at=at,
        created_by=actor.ref,
        changed_at=at,
    )


def correct_name(
    *, customer_id: UUID, full_name: str, reason: str, actor: Actor, at: datetime
) -> queries.CustomerView:
    """Write the name right; the wrong one stays in the history until the customer is erased."""
    return correct_details(
        customer_id=customer_id, changes={"full_name": full_name}, reason=reason, actor=actor, at=at
    )


def correct_details(
    *, customer_id: UUID, changes: Mapping[str, str], reason: str, actor: Actor, at: datetime
) -> queries.CustomerView:
    """Change what is on record; each changed field leaves a row with the old value and the reason.

    A changed phone unlinks no handle: what was proven stays proven until it is unlinked.
    Raises CustomerUnknown (also for merged and erased ones), ReasonMissing, Invalid. Locks the customer.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        customer = lock_customer(customer_id)
        wanted = checked({name: changes[name] for name in CORRECTABLE if name in changes})
        changed = {name: value for name, value in wanted.items() if getattr(customer, name) != value}
        if not changed:
            return queries.view(customer)
        CustomerChange.objects.bulk_create(
            CustomerChange(
                customer=customer,
                field=name,
                old_value=getattr(customer, name),
                reason=reason.strip()[:300],
                actor=actor.ref,
                at=at,
            )
            for name in changed
        )
        for name, value in changed.items():
            setattr(customer, name, value)
        if "full_name" in changed:
            customer.search_key = vietnamese.search_key(customer.full_name)
        customer.changed_at = at
        customer.save()
        company_ops.record_audit(
            actor=actor,
            verb="customer.corrected",
            subject_type="customer",
            subject_id=str(customer_id),
            at=at,
            facts={"fields": sorted(changed)},
        )
        return queries.view(customer)


def lock_customer(customer_id: UUID) -> Customer:
    """The active customer, locked until the transaction ends. Raises CustomerUnknown."""
    customer = (
        Customer.objects.select_for_update().filter(id=customer_id, status=CustomerStatus.ACTIVE).first()
    )
    if customer is None:
        raise CustomerUnknown(field="customer_id")
    return customer


def lock_customers(*customer_ids: UUID) -> dict[UUID, Customer]:
    """Customers of any status, locked in the order of their ids."""
    return {
        row.id: row for row in Customer.objects.select_for_update().filter(id__in=customer_ids).order_by("id")
    }


def lock_text(text: str) -> None:
    """One advisory lock for a text, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ':' || %s, 0))", [text]
        )


def checked(raw: Mapping[str, str]) -> dict[str, str]:
    """The values as they are stored. Raises Invalid."""
    values: dict[str, str] = {}
    errors: dict[str, list[Problem]] = {}
    for name, text in raw.items():
        value, problem = _check(name, str(text or ""))
        values[name] = value
        if problem:
            errors[name] = [problem]
    if errors:
        raise Invalid(errors)
    return values


def _check(name: str, text: str) -> tuple[str, Problem | None]:
    bare = vietnamese.clean(text)
    if name == "full_name":
        value = rules.clean_name(bare)
        return value or "", None if value else Problem(
            "NAME_INVALID", gettext_noop("Hãy ghi đầy đủ họ và tên.")
        )
    if name == "kind":
        known = bare in CustomerKind.values
        return bare, None if known else Problem("KIND_INVALID", gettext_noop("Hãy chọn loại khách hàng."))
    if name == "contact_address":
        fits = len(bare) <= 300
        return bare[:300], None if fits else Problem("TOO_LONG", gettext_noop("Địa chỉ dài quá 300 ký tự."))
    if not bare:
        return "", None
    clean, code, message = {
        "phone": (
            phones.normalise,
            "PHONE_INVALID",
            gettext_noop("Số điện thoại chưa đúng. Số di động có 10 chữ số, ví dụ 0901 234 567."),
        ),
        "id_number": (
            rules.clean_id_number,
            "ID_NUMBER_INVALID",
            gettext_noop(
                "Số định danh chưa đúng. CCCD có 12 chữ số, CMND có 9 chữ số, mã số thuế có 10 chữ số."
            ),
        ),
        "email": (
            rules.clean_email,
            "EMAIL_INVALID",
            gettext_noop("Địa chỉ thư điện tử chưa đúng, ví dụ ten@example.com."),
        ),
    }[name]
    value = clean(bare)
    return value or "", None if value else Problem(code, message)
