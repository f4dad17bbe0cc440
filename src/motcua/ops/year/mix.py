"""Which services the year is made of, in what shares and how each ends: the rows of `services.json`, which says why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motcua.kernel.hashing import fingerprint

AT_ONCE, DESK, SOON, VISIT, LIGHT, BUILT = "AT_ONCE", "DESK", "SOON", "VISIT", "LIGHT", "BUILT"
OWN = "OWN"
ONE_PHASE, THREE_PRICES = "ONE_PHASE", "THREE_PRICES"
Weights = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Service:
    """A service of the mix; the words are those of the file."""

    code: str
    of_100: float
    ends: str
    account: str
    pays: str = ""
    meter: str = ""

    @property
    def is_on_own_account(self) -> bool:
        return self.account == OWN


_FILE: dict[str, Any] = json.loads(Path(__file__).with_name("services.json").read_text(encoding="utf-8"))
SERVICES: Mapping[str, Service] = {row["code"]: Service(**row) for row in _FILE["services"]}
WAYS_TO_PAY: Mapping[str, Weights] = {
    name: tuple(weights.items()) for name, weights in _FILE["ways_to_pay"].items()
}
ALL: Weights = tuple((service.code, service.of_100) for service in SERVICES.values())
SIMPLE: Weights = tuple(pair for pair in ALL if SERVICES[pair[0]].ends == AT_ONCE)
EDITION = fingerprint([_FILE["services"], _FILE["ways_to_pay"]])[
    :16
]  # a year is played to its end by one mix
