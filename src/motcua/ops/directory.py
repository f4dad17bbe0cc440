"""`motcua directory`: where a company's staff sign in. The secret is read from the standard input, never from arguments."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from motcua.ops import database
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble


def run(told: argparse.Namespace) -> int:
    options = dict(pair.partition("=")[::2] for pair in told.option)
    if told.kind == "ldap" and not options.get("base"):
        raise Trouble("An LDAP directory needs --option base=ou=people,dc=company,dc=vn.", Exit.USAGE)
    if told.kind == "ldap" and not told.address.startswith(("ldap://", "ldaps://")):
        raise Trouble(
            "--address of an LDAP directory is ldaps://host or ldap://host (then StartTLS).", Exit.USAGE
        )
    if not 1 <= told.recheck_minutes <= 55:
        raise Trouble("--recheck-minutes is 1 to 55: leavers are out the same hour.", Exit.USAGE)
    secret = getpass.getpass("Secret: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home):
        _set(told, options, secret)
    print(f"{told.company}: {told.code} is {'off' if told.off else 'set'}.")
    return 0


def _set(told: argparse.Namespace, options: dict[str, str], secret: str) -> None:
    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.connectors.identity import directories
    from motcua.kernel.actors import Actor

    with using_company(told.company.upper()):
        directories.set_directory(
            code=told.code, kind=told.kind.upper(), name=told.name, address=told.address, client_id=told.client, secret=secret,
            options=options, recheck_minutes=told.recheck_minutes, is_active=not told.off, actor=Actor.system("ops"), at=clock.now(),
        )  # fmt: skip
