"""A customer's values are erased; the ids stay, so that journals and ledgers keep their sense."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from motcua.companies import operations as company_ops
from motcua.customers import queries, registry
from motcua.customers.models import (
    Authority,
    Consent,
    ConsentEnd,
    Customer,
    CustomerChange,
    CustomerStatus,
    DataRequest,
    DataRequestState,
    Handle,
    MergeRecord,
    NoticeChoice,
    ProofCode,
    VisitorSession,
)
from motcua.customers.operations.people import CustomerUnknown, ReasonMissing, lock_customers
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop


class CustomerStillNeeded(Refused):
    code = "CUSTOMER_STILL_NEEDED"
    message = gettext_noop("Chưa xóa được thông tin khách hàng: %(reasons)s")


def erase_customer(*, customer_id: UUID, reason: str, actor: Actor, at: datetime) -> list[UUID]:
    """Blank every personal value of the customer and of those merged into them; the ids that were erased.

    Rooms above are asked first (`registry.before_erasure`) and follow after. Erasing twice changes nothing.
    Raises CustomerUnknown, CustomerStillNeeded, ReasonMissing. Locks the customers.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        family = lock_customers(*queries.list_ids(customer_id))
        if not family:
            raise CustomerUnknown
        living = [row for row in family.values() if row.status != CustomerStatus.ERASED]
        if reasons := [why for row in living for why in registry.reasons_to_keep(row.id, at)]:
            raise CustomerStillNeeded(reasons="; ".join(dict.fromkeys(reasons)))
        for customer in living:
            _blank(customer, at)
            registry.follow_erasure(customer.id, at)
            company_ops.record_audit(
                actor=actor,
                verb="customer.erased",
                subject_type="customer",
                subject_id=str(customer.id),
                at=at,
            )
        return sorted(customer.id for customer in living)


def _blank(customer: Customer, at: datetime) -> None:
    addresses = list(
        Handle.objects.filter(customer=customer).exclude(address="").values_list("address", flat=True)
    )
    ProofCode.objects.filter(address__in=[*addresses, *filter(None, [customer.phone])]).update(address="")
    Handle.objects.filter(customer=customer).update(address="", reason="-")
    CustomerChange.objects.filter(customer=customer).update(old_value="", reason="")
    Authority.objects.filter(customer=customer, revoked_at__isnull=True).update(
        revoked_at=at, revoked_by="erasure"
    )
    Authority.objects.filter(agent=customer, revoked_at__isnull=True).update(
        revoked_at=at, revoked_by="erasure"
    )
    Authority.objects.filter(customer=customer).update(note="")
    Consent.objects.filter(customer=customer, withdrawn_at__isnull=True).update(
        withdrawn_at=at, withdrawn_why=ConsentEnd.ERASED
    )
    VisitorSession.objects.filter(customer=customer).update(closed_at=at, proven_phone="", customer=None)
    VisitorSession.objects.filter(acting_for=customer).update(acting_for=None)
    NoticeChoice.objects.filter(customer=customer).delete()
    DataRequest.objects.filter(customer=customer, state=DataRequestState.REFUSED).update(answer="-")
    MergeRecord.objects.filter(Q(loser=customer) | Q(winner=customer)).update(reason="", undone_reason="")
    Customer.objects.filter(id=customer.id).update(
        full_name="",
        search_key="",
        id_number="",
        phone="",
        email="",
        contact_address="",
        status=CustomerStatus.ERASED,
        merged_into=None,
        erased_at=at,
        changed_at=at,
    )
