"""Linking an address to a customer: by a proven code, or by staff who checked, with a reason. Never
otherwise.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.customers import queries, rules
from motcua.customers.models import Customer, Handle, HandleProof, ProofCode
from motcua.customers.operations.people import ReasonMissing, lock_customer, lock_text
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed, NotFound, Refused, gettext_noop

__all__ = [
    "HandleAddressInvalid",
    "HandleTaken",
    "ProofMissing",
    "ReasonMissing",
    "StaffOnly",
    "link_handle",
    "link_handle_by_staff",
    "unlink_handle",
]


class ProofMissing(Refused):
    code = "PROOF_MISSING"
    message = gettext_noop("Cần nhập đúng mã gửi đến số điện thoại đã đăng ký trước khi liên kết.")


class HandleTaken(Refused):
    code = "HANDLE_TAKEN"
    message = gettext_noop(
        "Tài khoản này đang liên kết với khách hàng khác. Nhân viên cần kiểm tra và gỡ liên kết trước."
    )


class HandleAddressInvalid(Refused):
    code = "HANDLE_ADDRESS_INVALID"
    message = gettext_noop("Địa chỉ của kênh này chưa đúng.")


class StaffOnly(NotAllowed):
    code = "STAFF_ONLY"
    message = gettext_noop("Việc này chỉ nhân viên được làm.")


def link_handle(
    *, customer_id: UUID, proof_id: UUID, actor: Actor, at: datetime, channel: str = "", address: str = ""
) -> queries.HandleView:
    """Link an address to a customer by a code that was sent to the number on the customer's record.

    Without `channel` and `address` the number itself is linked; with them that address (a Zalo id whose
    holder typed the code). Raises ProofMissing (not finished, older than its life, or another number than the
    record's), HandleTaken, CustomerUnknown. Locks the customer.
    """
    with transaction.atomic():
        customer = lock_customer(customer_id)
        proof = ProofCode.objects.filter(id=proof_id, used_at__isnull=False).first()
        if proof is None or not customer.phone or proof.address != customer.phone:
            raise ProofMissing
        if at - proof.used_at > rules.PROOF_LIMITS.life:  # type: ignore[operator]
            raise ProofMissing
        return _link(
            customer,
            channel or proof.channel,
            address or proof.address,
            actor,
            at,
            proof=HandleProof.CODE,
            proof_code_id=proof.id,
        )


def link_handle_by_staff(
    *, customer_id: UUID, channel: str, address: str, reason: str, actor: Actor, at: datetime
) -> queries.HandleView:
    """Link an address because a member of staff saw that it is the customer's; the reason is kept and
    audited.

    Raises StaffOnly, ReasonMissing, HandleTaken, HandleAddressInvalid, CustomerUnknown. Locks the customer.
    """
    if not actor.is_staff():
        raise StaffOnly
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        customer = lock_customer(customer_id)
        handle = _link(
            customer, channel, address, actor, at, proof=HandleProof.STAFF, reason=reason.strip()[:300]
        )
        company_ops.record_audit(
            actor=actor,
            verb="handle.linked",
            subject_type="customer",
            subject_id=str(customer_id),
            at=at,
            facts={"channel": channel, "proof": "STAFF"},
        )
        return handle


def unlink_handle(*, channel: str, address: str, reason: str, actor: Actor, at: datetime) -> None:
    """Take an address away from its customer; whoever comes from it must prove anew.

    Raises StaffOnly unless staff or the customer it belongs to, ReasonMissing, NotFound.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        cleaned = _clean(channel, address)
        handle = Handle.objects.select_for_update().filter(channel=channel, address=cleaned).first()
        if handle is None or handle.customer_id is None:
            raise NotFound
        if not (actor.is_staff() or actor.id == str(handle.customer_id)):
            raise StaffOnly
        company_ops.record_audit(
            actor=actor,
            verb="handle.unlinked",
            subject_type="customer",
            subject_id=str(handle.customer_id),
            at=at,
            facts={"channel": channel},
        )
        handle.delete()


def _link(
    customer: Customer, channel: str, address: str, actor: Actor, at: datetime, **proof: object
) -> queries.HandleView:
    cleaned = _clean(channel, address)
    lock_text(f"handle:{channel}:{cleaned}")
    handle = Handle.objects.select_for_update().filter(channel=channel, address=cleaned).first()
    if handle is None:
        handle = Handle(channel=channel, address=cleaned, created_at=at)
    elif handle.customer_id and handle.customer_id not in queries.list_ids(customer.id):
        raise HandleTaken(field="address")
    if handle.customer_id is None:
        handle.linked_at = at
    handle.customer, handle.proven_by, handle.proven_at = customer, actor.ref, at
    handle.proof_code_id, handle.reason = None, ""
    for name, value in proof.items():
        setattr(handle, name, value)
    handle.save()
    return queries.HandleView(
        handle.channel, handle.address, handle.customer_id, handle.proof, handle.proven_at
    )


def _clean(channel: str, address: str) -> str:
    cleaned = rules.clean_address(channel, address)
    if cleaned is None or len(cleaned) > 254:
        raise HandleAddressInvalid(field="address")
    return cleaned
