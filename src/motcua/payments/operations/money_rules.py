"""The rules money goes by (settlement of a channel, refund limits, how a sheet is read) change with four eyes.

What is proposed is checked at once and written down; it takes effect when somebody else agrees. Locks: the proposal's row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from motcua.companies import operations as company_ops
from motcua.companies.roles import Role
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments.models import OwnAccount, ProposalState, RuleKind, RuleProposal, SettlementMode
from motcua.payments.operations import refunds, statements
from motcua.payments.operations.statement_refusals import ReasonMissing, SheetMappingWrong
from motcua.payments.statements import mapping

LONGEST_LAG, MOST_VND = 30, 10**12
BACK_DAYS = 45  # as far back as a comparison looks
CODE = re.compile(r"^[A-Z0-9_]{2,16}$", re.ASCII)
CHANNEL = re.compile(r"^[A-Z0-9]{2,16}$", re.ASCII)


class RuleInvalid(Refused):
    """`field` says which part of the rule is wrong."""

    code = "MONEY_RULE_INVALID"
    message = gettext_noop("Quy tắc chưa đúng: hãy xem lại ô được đánh dấu.")


class RuleDecided(Refused):
    code = "MONEY_RULE_DECIDED"
    message = gettext_noop("Đề nghị này đã được xử lý.")


class RuleOwnProposal(Refused):
    code = "MONEY_RULE_OWN"
    message = gettext_noop("Người đề nghị không được tự duyệt. Hãy để người khác duyệt.")


@transaction.atomic
def propose_rule(*, kind: str, data: Mapping[str, Any], actor: Actor, at: datetime) -> int:
    """Write a change down for a second person; gives its number. Refuses RuleInvalid (with the field), SheetMappingWrong,
    NotFound (no such account of ours).
    """
    today = local_time.local_date(at)
    checked = {
        RuleKind.SETTLEMENT: _settlement,
        RuleKind.REFUND_LIMIT: _refund_limit,
        RuleKind.SHEET: _sheet,
    }[RuleKind(kind)](data, today)
    row = RuleProposal.objects.create(kind=kind, data=checked, proposed_by=actor.ref, proposed_at=at)
    _audit(actor, "money-rule.proposed", row, at)
    return row.id


@transaction.atomic
def agree_rule(*, proposal_id: int, actor: Actor, at: datetime, note: str = "") -> None:
    """A second person agrees: the rule is set. Refuses NotFound, RuleDecided, RuleOwnProposal, and what setting it refuses."""
    row = _lock(proposal_id, actor)
    _set(row, actor=actor, at=at)
    _decide(row, ProposalState.AGREED, note, actor=actor, at=at)


@transaction.atomic
def refuse_rule(*, proposal_id: int, note: str, actor: Actor, at: datetime) -> None:
    """A second person does not agree, and says why. Refuses NotFound, RuleDecided, RuleOwnProposal, ReasonMissing."""
    row = _lock(proposal_id, actor)
    if len(note.strip()) < 3:
        raise ReasonMissing(field="note")
    _decide(row, ProposalState.REFUSED, note, actor=actor, at=at)


def _set(row: RuleProposal, *, actor: Actor, at: datetime) -> None:
    told = row.data
    if row.kind == RuleKind.SETTLEMENT:
        statements.set_settlement(
            **{**told, "valid_from": date.fromisoformat(told["valid_from"])}, actor=actor, at=at
        )
    elif row.kind == RuleKind.REFUND_LIMIT:
        refunds.set_refund_limit(
            role=told["role"], most_vnd=told["most_vnd"], valid_from=date.fromisoformat(told["valid_from"]),
            actor=actor, at=at,
        )  # fmt: skip
    else:
        statements.set_sheet_format(
            code=told["code"], bank=told["bank"], data=told["mapping"], actor=actor, at=at
        )


def _settlement(data: Mapping[str, Any], today: date) -> dict[str, Any]:
    channel, account = str(data.get("channel", "")).strip().upper(), str(data.get("account", ""))
    mode, pattern = str(data.get("mode", "")), str(data.get("text_pattern", "")).strip()[:80]
    if not CHANNEL.match(channel):
        raise RuleInvalid(field="channel")
    if not OwnAccount.objects.filter(number=account, is_active=True).exists():
        raise NotFound(field="account")
    if mode not in SettlementMode.values:
        raise RuleInvalid(field="mode")
    if mode == SettlementMode.LUMP and not pattern:
        raise RuleInvalid(field="text_pattern")
    return {
        "channel": channel, "account": account, "mode": mode, "text_pattern": pattern,
        "lag_days": _whole(data, "lag_days", LONGEST_LAG), "most_fee_vnd": _whole(data, "most_fee_vnd", MOST_VND),
        "valid_from": _day(data, today - timedelta(days=BACK_DAYS)).isoformat(),
    }  # fmt: skip


def _refund_limit(data: Mapping[str, Any], today: date) -> dict[str, Any]:
    role = str(data.get("role", ""))
    if role not in {one.value for one in Role}:
        raise RuleInvalid(field="role")
    return {
        "role": role, "most_vnd": _whole(data, "most_vnd", MOST_VND), "valid_from": _day(data, today).isoformat(),
    }  # fmt: skip


def _sheet(data: Mapping[str, Any], _today: date) -> dict[str, Any]:
    code, bank = str(data.get("code", "")).strip().upper(), str(data.get("bank", "")).strip().upper()
    if not CODE.match(code):
        raise RuleInvalid(field="code")
    if not CHANNEL.match(bank):
        raise RuleInvalid(field="bank")
    made = {**data.get("mapping", {}), "code": code, "bank": bank}
    try:
        mapping.mapping_of(made)
    except mapping.MappingInvalid as error:
        raise SheetMappingWrong(field="mapping", why=str(error)) from None
    return {"code": code, "bank": bank, "mapping": made}


def _whole(data: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number from 0 to `most`; points, commas and spaces between thousands are read over."""
    text = re.sub(r"[., \u00a0]", "", str(data.get(name, "")))
    if not (text.isascii() and text.isdigit()) or not 0 <= int(text) <= most:
        raise RuleInvalid(field=name)
    return int(text)


def _day(data: Mapping[str, Any], earliest: date) -> date:
    try:
        day = date.fromisoformat(str(data.get("valid_from", "")))
    except ValueError:
        raise RuleInvalid(field="valid_from") from None
    if day < earliest:
        raise RuleInvalid(field="valid_from")
    return day


def _lock(proposal_id: int, actor: Actor) -> RuleProposal:
    row = RuleProposal.objects.select_for_update().filter(id=proposal_id).first()
    if row is None:
        raise NotFound(field="proposal_id")
    if row.state != ProposalState.PROPOSED:
        raise RuleDecided(field="proposal_id")
    if row.proposed_by == actor.ref:
        raise RuleOwnProposal(field="proposal_id")
    return row


def _decide(row: RuleProposal, state: ProposalState, note: str, *, actor: Actor, at: datetime) -> None:
    row.state, row.note = state, note.strip()[:200]
    row.decided_by, row.decided_at = actor.ref, at
    row.save(update_fields=["state", "note", "decided_by", "decided_at"])
    _audit(actor, f"money-rule.{state.lower()}", row, at)


def _audit(actor: Actor, verb: str, row: RuleProposal, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor,
        verb=verb,
        subject_type="money_rule",
        subject_id=str(row.id),
        at=at,
        facts={"kind": row.kind},
    )
