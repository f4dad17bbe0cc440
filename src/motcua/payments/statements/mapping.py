"""Which column of a bank's sheet says what: data, one mapping a bank; `mappings.json` holds what comes with Motcua."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from motcua.kernel import vietnamese

COLUMNS = (
    "booked_on", "value_on", "credit", "debit", "amount", "sign", "reference", "text", "payer_name",
    "payer_account", "balance",
)  # fmt: skip
LABELS = ("account", "opening", "closing", "id", "sequence")
# What a wallet or gateway says of the payments that it hands over, in a sheet of its own.
SETTLED_COLUMNS = (
    "booked_on", "reference", "own_ref", "amount", "fee", "net", "sign", "status",
)  # fmt: skip
SETTLED_LABELS = ("id", "total", "fee_total", "net_total")
STATEMENT, SETTLEMENT = "STATEMENT", "SETTLEMENT"


class MappingInvalid(ValueError):
    """The mapping cannot read a statement; says why."""


@dataclass(frozen=True)
class SheetMapping:
    """The names a bank gives to its columns and labels, as `vietnamese.search_key` folds them."""

    code: str
    bank: str
    columns: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]
    credit_words: frozenset[str]
    debit_words: frozenset[str]
    fee_words: tuple[str, ...]
    kind: str = STATEMENT
    done_words: frozenset[str] = frozenset()

    def column_of(self, header: str) -> str:
        """Which column a header names; empty when none."""
        key = vietnamese.search_key(header)
        return next((name for name, names in self.columns.items() if key and key in names), "")

    def label_of(self, text: str) -> str:
        key = vietnamese.search_key(text)
        return next((name for name, names in self.labels.items() if key and key in names), "")

    def known(self, cells: Sequence[str]) -> int:
        return sum(bool(self.column_of(cell)) for cell in cells)


def mapping_of(data: Mapping[str, Any]) -> SheetMapping:
    """A mapping from its data. Raises MappingInvalid when it names no day, or no amount; of a settlement no reference."""
    kind = str(data.get("kind", STATEMENT))
    if kind not in {STATEMENT, SETTLEMENT}:
        raise MappingInvalid(f"kind: {kind[:20]}")
    of_bank = kind == STATEMENT
    columns = _folded(data, "columns", COLUMNS if of_bank else SETTLED_COLUMNS)
    labels = _folded(data, "labels", LABELS if of_bank else SETTLED_LABELS)
    if "booked_on" not in columns:
        raise MappingInvalid("booked_on is missing")
    if not of_bank and (missing := {"amount", "reference"} - columns.keys()):
        raise MappingInvalid(f"{', '.join(sorted(missing))}: missing")
    if not of_bank and not data.get("bank"):
        raise MappingInvalid("bank is missing")  # the code of the wallet or gateway
    if not ({"amount"} <= columns.keys() or {"credit", "debit"} & columns.keys()):
        raise MappingInvalid("amount, or credit and debit, is missing")
    return SheetMapping(
        code=str(data.get("code", "")),
        bank=str(data.get("bank", "")),
        columns=columns,
        labels=labels,
        credit_words=frozenset(map(vietnamese.search_key, data.get("credit_words", []))),
        debit_words=frozenset(map(vietnamese.search_key, data.get("debit_words", []))),
        fee_words=tuple(map(vietnamese.search_key, data.get("fee_words", []))),
        kind=kind,
        done_words=frozenset(map(vietnamese.search_key, data.get("done_words", []))),
    )


def _folded(data: Mapping[str, Any], part: str, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
    told = data.get(part, {})
    if not isinstance(told, dict) or (strange := sorted(set(told) - set(known))):
        raise MappingInvalid(f"{part}: unknown {', '.join(strange) if isinstance(told, dict) else part}")
    return {
        name: tuple(vietnamese.search_key(str(one)) for one in told[name]) for name in known if told.get(name)
    }


@cache
def shipped() -> tuple[SheetMapping, ...]:
    """The mappings that come with Motcua."""
    return tuple(
        mapping_of(one)
        for name in ("mappings.json", "settlements.json")
        for one in json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    )
