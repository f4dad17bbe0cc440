"""The set-based twin of `create_place`: the same rows, written together. A test holds the two equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motcua.config import sets
from motcua.kernel.actors import Actor
from motcua.supply import queries
from motcua.supply.operations.places import build_place


@dataclass(frozen=True)
class NewPlace:
    """What `create_place` takes, for one of many; `told`: its words, codes and pin by name."""

    told: Mapping[str, Any]
    actor: Actor
    at: datetime


def create_places(places: Sequence[NewPlace]) -> list[queries.PlaceView]:
    """New places in the order given, all or, when one is wrong, none. Raises Invalid by field, of the first wrong one."""
    built = [build_place(place.told, actor=place.actor, at=place.at) for place in places]
    sets.write(built)
    return [queries.view_place(place) for place in built]
