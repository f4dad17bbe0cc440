"""Every address that Django serves, and what the arguments of each are when it is asked."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.urls import URLPattern, URLResolver, get_resolver

if TYPE_CHECKING:
    from tests.permissions.house import House

BANK, PORTAL, DOSSIER = "VCB", "DVC-HN", "H26.17.15-261116-0001"
FIXED = {
    "action": "accept", "slug": "ghi-chu", "page": "topic", "provider": "DVC-THU", "device": "d1", "txn_id": "FT0",
    "face": "customer", "status": 404, "bank": BANK, "portal": PORTAL, "paper": "IDENTITY", "file_id": "f1",
}  # fmt: skip
# Answered before Django looks.
OUTSIDE = {"/healthz", "/metrics", "/motcua-ca.crt", "/static/motcua/css/motcua.css"}


def walk(patterns: Any, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Name (with its namespace) and route of every address Django serves."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(
                pattern.url_patterns, route, (*spaces, pattern.namespace) if pattern.namespace else spaces
            )
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, pattern.name or route)), route


@functools.cache
def routes() -> dict[str, str]:
    """Where each address stands. Two of one name would hide each other: ValueError."""
    found: dict[str, str] = {}
    for name, route in walk(get_resolver().url_patterns):
        if found.setdefault(name, route) != route:
            raise ValueError(f"{name} is {found[name]} and {route}")
    return found


def address_of(house: House, name: str, variant: str = "") -> str:
    """The route with what its arguments name; `variant`: another act of the same address."""
    if name in OUTSIDE:
        return name
    known: Mapping[str, Any] = {
        **FIXED, **house.things, **house.of_address.get(name, {}), **house.of_address.get(f"{name} {variant}", {})
    }  # fmt: skip
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known[found.group(1)]), routes()[name])
