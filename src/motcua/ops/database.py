"""Which PostgreSQL this installation uses, whether it is fit, and the environment that leads the parts to
it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.types.json import Jsonb

from motcua.ops import embedded
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

OLDEST_VERSION = 180000
INSTALLATION_TABLE = """
CREATE TABLE IF NOT EXISTS public.motcua_installation (
    key text PRIMARY KEY, value jsonb NOT NULL, changed_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True)
class Database:
    """Where the database is: as the application, as the owner who migrates, as the edge (empty: it signs in as the
    application); `server` when it is our embedded one.
    """

    app_url: str = field(repr=False)
    owner_url: str = field(repr=False)
    server: embedded.Server | None = None
    edge_url: str = field(default="", repr=False)

    @property
    def app_login(self) -> str:
        return unquote(urlsplit(self.app_url).username or "") or _login_of(self.app_url)

    @property
    def edge_login(self) -> str:
        """The login of the edge; empty when it has none of its own."""
        return unquote(urlsplit(self.edge_url).username or "")


def choose(home: Home, environment: Mapping[str, str] | None = None) -> Database:
    """The server named in DATABASE_URL, else the embedded one, started (or adopted) if need be.

    Raises Trouble when it cannot be reached, is older than PostgreSQL 18, or lacks a right that Motcua needs.
    """
    told = os.environ if environment is None else environment
    url = told.get("DATABASE_URL", "")
    if url:
        database = Database(
            app_url=url,
            owner_url=told.get("DATABASE_OWNER_URL") or url,
            edge_url=told.get("DATABASE_EDGE_URL") or "",
        )
    else:
        server = embedded.start(home)
        database = Database(server.app_url, server.owner_url, server, server.edge_url)
    verify(database)
    return database


def verify(database: Database) -> None:
    """Refuse, in a sentence, a database Motcua cannot work with."""
    for url in {database.owner_url, database.app_url, database.edge_url or database.app_url}:
        if urlsplit(url).scheme not in ("postgresql", "postgres"):
            raise Trouble(
                "DATABASE_URL must look like postgresql://USER:PASSWORD@HOST:5432/NAME; "
                f"it begins with '{urlsplit(url).scheme or url[:12]}'.",
                Exit.DATABASE_UNFIT,
            )
    for url in {database.app_url, database.edge_url or database.app_url}:
        with open_connection(url) as connection:
            _refuse_old_version(connection)
    with open_connection(database.owner_url) as connection:
        _refuse_old_version(connection)
        _refuse_unfit(connection)


