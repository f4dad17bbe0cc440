"""What it costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from motcua.kernel.expressions import ALWAYS, Condition
from motcua.services.declaration.texts import Text


class FeeRule(StrEnum):
    NONE = "NONE"
    FIXED = "FIXED"
    ITEMS = "ITEMS"


@dataclass(frozen=True)
class Factor:
    """What multiplies the price of a fee item when its condition holds."""

    times: Decimal
    when: Condition = ALWAYS


@dataclass(frozen=True)
class FeeItem:
    """A line of a fee. Its amount stands here, or is the dated price named by `tariff` times the factors that hold, or
    comes from the step input named in `Fee.amount_from`."""

    code: str
    label: Text
    amount_vnd: int | None = None
    when: Condition = ALWAYS
    tariff: str = ""
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True)
class Fee:
    """What the customer pays before `pay_before` begins; `kind` is the kind of charge: CM, TC, DD or NG."""

    kind: str
    rule: FeeRule
    text: Text
    items: tuple[FeeItem, ...] = ()
    vat_kind: str = "SERVICE"
    amount_from: str = ""
    pay_before: str = ""
