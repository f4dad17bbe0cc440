"""The message with the code that proves an address: the code and its message are kept together or not at all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from motcua.companies import queries as company_queries
from motcua.customers import operations as customer_ops
from motcua.customers.operations import ProofStarted
from motcua.customers.rules import PROOF_LIMITS
from motcua.kernel.actors import Actor
from motcua.messaging.notices import notify

MINUTES = int(PROOF_LIMITS.life.total_seconds() // 60)


def send_proof_code(
    *, phone: str, purpose: str, actor: Actor, at: datetime, form_key: str = "", language: str | None = None
) -> ProofStarted:
    """A new code on its way to the number by SMS; who just asked for one gets that proof again and no second message.

    Raises what `customers.operations.start_proof` refuses. One transaction: a code without its message would make the
    customer wait for nothing and be refused another one.
    """
    with transaction.atomic():
        started = customer_ops.start_proof(
            phone=phone, purpose=purpose, actor=actor, at=at, form_key=form_key
        )
        if started.is_new:
            notify(
                key=f"proof:{started.id}", at=at, phone=started.address, template="proof.code", important=True, language=language,
                params={"code": started.code_to_send, "minutes": MINUTES, "brand": company_queries.get_company().brand},
                expires_at=started.expires_at,
            )  # fmt: skip
    return started
