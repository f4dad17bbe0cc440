"""A bank in our books: the account of the money it told us of, and its name as an actor."""

from __future__ import annotations

from motcua.kernel.actors import Actor
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger.chart import AccountKind

CLEARING_STRIPES = 8


def open_clearing(bank: str, name: str) -> None:
    """The account of money this bank told us of."""
    ledger_ops.open_account(
        code=clearing_account(bank), kind=AccountKind.ASSET, name=name, stripes=CLEARING_STRIPES
    )


def clearing_account(bank: str) -> str:
    return chart.clearing(bank)


def actor_of(bank: str) -> Actor:
    return Actor.partner(bank)
