"""Visitors' sessions: a cookie's token is known to the browser alone; we keep its hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from motcua.companies import operations as company_ops
from motcua.customers import queries, rules
from motcua.customers.models import CustomerStatus, Handle, ProofCode, VisitorSession
from motcua.customers.operations.handles import ProofMissing
from motcua.kernel import access_codes, ids
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound

IDLE_LIFE = timedelta(days=30)
SEEN_STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class SessionOpened:
    """`token` goes into the cookie; it is not stored."""

    id: UUID
    token: str = field(repr=False)


def open_session(*, at: datetime) -> SessionOpened:
    """A new session of nobody known."""
    token = access_codes.token()
    session = VisitorSession.objects.create(
        id=ids.new_id(at), token_hash=rules.hash_token(token), created_at=at, seen_at=at
    )
    return SessionOpened(session.id, token)


def resume_session(*, token: str, at: datetime) -> queries.SessionView | None:
    """The session of this cookie, or None when it is unknown, closed, or was idle for thirty days.

    A customer who was merged since is answered by the one they went into; an erased one is nobody.
    """
    session = (
        VisitorSession.objects.filter(token_hash=rules.hash_token(token), closed_at__isnull=True)
        .select_related("customer")
        .first()
    )
    if session is None or at - session.seen_at > IDLE_LIFE:
        return None
    if at - session.seen_at >= SEEN_STEP:
        VisitorSession.objects.filter(id=session.id, seen_at__lt=at).update(seen_at=at)
    customer_id = session.customer_id
    if session.customer and session.customer.status != CustomerStatus.ACTIVE:
        customer_id = (
            queries.survivor_id(session.customer.id)
            if session.customer.status == CustomerStatus.MERGED
            else None
        )
    acting_for = session.acting_for_id if customer_id and session.acting_for_id else None
    return queries.SessionView(session.id, customer_id, session.proven_phone, session.proven_at, acting_for)


def link_session(
    *, session_id: UUID, proof_id: UUID, at: datetime, customer_id: UUID | None = None
) -> SessionOpened:
    """The visitor proved a number: the session knows it, and the customer. It goes on under a new token.

    `customer_id` chooses among several customers with this number on record or linked to it; without it the
    session gets a customer only when there is just one. Raises ProofMissing, NotFound. Locks the session.
    """
    with transaction.atomic():
        session = (
            VisitorSession.objects.select_for_update().filter(id=session_id, closed_at__isnull=True).first()
        )
        if session is None:
            raise NotFound
        proof = ProofCode.objects.filter(id=proof_id, used_at__isnull=False).first()
        if proof is None or proof.used_at is None or at - proof.used_at > rules.PROOF_LIMITS.life:
            raise ProofMissing
        candidates = _customers_of(proof)
        if customer_id is not None and customer_id not in candidates:
            raise ProofMissing(field="customer_id")
        chosen = customer_id or (candidates[0] if len(candidates) == 1 else None)
        token = access_codes.token()
        session.token_hash = rules.hash_token(token)
        session.customer_id = chosen
        session.acting_for_id = None
        session.proven_phone = proof.address
        session.proven_at = session.seen_at = at
        session.save()
    return SessionOpened(session.id, token)


def choose_customer(
    *, session_id: UUID, proof_id: UUID, customer_id: UUID | None, at: datetime
) -> SessionOpened:
    """Which of those with the number this very session has proven the visitor is. Knowing a proof's id is no proof.

    Raises ProofMissing. Locks the session.
    """
    proven = VisitorSession.objects.filter(id=session_id, closed_at__isnull=True).exclude(proven_phone="")
    phone = proven.values_list("proven_phone", flat=True).first()
    if not phone or not ProofCode.objects.filter(id=proof_id, address=phone).exists():
        raise ProofMissing(field="customer_id")
    return link_session(session_id=session_id, proof_id=proof_id, at=at, customer_id=customer_id)


def prove_session(
    *, session_id: UUID, phone: str, customer_id: UUID | None, actor: Actor, at: datetime
) -> SessionOpened:
    """An identity provider proved who the visitor is: the session knows the customer, and the number if that was
    proven too. It goes on under a new token. Audited with the provider. Raises NotFound. Locks the session.
    """
    with transaction.atomic():
        session = (
            VisitorSession.objects.select_for_update().filter(id=session_id, closed_at__isnull=True).first()
        )
        if session is None:
            raise NotFound
        token = access_codes.token()
        session.token_hash = rules.hash_token(token)
        session.customer_id = customer_id
        session.acting_for_id = None
        session.proven_phone = phone
        session.proven_at = session.seen_at = at
        session.save()
        if customer_id is not None:
            company_ops.record_audit(
                actor=actor,
                verb="session.proven",
                subject_type="customer",
                subject_id=str(customer_id),
                at=at,
                facts={},
            )
    return SessionOpened(session.id, token)


def act_for(*, session_id: UUID, customer_id: UUID | None, at: datetime) -> None:
    """From now on the visitor acts for this customer; None: for themselves again. Raises NotFound without an authority
    to do more than look. Locks the session.
    """
    with transaction.atomic():
        session = (
            VisitorSession.objects.select_for_update().filter(id=session_id, closed_at__isnull=True).first()
        )
        if session is None or session.customer_id is None:
            raise NotFound
        if customer_id is not None and not queries.may_act_for(
            agent_id=session.customer_id, customer_id=customer_id, on=local_date(at), scopes=queries.ACTING
        ):
            raise NotFound
        session.acting_for_id = customer_id
        session.seen_at = at
        session.save(update_fields=["acting_for", "seen_at"])


def close_session(*, token: str, at: datetime) -> None:
    """Sign out: the cookie is worth nothing from now on. Closing twice is no harm."""
    VisitorSession.objects.filter(Q(token_hash=rules.hash_token(token)), closed_at__isnull=True).update(
        closed_at=at
    )


def _customers_of(proof: ProofCode) -> list[UUID]:
    on_record = [customer.id for customer in queries.list_by_phone(proof.address)]
    linked = Handle.objects.filter(
        channel=proof.channel, address=proof.address, customer__isnull=False
    ).values_list("customer_id", flat=True)
    return list(dict.fromkeys([*(queries.survivor_id(id) for id in linked if id), *on_record]))
