"""`motcua statement import FILE... --company HANOI`: take statements of banks and settlements of wallets in, as the page does.

The same file again has no effect and is said. See docs/how-to/receive-bank-files.md.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from motcua.ops.home import Home
from motcua.ops.statement import content_of
from motcua.ops.trouble import Exit, Trouble


def run(told: argparse.Namespace) -> int:
    """Exit code 1 when something waits for a person or is refused, 2 when a file cannot be opened."""
    from motcua.ops import database

    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home):
        from motcua.companies import queries as company_queries
        from motcua.companies.context import using_company

        known = [company.code for company in company_queries.list_companies()]
        if told.company.upper() not in known:
            raise Trouble(f"There is no company {told.company}; known are {', '.join(known)}.", Exit.USAGE)
        with using_company(told.company.upper()):
            return take_all(told.files, as_json=told.json)


def take_all(names: list[str], *, as_json: bool) -> int:
    """Take these files into the company that is chosen, and say of each what became of it."""
    from motcua.config import clock
    from motcua.kernel.actors import Actor
    from motcua.payments import statement_folder

    is_fine = True
    for name in names:
        one = statement_folder.take(
            content=content_of(name), name=Path(name).name, actor=Actor.system("statement-import"), at=clock.now()
        )  # fmt: skip
        is_fine &= one.outcome in {"IN_USE", "SEEN"}
        print(json.dumps(asdict(one), ensure_ascii=False) if as_json else one.in_words(), flush=True)
    return int(Exit.OK if is_fine else Exit.FAILED)
