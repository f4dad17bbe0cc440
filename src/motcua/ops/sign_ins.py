"""Who can sign in where: what the demonstration's seed made, shown when everything is up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HOUSEHOLD_PHONE = "0901000012"  # of the demonstration's household with a year of bills
DEMO_PASSWORD = "motcua-demo-2026"  # noqa: S105 - printed on the screen of every demonstration


@dataclass(frozen=True)
class SignIn:
    """One line of the table: at which host and page, who that is, name and password of the demonstration."""

    host: str
    path: str
    who: str
    username: str
    password: str


def table(sign_ins: Iterable[SignIn], address: str) -> str:
    """Lines to print; `address` has a place for the host, as in `http://{host}:8000`. Hosts with the same
    people share one list.
    """
    by_page: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for one in sign_ins:
        by_page.setdefault((one.host, one.path), []).append((one.who, one.username, one.password))
    pages_of: dict[tuple[tuple[str, str, str], ...], list[str]] = {}
    for (host, path), people in by_page.items():
        pages_of.setdefault(tuple(people), []).append(address.format(host=host) + path)

    heads = ("who", "user", "password")
    widths = [
        max(len(row[i]) for row in [heads, *(p for people in pages_of for p in people)]) for i in range(3)
    ]
    lines = []
    for group, pages in pages_of.items():
        lines += [f"  {page}" for page in pages]
        lines += [
            (
                "      " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            ).rstrip()
            for row in [heads, *group]
        ]
        lines.append("")
    return "\n".join(lines).rstrip()
