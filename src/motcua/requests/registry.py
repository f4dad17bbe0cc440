"""Where upper rooms say what a declared effect does, how a requirement is looked up, and who hears of a closing.

Handlers run inside the transaction of the act, with the request locked; a Refused they raise undoes the whole act and
reaches the person beside the field it names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motcua.kernel.actors import Actor
from motcua.requests.queries import RequestView
from motcua.requests.rules import Fact


@dataclass(frozen=True)
class EffectContext:
    """What an effect may know. `key` is unique to this act and effect: use it for whatever must happen once."""

    request: RequestView
    action: str
    inputs: Mapping[str, Any]
    actor: Actor
    at: datetime
    key: str
    journal: Callable[[str, Mapping[str, Any]], None]  # append an entry the rules know, in the same act
    answer: Callable[[Mapping[str, Any]], None]  # correct answers of the request, in the same act


Effect = Callable[[EffectContext], None]
Requirement = Callable[[RequestView, datetime], bool]
Listener = Callable[[RequestView, Actor, datetime], None]
VisitTime = Callable[[RequestView, datetime, datetime], bool]
UnderWay = Callable[[RequestView], bool]
NoticeFacts = Callable[[RequestView], Mapping[str, object]]


@dataclass(frozen=True)
class Written:
    """One of many acts that were written together: the request after it, and the new entries of its journal."""

    request: RequestView
    facts: Sequence[tuple[int, Fact]]
    actor: Actor
    at: datetime


ManyListener = Callable[[Sequence[Written]], None]
# The request as it stands after the act, and each new entry of its journal with its place there.
JournalListener = Callable[[RequestView, Sequence[tuple[int, Fact]], datetime], None]

_effects: dict[str, Effect] = {}
_requirements: dict[str, Requirement] = {}
_closed: list[Listener] = []
_erased: list[Listener] = []
_journaled: list[JournalListener] = []
_notice_facts: list[NoticeFacts] = []
_visit_times: list[VisitTime] = []
_under_way: list[UnderWay] = []
_together: dict[Listener | JournalListener, ManyListener] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Declare what the effect of this name does. ValueError when another function has the name."""

    def declare(handler: Effect) -> Effect:
        known = _effects.get(name)
        if known is not None and known.__qualname__ != handler.__qualname__:
            raise ValueError(f"two functions do the effect {name!r}")
        _effects[name] = handler
        return handler

    return declare


def requirement(name: str) -> Callable[[Requirement], Requirement]:
    """Declare how to see whether a requirement of an action is met."""

    def declare(handler: Requirement) -> Requirement:
        _requirements[name] = handler
        return handler

    return declare


def on_closed(handler: Listener) -> Listener:
    """Call `handler(request, actor, at)` when a request is rejected, cancelled or settled."""
    if handler not in _closed:
        _closed.append(handler)
    return handler


def on_erased(handler: Listener) -> Listener:
    """Call `handler(request, actor, at)` when a request's personal values are erased, to erase copies of them."""
    if handler not in _erased:
        _erased.append(handler)
    return handler


def on_journaled(handler: JournalListener) -> JournalListener:
    """Call `handler(request, [(seq, fact), ...], at)` at the end of every act, in its transaction: for outboxes."""
    if handler not in _journaled:
        _journaled.append(handler)
    return handler


def together(single: Listener | JournalListener) -> Callable[[ManyListener], ManyListener]:
    """Declare the set-based twin of a listener of closings or journals: called once for many acts instead of for each."""

    def declare(handler: ManyListener) -> ManyListener:
        _together[single] = handler
        return handler

    return declare


def notice_facts(handler: NoticeFacts) -> NoticeFacts:
    """Let a room fill placeholders of notices it knows (the visit's day, say)."""
    if handler not in _notice_facts:
        _notice_facts.append(handler)
    return handler


def visit_time(handler: VisitTime) -> VisitTime:
    """Let a room say, by `handler(request, start, end)`, whether a crew may come for a request between two instants."""
    if handler not in _visit_times:
        _visit_times.append(handler)
    return handler


def may_come(request: RequestView, start: datetime, end: datetime) -> bool:
    """Whether no room is against a visit between these instants."""
    return all(handler(request, start, end) for handler in _visit_times)


def under_way(handler: UnderWay) -> UnderWay:
    """Let a room say, by `handler(request)`, whether somebody has set out for a request already."""
    if handler not in _under_way:
        _under_way.append(handler)
    return handler


def is_under_way(request: RequestView) -> bool:
    """Whether somebody has set out for the request: calling it off would meet them at the door."""
    return any(handler(request) for handler in _under_way)


def known_effects() -> frozenset[str]:
    return frozenset(_effects)


def known_requirements() -> frozenset[str]:
    return frozenset(_requirements)


def run_effect(name: str, context: EffectContext) -> None:
    _effects[name](context)


def is_met(name: str, request: RequestView, at: datetime) -> bool:
    return _requirements[name](request, at)


def tell_closed(request: RequestView, actor: Actor, at: datetime) -> None:
    for handler in _closed:
        handler(request, actor, at)


def tell_erased(request: RequestView, actor: Actor, at: datetime) -> None:
    for handler in _erased:
        handler(request, actor, at)


def tell_journaled(request: RequestView, facts: Sequence[tuple[int, Fact]], at: datetime) -> None:
    for handler in _journaled:
        handler(request, facts, at)


def tell_journaled_many(acts: Sequence[Written]) -> None:
    """As `tell_journaled` for each; those who have a twin hear of all at once."""
    for handler in _journaled:
        if handler in _together:
            _together[handler](acts)
        else:
            for act in acts:
                handler(act.request, act.facts, act.at)


def tell_closed_many(acts: Sequence[Written]) -> None:
    """As `tell_closed` for each act that closed its request."""
    for handler in _closed if acts else ():
        if handler in _together:
            _together[handler](acts)
        else:
            for act in acts:
                handler(act.request, act.actor, act.at)


def facts_for_notice(request: RequestView) -> dict[str, object]:
    facts: dict[str, object] = {}
    for handler in _notice_facts:
        facts |= handler(request)
    return facts
