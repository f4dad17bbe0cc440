"""Reads of the rules money goes by: those in force and to come, and changes that wait for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from motcua.payments.models import ProposalState, RefundLimit, RuleProposal, SheetFormat


@dataclass(frozen=True)
class ProposalView:
    id: int
    kind: str
    data: Mapping[str, Any]
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    note: str


@dataclass(frozen=True)
class SheetFormatView:
    code: str
    bank: str
    mapping: Mapping[str, Any]
    changed_at: datetime


def list_proposals(*, waiting: bool, limit: int = 20) -> list[ProposalView]:
    """Changes that wait, or those decided; the newest first."""
    rows = RuleProposal.objects.order_by("-proposed_at", "-id")
    wanted = (
        rows.filter(state=ProposalState.PROPOSED) if waiting else rows.exclude(state=ProposalState.PROPOSED)
    )
    return [
        ProposalView(
            row.id, row.kind, row.data, row.state, row.proposed_by, row.proposed_at, row.decided_by, row.note
        )
        for row in wanted[:limit]
    ]


def list_refund_limits() -> list[tuple[str, int, date, str]]:
    """Role, most, since when, who set it; the newest of a role first."""
    rows = RefundLimit.objects.order_by("role", "-valid_from")
    return list(rows.values_list("role", "most_vnd", "valid_from", "changed_by"))


def list_sheet_formats() -> list[SheetFormatView]:
    """The company's own ways of reading sheets, by code."""
    rows = SheetFormat.objects.order_by("code")
    return [SheetFormatView(row.code, row.bank, row.mapping, row.changed_at) for row in rows]
