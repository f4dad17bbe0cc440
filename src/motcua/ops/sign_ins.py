"""Who can sign in where: what the demonstration's seed made, shown when everything is up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SignIn:
    """One line of the table: at which host and page, who that is, name and password of the demonstration."""

    host: str
    path: str
    who: str
    username: str
    password: str


def table(sign_ins: Iterable[SignIn], address: str) -> str:
    """Lines to print; `address` has a place for the host, as in `http://{host}:8000`."""
    rows = [(address.format(host=s.host) + s.path, s.who, s.username, s.password) for s in sign_ins]
    if not rows:
        return ""
    heads = ("where", "who", "user", "password")
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(4)]
    lines, last = [], ""
    for row in [heads, *rows]:
        shown = ("", *row[1:]) if row[0] == last else row
        lines.append(
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(shown, widths, strict=True)).rstrip()
        )
        last = row[0]
    return "\n".join(lines)
