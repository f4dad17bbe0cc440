"""Walking the steps of a service: pure decisions from declaration and facts, for whoever keeps the state.

Facts are the customer's answers and the inputs of the steps done so far, by name; later ones win.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from motcua.services.declaration import SYSTEM, Action, Extension, Fee, FeeItem, Paper, Service, Step, Text

Facts = Mapping[str, object]


def next_step(service: Service, step: Step, action: Action, facts: Facts) -> Step:
    """Where the action leads: the first transition that holds, or the same step when there is none."""
    for transition in action.to:
        if transition.when.holds(facts):
            return service.step(transition.step)
    return step


def list_actions(step: Step, facts: Facts, roles: Collection[str] | None = None) -> tuple[Action, ...]:
    """The actions on offer at a step; with `roles`, those that one of them may do."""
    return tuple(
        action
        for action in step.actions
        if action.when.holds(facts) and (roles is None or step.role_of(action) in roles)
    )


def list_extensions(
    service: Service, action: Action | None, facts: Facts, already: Collection[str] = ()
) -> tuple[Extension, ...]:
    """The longer promises that begin to hold: named by the action, or whose condition the facts now meet."""
    return tuple(
        extension
        for extension in service.promise.extended
        if extension.code not in already
        and (
            (action is not None and action.extends_promise == extension.code)
            or (extension.when.fields() and extension.when.holds(facts))
        )
    )


def list_papers(service: Service, facts: Facts) -> tuple[Paper, ...]:
    """The papers that these answers call for."""
    return tuple(paper for paper in service.papers if paper.when.holds(facts))


@dataclass(frozen=True)
class FeeLine:
    code: str
    label: Text
    amount_vnd: int


def list_tariffs(service: Service) -> tuple[str, ...]:
    """The dated prices that the service's fee names."""
    return (
        tuple(dict.fromkeys(item.tariff for item in service.fee.items if item.tariff)) if service.fee else ()
    )


def list_fee_lines(
    service: Service, facts: Facts, prices: Mapping[str, int] | None = None
) -> tuple[FeeLine, ...]:
    """What the customer owes before VAT, line by line; nothing when nothing is owed.

    `prices` are those of the day, by the codes of `list_tariffs`; KeyError when one is missing.
    """
    fee = service.fee
    if fee is None:
        return ()
    lines = []
    for item in fee.items:
        if not item.when.holds(facts):
            continue
        amount = _amount(fee, item, facts, prices or {})
        if amount > 0:
            lines.append(FeeLine(item.code, item.label, amount))
    return tuple(lines)


def _amount(fee: Fee, item: FeeItem, facts: Facts, prices: Mapping[str, int]) -> int:
    if item.amount_vnd is not None:
        return item.amount_vnd
    if not item.tariff:
        return _whole(facts.get(fee.amount_from))
    amount = Decimal(prices[item.tariff])
    for factor in item.factors:
        if factor.when.holds(facts):
            amount *= factor.times
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def fee_vnd(service: Service, facts: Facts, prices: Mapping[str, int] | None = None) -> int:
    """What the customer owes before VAT."""
    return sum(line.amount_vnd for line in list_fee_lines(service, facts, prices))


def list_successors(step: Step) -> tuple[str, ...]:
    """The codes of all steps that some action can lead to, in the order declared, each once."""
    return tuple(dict.fromkeys(t.step for action in step.actions for t in action.to))


def find_reachable(service: Service, start: str, without: Collection[str] = ()) -> frozenset[str]:
    """Every step that can follow from `start`, itself included, not passing through those of `without`."""
    known = {step.code for step in service.steps}
    found: set[str] = set()
    ahead = [start]
    while ahead:
        code = ahead.pop()
        if code in found or code in without or code not in known:
            continue
        found.add(code)
        ahead.extend(list_successors(service.step(code)))
    return frozenset(found)


def walk_system_steps(service: Service, step: Step, facts: Facts) -> Iterator[tuple[Step, Action, Step]]:
    """What the system does by itself from here on: (step, action, next step), until somebody else is due."""
    for _ in service.steps:
        if step.role != SYSTEM or step.waits_for or step.final:
            return
        action = step.actions[0]
        after = next_step(service, step, action, facts)
        yield step, action, after
        if after is step:
            return
        step = after


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
