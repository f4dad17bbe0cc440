"""No address takes a method that the table does not name, and HEAD is GET without the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.permissions import asking
from tests.permissions import matrix as matrices
from tests.permissions.house import House

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
EDGE = "edge:"
ROWS = [
    row
    for section in matrices.read()
    for row in section.rows
    if not row.address.startswith(EDGE) and not row.variant
]
TURNED_AWAY = {asking.NO_WAY, "forbidden", "sign-in", "not-found"}
STRENGTH = ("does", "sees", "file", "ok")


def served() -> dict[str, set[str]]:
    told: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        told[row.address].add(row.method)
    return told


def strongest() -> dict[str, str]:
    """For each address, somebody it opens to; nobody for what opens to none."""
    best: dict[str, tuple[int, str]] = {}
    for row in ROWS:
        for who, word in row.expected():
            if word in STRENGTH and who != "production":
                found = (STRENGTH.index(word), who)
                best[row.address] = min(best.get(row.address, found), found)
    return {address: who for address, (_rank, who) in best.items()}


def others() -> Iterator[tuple[str, str]]:
    """Each method that the table does not name, with its address."""
    for address, methods in served().items():
        for method in METHODS:
            if method not in methods:
                yield method, address


def test_whoever_may_come_in_finds_no_other_method(house: House) -> None:
    found, may = {}, strongest()
    for method, address in others():
        if address not in may:
            continue
        met = asking.ask(house, may[address], method, address)
        if met.word != asking.NO_WAY or met.written:
            found[f"{method} {address} for {may[address]}"] = (met.word, sorted(met.written))

    assert found == {}


def test_nobody_finds_another_method(house: House) -> None:
    """Before or after being asked to sign in: nothing opens, nothing is written."""
    found, may = {}, strongest()
    for method, address in others():
        if method in {"PUT", "DELETE"} or address not in may:
            met = asking.ask(house, "nobody", method, address)
            if met.word not in TURNED_AWAY or met.written:
                found[f"{method} {address}"] = (met.word, sorted(met.written))

    assert found == {}


def test_head_tells_no_more_than_get(house: House) -> None:
    wrong = {}
    for row in ROWS:
        words = dict(row.expected())
        for who in {"nobody", strongest().get(row.address, "nobody")} & set(words):
            if row.method == "GET":
                met = asking.ask(house, who, "HEAD", row.address)
                is_same = met.word == {"sees": "ok"}.get(words[who], words[who])
                if not (is_same or met.word == asking.NO_WAY) or asking.content_of(met.response):
                    wrong[f"{row.address} for {who}"] = (met.word, words[who])

    assert wrong == {}
