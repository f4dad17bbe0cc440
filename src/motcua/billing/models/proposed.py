"""What one person proposes and another decides: its columns, and what the database holds of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Proposed(models.Model):
    """Who proposed, who decided, and why not where it was refused."""

    proposed_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


def decided_by_another(name: str, of: str, *, waiting: str, agreed: Q) -> list[models.BaseConstraint]:
    """One waiting row of each `of`, an instant once it is decided, and four eyes where `agreed` holds; named from `name`."""
    is_waiting = Q(state=waiting)
    return [
        models.UniqueConstraint(fields=[of], condition=is_waiting, name=f"{name}_one_at_a_time"),
        models.CheckConstraint(
            condition=Q(state=waiting, decided_at__isnull=True) | (~is_waiting & Q(decided_at__isnull=False)),
            name=f"{name}_decided",
        ),
        models.CheckConstraint(condition=~agreed | ~Q(decided_by=F("proposed_by")), name=f"{name}_four_eyes"),
    ]
