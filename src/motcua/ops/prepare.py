"""Bring the database to what this code needs: migrations, grants, declarations, demonstration data, host
names.

A process of its own (as the database's owner), started by `motcua up` and `motcua migrate` only when
something changed. Every step may be cut at any moment and is taken up again by the next start.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from motcua.ops.trouble import Exit, Trouble


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m motcua.ops.prepare")
    parser.add_argument("--app-login", required=True)
    parser.add_argument("--fingerprint", default="")
    parser.add_argument("--migrate", action="store_true")
    parser.add_argument("--seed", action="store_true")
    parser.add_argument("--host", default="")
    parser.add_argument("--addresses", nargs="*", default=[])
    parser.add_argument("--company", default="HANOI")
    told = parser.parse_args(arguments)
    try:
        _prepare(told)
    except Trouble as trouble:
        print(trouble.sentence, file=sys.stderr)
        return trouble.exit_code
    return Exit.OK


def _prepare(told: argparse.Namespace) -> None:
    import django

    from motcua.config import logging as motcua_logging

    motcua_logging.configure()
    django.setup()
    from django.db import connection

    from motcua.companies.context import in_public
    from motcua.config import clock
    from motcua.ops import answers, declarations
    from motcua.tariffs import operations as tariff_ops

    # two machines that start at once on one database: one after the other
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('motcua prepare', 0))")
    try:
        if told.migrate:
            _migrate(told.app_login)
        if told.seed:
            _seed()
        if told.migrate or told.seed:
            with in_public():
                tariff_ops.load_reference_data(clock.now())
            declarations.publish(clock.now())
            answers.begin(clock.now())
            _learn()
        if told.seed:
            _bill()
        if told.host:
            _add_hosts(told.host, told.addresses, told.company)
        if told.migrate:
            _note("prepared", told.fingerprint)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended('motcua prepare', 0))")


def _learn() -> None:
    """The model of understanding; without it the first message would wait for it to be built."""
    from motcua.assistant.understanding import building, store

    try:
        store.prepare()
    except building.BuildFailed as problem:
        print(f"The model of understanding could not be built yet: {problem}", file=sys.stderr)


def _migrate(app_login: str) -> None:
    from django.db import connection
    from django.db.utils import DatabaseError

    from motcua.companies import schemas

    done = "before public"

    def progress(what: str) -> None:
        nonlocal done
        done = what
        print(f"  migrating {what}", flush=True)

    try:
        schemas.migrate_all(app_login=app_login, progress=progress)
    except DatabaseError as error:
        connection.rollback()
        raise Trouble(
            f"The migration stopped at {done}: {str(error).strip().splitlines()[0]}. What was done "
            "before is kept; "
            "the next start goes on there.",
            Exit.MIGRATION,
        ) from error


def _seed() -> None:
    from motcua.config import clock
    from motcua.ops import seed

    if _read("sign_ins") is not None:
        return
    print("  putting in the demonstration's companies and people", flush=True)
    sign_ins = seed.seed_demo(clock.now())
    _note("sign_ins", [asdict(sign_in) for sign_in in sign_ins])


def _bill() -> None:
    """A household with a year of bills in one company, some that owe in each; once the prices are there."""
    from motcua.companies.context import using_company
    from motcua.companies.models import Company
    from motcua.config import clock
    from motcua.ops import demo_bills, demo_debts

    for company in Company.objects.filter(code__in=demo_debts.SHOWN):
        with using_company(company.code):
            is_new = demo_debts.make(clock.now(), demo_debts.SHOWN[company.code])
            if company.code == demo_bills.COMPANY:
                demo_bills.make(clock.now())
            if is_new:
                demo_debts.remind(clock.now())


def _add_hosts(host: str, addresses: list[str], company_code: str) -> None:
    """Names by which a phone on the same network reaches the pages: HOST and our addresses for one company,
    `company.HOST` for each."""
    from motcua.companies.models import Company, Domain

    chosen = Company.objects.filter(code=company_code.upper()).first()
    if chosen is None:
        codes = ", ".join(Company.objects.order_by("id").values_list("code", flat=True))
        raise Trouble(f"There is no company {company_code}; choose COMPANY= among {codes}.", Exit.USAGE)
    for name in [host, *addresses]:
        Domain.objects.update_or_create(domain=name, defaults={"tenant": chosen, "is_primary": False})
    for company in Company.objects.all():
        Domain.objects.get_or_create(
            domain=f"{company.schema_name}.{host}", defaults={"tenant": company, "is_primary": False}
        )


def _note(key: str, value: object) -> None:
    from motcua.config.env import ENV
    from motcua.ops import database

    database.write_note(
        database.Database(app_url=ENV.database_url, owner_url=ENV.database_owner_url), key, value
    )


def _read(key: str) -> object:
    from motcua.config.env import ENV
    from motcua.ops import database

    return database.read_note(
        database.Database(app_url=ENV.database_url, owner_url=ENV.database_owner_url), key
    )


if __name__ == "__main__":
    sys.exit(main())
