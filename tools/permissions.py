"""The reference page of the permission matrix: `python -m tools.permissions` writes docs/reference/permissions.md.

The matrix itself is `tests/permissions/matrix.txt`; the tests there try each of its cells, and that this page is fresh.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.permissions import matrix

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "permissions.md"
HEAD = """\
# Who may open what

Written from `tests/permissions/matrix.txt` by `python -m tools.permissions`. Each cell is tried by a real request on real
rows: a home supply of one customer at one unit of one company, with its papers, visit, charge, receipt and chat.
A post needs the token of a page of ours (CSRF), but where a star stands; a way in that is not named here does not exist:
any other method is answered with 405 (HEAD: as GET, without the page). Where an address does several things, each that
is not the first has a row with its name. `does` is the whole act done on those rows, for those who may.
"""


def page(routes: Mapping[str, str]) -> str:
    """The page; `routes` says where an address stands."""
    sections = matrix.read()
    lines = [HEAD, "## The words", ""]
    lines += [f"- **{word}**: {meaning}" for word, meaning in matrix.WORDS.items()]
    lines += [
        "", "Under *elsewhere* and *centre* stands what changes against the role's own column: `=` nothing; one word in place of",
        "all that opens there; `ROLE:word` for that role.", "", "## The people", "",
    ]  # fmt: skip
    used = {head for section in sections for head in section.heads}
    lines += [f"- **{head}**: {about}" for head, about in _people() if used.intersection(head.split(", "))]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        lines += [section.about, ""] if section.about else []
        lines.append("| Address | | " + " | ".join(section.heads) + " |")
        lines.append("| --- " * (len(section.heads) + 2) + "|")
        for row in section.rows:
            where = routes.get(row.address, row.address.removeprefix("edge:"))
            method = row.method + ("" if row.needs_token else "\\*")
            cells = " | ".join(row.cells[head] for head in section.heads)
            lines.append(
                f"| `/{where.lstrip('/')}` | {method} {row.variant} | {cells} |".replace("  |", " |")
            )
        lines += _why(section)
    return "\n".join(lines) + "\n"


def _why(section: matrix.Section) -> list[str]:
    """What the table says beside its rows."""
    told = [f"- `{row.name}`: {row.why}" for row in section.rows if row.why]
    return ["", *told] if told else []


def _people() -> Iterator[tuple[str, str]]:
    """Heads with who that is; the roles as one."""
    for head, (_who, about) in matrix.PEOPLE.items():
        if head == matrix.ROLES[0]:
            yield ", ".join(matrix.ROLES), "somebody with that role at the unit the thing is of"
        elif head not in matrix.ROLES:
            yield head, about


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    import django

    django.setup()
    from tests.permissions.addresses import routes

    PAGE.write_text(page(routes()))


if __name__ == "__main__":
    main()
