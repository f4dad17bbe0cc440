"""The permission matrix: `matrix.txt` read into rows, and what its columns and words mean.

The table is data: this module knows nothing of Django, so that the reference page can be written from it alone
(`python -m tools.permissions`). A row is a method, an address and, where an address does several things, which of them;
a column is somebody, a cell is one word. An indented line under a row says why its cells are as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

TABLE = Path(__file__).with_name("matrix.txt")
ROLES = ("INTAKE", "BUSINESS", "CREW", "SUPERVISOR", "ADMIN", "DESK_CLERK", "DIRECTOR", "ACCOUNTANT")

WORDS = {
    "sees": "it opens and tells something of the customer's: name, identity number, phone, request number",
    "ok": "it opens, or is taken, and tells nothing of the customer",
    "file": "a picture, a paper, a table to keep",
    "does": "it is done: something is written",
    "refused": "not now, not so, or not with this thing: said on the page; nothing is written",
    "sign-in": "sent to the staff's sign-in",
    "prove": "asked to prove who they are, by a code to the phone or the code word",
    "forbidden": "told that it is not theirs (403)",
    "not-found": "as if it were not there (404)",
    "unsigned": "no signature or key, or not a right one (401)",
}
PASSES = frozenset({"sees", "ok", "file", "does", "refused"})

# A column's head, who is asked for each of its cells, and who that is in words.
PEOPLE: dict[str, tuple[tuple[str, ...], str]] = {
    "anybody": (("nobody", "owner", "staff"), "whoever it is: nobody known, a customer, somebody signed in as staff"),
    "public": (("nobody", "owner"), "nobody signed in as staff: nobody known, or the customer whose thing it is"),
    "nobody": (("nobody",), "a browser nobody has used"),
    "owner": (("owner",), "the customer whose thing it is, who has proven their phone"),
    "viewer": (("viewer",), "somebody the owner lets look at their requests, and no more"),
    "agent": (("agent",), "somebody the owner lets act for them"),
    "other": (("other",), "another customer of the company, who has proven their phone"),
    "staff": (("staff",), "somebody with every role at the centre, with no customer's session"),
    "namesake": (("namesake",), "a customer of another company, of the same name and phone, at that company's host"),
    "at group": (("at group",), "nobody known, at the group's host"),
    **{role: ((role,), f"{role} of the unit the thing is of") for role in ROLES},
    "elsewhere": ((), "the same roles at another unit of the company"),
    "centre": ((), "the same roles at the company's centre, over all its units"),
    "neighbour": (("neighbour",), "every role at once at another company, at its host"),
    "their cookie": (("their cookie",), "the session of one company's staff, brought to another company's host"),
    "with codes": (("with codes",), "the same with a second factor"),
    "half in": (("half in",), "who has said the right password and not yet the code"),
    "group": (("group",), "every role at once in the group, at the group's host"),
    "visiting": (("visiting",), "a director of the group who came over to the company's board"),
    "no key": (("nobody", "owner", "staff"), "no signature, whoever is signed in in that browser"),
    "wrong key": (("wrong key",), "the partner's name, signed with another key"),
    "partner": (("partner",), "the bank or portal whose address it is, signed with its key"),
    "another": (("another",), "another partner with a key of its own, at this one's address"),
    "partner elsewhere": (("partner elsewhere",), "the partner with its key at another company's host"),
    "production": (("production",), "anybody, where the stand-ins are closed (`MOTCUA_PRODUCTION`)"),
    "inside": (("inside",), "from this machine or the private network"),
    "through the proxy": (("through the proxy",), "from outside, by the proxy"),
    "no ticket": ((), "neither a signature of the channel nor a ticket of the conversation"),
    "wrong ticket": ((), "a signature with another key, a ticket of another conversation"),
    "ticket": ((), "the channel's own signature, the ticket on the page of the conversation"),
    "ticket elsewhere": ((), "the same at another company's host"),
    "unknown host": (("unknown host",), "at a host that no company has"),
}  # fmt: skip
REACHES = {"elsewhere": "@elsewhere", "centre": "@centre"}


@dataclass(frozen=True)
class Row:
    """An address asked in one way. `needs_token`: a post from another site is turned away (CSRF); `variant`: another of
    the acts of the address than the one that stands for it; `why`: a word on cells that may surprise."""

    method: str
    address: str
    cells: dict[str, str]
    needs_token: bool
    variant: str = ""
    why: str = ""

    def expected(self) -> Iterator[tuple[str, str]]:
        """Who is asked, and the word that must come of it."""
        for head, cell in self.cells.items():
            if head in REACHES:
                for role in ROLES:
                    yield role + REACHES[head], reached(cell, role, self.cells[role])
            else:
                for who in PEOPLE[head][0]:
                    yield who, cell

    @property
    def name(self) -> str:
        return f"{self.method} {self.address} {self.variant}".strip()


def reached(cell: str, role: str, here: str) -> str:
    """What becomes of a role at another unit: `=` as here; one word in place of all that passes; `ROLE:word` for one."""
    first, *others = cell.split()
    named = dict(other.split(":") for other in (others if ":" not in first else cell.split()))
    if role in named:
        return named[role]
    return first if here in PASSES and first != "=" and ":" not in first else here


@dataclass(frozen=True)
class Section:
    """A part of the house with columns of its own."""

    title: str
    about: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def read(text: str | None = None) -> list[Section]:
    """The sections of the table. Raises ValueError with the line for a row that is no row."""
    sections: list[Section] = []
    rows: list[Row] = []
    title = about = ""
    heads: tuple[str, ...] = ()
    for number, line in enumerate([*(text or TABLE.read_text()).splitlines(), "## end"], start=1):
        if line.startswith("## "):
            if title:
                sections.append(Section(title, about.strip(), heads, tuple(rows)))
            title, about, heads, rows = line[3:], "", (), []
        elif "|" not in line and rows and line.startswith("  "):
            rows[-1] = replace(rows[-1], why=f"{rows[-1].why} {line.strip()}".strip())
        elif "|" not in line:
            about += line.strip() + " "
        elif not heads:
            heads = tuple(part.strip() for part in line.split("|")[1:])
            if unknown := set(heads) - set(PEOPLE):
                raise ValueError(f"line {number}: nobody is called {sorted(unknown)}")
        else:
            rows.append(_row(line, heads, number))
    return sections


def _row(line: str, heads: tuple[str, ...], number: int) -> Row:
    asked, *cells = (part.strip() for part in line.split("|"))
    method, address, *variant = asked.split()
    if len(cells) != len(heads):
        raise ValueError(f"line {number}: {len(cells)} cells under {len(heads)} heads")
    words = {word.rpartition(":")[2] for cell in cells for word in cell.split()}
    if wrong := words - {"=", *WORDS}:
        raise ValueError(f"line {number}: no such word: {sorted(wrong)}")
    return Row(
        method.rstrip("*"),
        address,
        dict(zip(heads, cells, strict=True)),
        not method.endswith("*"),
        " ".join(variant),
    )
