"""Payments that banks make at the same moment, booked in one transaction: a commit for each costs more than the booking.

Each is decided and answered as if it had come alone. Whatever is not plain (a request that was answered, a charge that somebody holds,
a refusal, a failure) is left, and then comes alone: here nothing waits for a lock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection, transaction

from motcua.companies import context
from motcua.config import rows
from motcua.config.gathering import Gathering
from motcua.kernel.results import Refused
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import partner_queries
from motcua.payments.operations import answers
from motcua.payments.operations.answers import Answer, Request
from motcua.payments.operations.at_once import Paying, book_at_once
from motcua.payments.operations.collecting import (
    Order,
    Taken,
    notice_of,
    pay_bill,
    require_may_pay,
    taken_of,
)
from motcua.payments.partner_queries import Standing, Wanted

log = structlog.get_logger(__name__)
MOST = 32


@dataclass(frozen=True)
class PayCall:
    """A bank's call to `pay_bill`: its request, and how what became of it is told. `told` asks nothing of the database."""

    request: Request
    order: Order
    paid_at: datetime
    at: datetime
    told: Callable[[Taken], tuple[int, Mapping[str, object]]]


def pay_once(call: PayCall) -> Answer:
    """`pay_bill`, answered once: together with the payments that other threads are asked for meanwhile, or alone.

    Refuses what `pay_bill` refuses, and RequestReused.
    """
    if connection.in_atomic_block:  # what is the caller's to commit is nobody else's
        return _pay_alone(call)
    answer = _gatherings[context.current_company_code()].ask(call)
    return answer or _pay_alone(call)


def _pay_alone(call: PayCall) -> Answer:
    return answers.answer_once(
        request=call.request,
        act=lambda: call.told(pay_bill(order=call.order, paid_at=call.paid_at, at=call.at)),
    )


def _pay_together(calls: Sequence[PayCall]) -> list[Answer | None]:
    """The answers, in the order of the calls; None for those that are left, of which nothing is written."""
    try:
        with transaction.atomic():
            done = dict(_booked(_payable(calls)))
            return [done.get(place) for place in range(len(calls))]
    except Exception as error:
        log.error("payments.together-failed", payments=len(calls), error=type(error).__name__)
        return [None] * len(calls)


_gatherings: dict[str, Gathering[PayCall, Answer]] = defaultdict(
    lambda: Gathering(_pay_together, most=MOST)
)  # of each company


def _payable(calls: Sequence[PayCall]) -> Iterator[tuple[int, PayCall, ChargeView]]:
    """The calls that can be booked here, with their places and charges: these are locked, and so are the request ids."""
    wanted = [Wanted(call.order.bank, call.order.txn_id, call.order.charge_id, call.at) for call in calls]
    *claims, held, standings = rows.ask(
        *answers.claiming([call.request for call in calls]),
        ledger_ops.locking([call.order.charge_id for call in calls], waits=False),
        partner_queries.standings_asked(wanted),
    )
    charges = {charge.id: charge for charge in map(ledger_queries.view_of_row, held)}
    decided = zip(
        calls, answers.claimed(*claims), partner_queries.standings_told(wanted, standings), strict=True
    )
    requests: set[str] = set()
    for place, (call, is_claimed, standing) in enumerate(decided):
        charge = charges.get(call.order.charge_id)
        if is_claimed and charge and call.request.lock not in requests and _is_plain(call, charge, standing):
            del charges[charge.id]  # of two for one charge the second comes alone
            requests.add(call.request.lock)
            yield place, call, charge


def _is_plain(call: PayCall, charge: ChargeView, standing: Standing) -> bool:
    try:
        require_may_pay(call.order, charge, standing, at=call.at)
    except Refused:
        return False
    return not standing.was_told


def _booked(payable: Iterator[tuple[int, PayCall, ChargeView]]) -> Iterator[tuple[int, Answer]]:
    """The places of those that are booked, and their answers, which are kept."""
    chosen = list(payable)
    if not chosen:
        return
    booked = book_at_once(
        [
            Paying(notice_of(call.order, charge, paid_at=call.paid_at, at=call.at), charge)
            for _place, call, charge in chosen
        ]
    )
    done = [(*one, made) for one, made in zip(chosen, booked, strict=True) if made]
    told = [
        (call.request, *call.told(taken_of(call.order, charge, made, at=call.at)))
        for _, call, charge, made in done
    ]
    for (place, *_), answer in zip(done, answers.keep(told), strict=True):
        yield place, answer