@contextmanager
def open_connection(url: str) -> Iterator[psycopg.Connection]:
    """A plain connection (autocommit); the server's refusal becomes a sentence."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:
        raise _unreachable(url, str(error)) from None
    with connection:
        yield connection


def _refuse_old_version(connection: psycopg.Connection) -> None:
    found = connection.info.server_version
    if found < OLDEST_VERSION:
        raise Trouble(
            f"The database server is PostgreSQL {found // 10000}; Motcua needs PostgreSQL 18 or newer. "
            "Upgrade the server, or unset DATABASE_URL to use the embedded one.",
            Exit.DATABASE_UNFIT,
        )


def _refuse_unfit(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool, "
        "current_setting('server_encoding'), rolsuper OR rolcreaterole, "
        "has_database_privilege(current_database(), 'CREATE'), current_database() "
        "FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None:
        return
    read_only, encoding, may_make_roles, may_create, name = row
    if read_only:
        raise Trouble(
            "The database is read-only (a standby?). DATABASE_URL must name the primary.", Exit.DATABASE_UNFIT
        )
    if encoding != "UTF8":
        raise Trouble(
            f"The database '{name}' stores text as {encoding}; Motcua needs UTF8. "
            f"Create it again: CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0.",
            Exit.DATABASE_UNFIT,
        )
    if not (may_make_roles and may_create):
        raise Trouble(
            "The login in DATABASE_OWNER_URL (or DATABASE_URL) may not create roles and schemas in "
            f"'{name}'. "
            "Motcua gives every company a schema and a role: grant CREATEROLE and CREATE ON DATABASE.",
            Exit.DATABASE_UNFIT,
        )


def _unreachable(url: str, message: str) -> Trouble:
    parts = urlsplit(url)
    where = f"{parts.hostname or 'its socket'}:{parts.port or 5432}"
    if "password authentication failed" in message or "no password supplied" in message:
        return Trouble(
            f"The database at {where} refuses the user name or password of DATABASE_URL.",
            Exit.DATABASE_UNREACHABLE,
        )
    if "does not exist" in message:
        return Trouble(
            f"The database server at {where} answers, but there is no database or role "
            f"'{parts.path.lstrip('/') or parts.username}'. Create it first.",
            Exit.DATABASE_UNREACHABLE,
        )
    if "too many clients" in message or "connection slots" in message:
        return Trouble(
            f"The database at {where} has no free connections. Raise max_connections or end other programs.",
            Exit.DATABASE_UNREACHABLE,
        )
    reason = message.strip().splitlines()[-1].strip() if message.strip() else "no answer"
    return Trouble(
        f"The database at {where} cannot be reached ({reason}). Is it running, and is DATABASE_URL right?",
        Exit.DATABASE_UNREACHABLE,
    )


def _login_of(url: str) -> str:
    with open_connection(url) as connection:
        row = connection.execute("SELECT current_user").fetchone()
        return str(row[0]) if row else ""


def read_note(database: Database, key: str) -> object:
    """A fact about the installation kept in the database itself (applied migrations, seeded or not)."""
    with open_connection(database.owner_url) as connection:
        try:
            row = connection.execute(
                "SELECT value FROM public.motcua_installation WHERE key = %s", [key]
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
        return row[0] if row else None


def edge_has_its_roles(database: Database) -> bool:
    """Whether the edge's login may take on its role in `public` and in every company's schema. Also True before there
    is anything to take on: the migration makes it.
    """
    name = urlsplit(database.owner_url).path.lstrip("/")
    prefix = (os.environ.get("MOTCUA_DB_ROLE_PREFIX") or unquote(name)) + "_"
    with open_connection(database.owner_url) as connection:
        if connection.execute("SELECT to_regclass('public.companies_company') IS NULL").fetchone() == (True,):
            return True
        row = connection.execute(
            "SELECT bool_and(r.oid IS NOT NULL AND pg_has_role(%(login)s, r.oid, 'SET')) "
            "FROM (SELECT schema_name FROM public.companies_company UNION SELECT 'public') s "
            "LEFT JOIN pg_roles r ON r.rolname = %(prefix)s || s.schema_name || '_edge'",
            {"login": database.edge_login or database.app_login, "prefix": prefix},
        ).fetchone()
    return bool(row and row[0])


def write_note(database: Database, key: str, value: object) -> None:
    with open_connection(database.owner_url) as connection:
        connection.execute(INSTALLATION_TABLE)
        connection.execute(
            "INSERT INTO public.motcua_installation (key, value) VALUES (%s, %s) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = now()",
            [key, Jsonb(value)],
        )


def child_environment(home: Home, database: Database, *, owner: bool = False, **more: str) -> dict[str, str]:
    """The environment of a part or a command that works on this installation."""
    environment = dict(os.environ)
    environment |= {
        "MOTCUA_HOME": str(home.path),
        "DATABASE_URL": database.app_url,
        "DATABASE_OWNER_URL": database.owner_url,
        "DATABASE_EDGE_URL": database.edge_url,
        "MOTCUA_DB_AS_OWNER": "1" if owner else "0",
        "DJANGO_SETTINGS_MODULE": "motcua.config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    if "MOTCUA_CLOCK" not in environment and environment.get("MOTCUA_PRODUCTION", "") in ("", "0"):
        environment["MOTCUA_CLOCK"] = str(home.clock_file)
    return environment | more


def as_edge(environment: Mapping[str, str], database: Database) -> dict[str, str]:
    """The environment of the edge: its own login, and neither the application's nor the owner's."""
    url = database.edge_url or database.app_url
    return {**environment, "DATABASE_URL": url, "DATABASE_OWNER_URL": url, "DATABASE_EDGE_URL": url}


@contextmanager
def entered(home: Home, *, owner: bool = False) -> Iterator[Database]:
    """Give this process the installation's environment, with Django ready; for one-off commands.

    An embedded server that was not running is stopped again at the end. Must come before anything imports
    `motcua.config.env`.
    """
    database = choose(home)
    try:
        os.environ.update(child_environment(home, database, owner=owner))
        import django

        django.setup()
        yield database
    finally:
        if database.server and not database.server.adopted:
            database.server.stop()
