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
