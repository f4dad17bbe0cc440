"""`motcua statement check FILE...`: what bank statements say, and whether they may be trusted. Needs no database.

Files are held to each other in the order given: the same file again, a gap in the numbers, an opening that is not the
closing before it. See docs/reference/statements.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from motcua.ops.trouble import Exit, Trouble
from motcua.payments.statements import checking, mapping, model, reading
from motcua.payments.statements.checking import Before
from motcua.payments.statements.mapping import SheetMapping
from motcua.payments.statements.model import CURRENCY, Fault, Kind, Statement

_MOST_REASONS = 20


@dataclass
class Seen:
    """What the files before have said."""

    files: dict[str, str] = field(default_factory=dict)  # fingerprint to name
    statements: dict[tuple[str, str], str] = field(default_factory=dict)  # account and id to content
    last: dict[str, Before] = field(default_factory=dict)  # account to its last statement


def run(told: argparse.Namespace) -> int:
    """Exit code 1 when a file is quarantined, 2 when one cannot be opened."""
    mappings = [_mapping(told.mapping)] if told.mapping else []
    seen = Seen()
    is_fine = True
    for name in told.files:
        said = check(content_of(name), name, seen, mappings)
        is_fine &= not said["quarantined"]
        print(json.dumps(said, ensure_ascii=False) if told.json else _in_words(said), flush=True)
    return int(Exit.OK if is_fine else Exit.FAILED)


def check(content: bytes, name: str, seen: Seen, mappings: list[SheetMapping]) -> dict[str, Any]:
    """What one file says, as plain data."""
    found = reading.read(content, name, mappings)
    reasons = list(found.faults)
    is_again = found.sha256 in seen.files
    if is_again:
        reasons.append(Fault("FILE_SEEN", "", seen.files[found.sha256]))
    seen.files.setdefault(found.sha256, name)
    statements = [_statement(one, seen, is_again=is_again) for one in found.statements]
    return {
        "file": name,
        "sha256": found.sha256,
        "quarantined": bool(reasons) or any(one["quarantined"] for one in statements),
        "reasons": _said(reasons),
        "statements": statements,
    }


def _statement(statement: Statement, seen: Seen, *, is_again: bool) -> dict[str, Any]:
    reasons = checking.judge(statement)
    if not is_again:
        reasons += _beside_others(statement, seen)
    came, went = model.totals(statement)

    def amount(value: Decimal | None) -> int | str | None:
        if value is None:
            return None
        return int(value) if statement.currency == CURRENCY else format(value, "f")

    return {
        "format": statement.format,
        "kind": statement.kind.value,
        "id": statement.id,
        "sequence": statement.sequence,
        "account": statement.account,
        "currency": statement.currency,
        "from": statement.from_date.isoformat() if statement.from_date else None,
        "to": statement.to_date.isoformat() if statement.to_date else None,
        "entries": statement.entries - statement.not_booked,
        "lines": len(statement.lines),
        "not_booked": statement.not_booked,
        "opening": amount(statement.opening),
        "credits": amount(came),
        "debits": amount(went),
        "closing": amount(statement.closing),
        "balanced": statement.is_balanced,
        "quarantined": bool(reasons),
        "reasons": _said(reasons),
    }


def _beside_others(statement: Statement, seen: Seen) -> list[Fault]:
    content = statement.content_sha256
    key = (statement.account, statement.id)
    known = seen.statements.get(key) if statement.id else None
    if known is not None:
        return [Fault("STATEMENT_SEEN" if known == content else "STATEMENT_DIFFERS", "", statement.id)]
    seen.statements[key] = content
    reasons = checking.follow(seen.last.get(statement.account), statement)
    if statement.kind is Kind.STATEMENT:
        seen.last[statement.account] = checking.as_before(statement)
    return reasons


def _said(reasons: list[Fault]) -> list[dict[str, str]]:
    return [
        {"code": code, **({"place": place} if place else {}), **({"about": about} if about else {})}
        for code, place, about in reasons[:_MOST_REASONS]
    ]


def _in_words(said: dict[str, Any]) -> str:
    """For people: a block a statement."""
    lines = [f"{said['file']}: {'QUARANTINED' if said['quarantined'] else 'ok'}"]
    lines += [f"  {_reason(reason)}" for reason in said["reasons"]]
    for one in said["statements"]:
        balanced = {True: "balanced", False: "NOT BALANCED", None: "balance not told"}[one["balanced"]]
        span = " to ".join(dict.fromkeys(day for day in (one["from"], one["to"]) if day))
        lines.append(
            f"  {one['format']} {one['id']} account {one['account'] or '-'} {one['currency']} {span}".rstrip()
        )
        lines.append(
            f"    entries {one['entries']} (lines {one['lines']}), opening {_shown(one['opening'])},"
            f" in {_shown(one['credits'])}, out {_shown(one['debits'])}, closing {_shown(one['closing'])}: {balanced}"
        )
        lines += [f"    {_reason(reason)}" for reason in one["reasons"]]
    return "\n".join(lines)


def _reason(reason: dict[str, str]) -> str:
    words = [reason["code"], reason.get("place", ""), reason.get("about", "")]
    return " ".join(["quarantined:", *filter(None, words)])


def _shown(amount: int | str | None) -> str:
    return "-" if amount is None else f"{amount:,}" if isinstance(amount, int) else amount


def content_of(name: str) -> bytes:
    """The bytes of a file, or of the input for `-`. Raises Trouble when it cannot be opened."""
    if name == "-":
        return sys.stdin.buffer.read(reading.MOST_BYTES + 1)
    path = Path(name)
    try:
        with path.open("rb") as file:
            return file.read(reading.MOST_BYTES + 1)
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror or error}.", Exit.USAGE) from None


def _mapping(name: str) -> SheetMapping:
    try:
        return mapping.mapping_of(json.loads(content_of(name)))
    except (ValueError, AttributeError) as error:
        raise Trouble(f"{name} is no mapping of a sheet: {error}.", Exit.USAGE) from None
