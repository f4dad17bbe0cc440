"""One line of who saw or did what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from motcua.companies.models import AuditEntry
from motcua.kernel.actors import Actor


def record_audit(
    *,
    actor: Actor,
    verb: str,
    subject_type: str,
    subject_id: str,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    """One line of who saw or did what. `facts` holds ids and codes, nothing personal."""
    AuditEntry.objects.create(
        at=at,
        actor=actor.ref,
        verb=verb,
        subject_type=subject_type,
        subject_id=subject_id,
        facts=dict(facts or {}),
    )


def record_audit_many(
    *, actor: Actor, verb: str, subject_type: str, at: datetime, facts: Mapping[str, Mapping[str, object]]
) -> None:
    """As `record_audit`, for many subjects at once: the facts of each by its id."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=at, actor=actor.ref, verb=verb, subject_type=subject_type, subject_id=id, facts=dict(told)
        )
        for id, told in facts.items()
    )
