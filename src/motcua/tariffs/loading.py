"""The data files into the tables: what is new is added, what was ours and changed is brought up to date, and what a
person entered is left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from motcua.kernel.actors import Actor
from motcua.tariffs import energy, reference
from motcua.tariffs.models import (
    DatedRate,
    DatedRow,
    EnergyPrice,
    FeeFactor,
    FeeItem,
    PriceDecision,
    PricesOnTrial,
    ReactiveRate,
    Relief,
    ServiceLimit,
    ThreePriceRule,
    UseHours,
    VoltageLevel,
)

LOADER = Actor.system("reference-data")
Key = tuple[Any, ...]


def load_all(at: datetime) -> Counter[str]:
    """How many rows were "added", "updated" and "kept". Run under the lock of the tables."""
    wanted: tuple[tuple[type[DatedRow], tuple[str, ...], Iterable[Any]], ...] = (
        (DatedRate, ("kind",), reference.rates()),
        (FeeItem, ("code",), reference.fees()),
        (ServiceLimit, ("service", "case"), reference.limits()),
        (PriceDecision, (), energy.decisions()),
        (VoltageLevel, ("code",), energy.voltages()),
        (EnergyPrice, ("customer_group", "voltage", "part", "tier"), energy.prices()),
        (Relief, ("customer_group", "area", "from_kwh"), energy.reliefs()),
        (PricesOnTrial, ("code", "customer_group"), energy.trials()),
        (ThreePriceRule, ("customer_group",), energy.three_prices()),
        (ReactiveRate, ("cosphi",), energy.reactive()),
        (FeeFactor, ("fee", "kind", "above"), energy.factors()),
        (UseHours, ("schedule", "part", "starts"), energy.hours()),
    )
    counts: Counter[str] = Counter()
    for model, key, rows in wanted:
        counts += _load(model, key, [_values(row) for row in rows], at)
    return counts


def _load(
    model: type[DatedRow], key: Sequence[str], wanted: Sequence[Mapping[str, Any]], at: datetime
) -> Counter[str]:
    """One table: one read, one insert for all that is new, and an update for each row that changed."""
    there: dict[Key, list[Any]] = defaultdict(list)
    for row in model._default_manager.all():
        there[tuple(getattr(row, name) for name in key)].append(row)
    marks = {"changed_by": LOADER.ref, "changed_at": at}
    counts: Counter[str] = Counter()
    new: list[DatedRow] = []
    for values in wanted:
        rows = there[tuple(values[name] for name in key)]
        same = next((row for row in rows if row.valid_from == values["valid_from"]), None)
        if same is None and any(_overlaps(row, values["valid_from"], values["valid_to"]) for row in rows):
            counts["kept"] += 1
        elif same is None:
            new.append(model(**values, **marks, is_reference=True))
            counts["added"] += 1
        elif not same.is_reference or all(getattr(same, name) == value for name, value in values.items()):
            counts["kept"] += 1
        else:
            model._default_manager.filter(pk=same.pk).update(**values, **marks)
            counts["updated"] += 1
    model._default_manager.bulk_create(new)
    return counts


def _overlaps(row: DatedRow, valid_from: date, valid_to: date | None) -> bool:
    begins_before = valid_to is None or row.valid_from < valid_to
    return begins_before and (row.valid_to is None or row.valid_to > valid_from)


def _values(row: Any) -> dict[str, Any]:
    assert is_dataclass(row)
    assert not isinstance(row, type)
    values = asdict(row)
    return {**values, "source": values["source"][:400]}
