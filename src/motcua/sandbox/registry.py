"""The stand-ins that the index page lists. Each registers itself in its own file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StandIn:
    """A piece of the outside world. `url_name` is its page's name in `sandbox.urls`; texts are Vietnamese
    msgids.
    """

    code: str
    name: str
    about: str
    url_name: str
    icon: str = ""


_stand_ins: dict[str, StandIn] = {}


def register(stand_in: StandIn) -> StandIn:
    _stand_ins[stand_in.code] = stand_in
    return stand_in


def list_stand_ins() -> list[StandIn]:
    return [_stand_ins[code] for code in sorted(_stand_ins)]
