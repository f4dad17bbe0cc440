"""`motcua company add`: one more company on a running installation: row, host, schema, role, grants, first
units.
"""

from __future__ import annotations

import argparse
import os

from motcua.ops import database
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble


def run(told: argparse.Namespace) -> int:
    code = told.code.upper()
    if not code.isalnum() or not code[0].isalpha() or len(code) > 12:
        raise Trouble("A company's code is 2 to 12 letters and digits and begins with a letter.", Exit.USAGE)
    if len(told.prefix) != 2 or not told.prefix.isalpha():
        raise Trouble("--prefix is two letters, e.g. DN; request numbers begin with them.", Exit.USAGE)
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home, owner=True) as found:
        return _add(told, code, found.app_login)


def _add(told: argparse.Namespace, code: str, app_login: str) -> int:
    from motcua.companies import operations, seeds
    from motcua.companies.context import in_public
    from motcua.companies.models import Company
    from motcua.config import clock
    from motcua.kernel.results import Refused
    from motcua.ops import answers

    host = told.host or f"{code.lower()}.localhost"
    with in_public():
        known = Company.objects.filter(code=code).exists()
    new = operations.NewCompany(
        code=code,
        name=told.name,
        name_en=told.name_en or told.name,
        brand=told.brand or code,
        hotline=told.hotline,
        number_prefix=told.prefix.upper(),
        hosts=(host,),
        colour=told.colour.lower(),
        site=told.site,
        email=told.email,
    )
    try:
        seeds.open_companies(
            news=[new],
            app_login=app_login,
            at=clock.now(),
            progress=lambda what: print(f"  migrating {what}"),
        )
    except Refused as refused:
        raise Trouble(str(refused), Exit.SETTINGS) from None
    answers.begin(clock.now())
    print(
        f"{code} {'is complete' if known else 'is open'} at {host}. It serves no province yet, and "
        "has no staff."
    )
    return 0
