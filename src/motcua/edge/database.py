"""The edge's own way to PostgreSQL: an asynchronous pool, and the company set for one transaction only.

In each schema the edge has a role of its own, which may do what the models' `edge_may` says: it can store what comes
in and read what a stream plays, and no more.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings
from django_tenants.utils import get_public_schema_name
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from motcua.channels import credentials, stand_ins
from motcua.companies import database_roles
from motcua.config.env import ENV

KNOWN_SECONDS = 30.0
UNKNOWN_SECONDS = 3.0
ENTER = "SELECT set_config('search_path', %s, true), set_config('role', %s, true)"
STAY = "SELECT set_config('search_path', %s, false), set_config('role', %s, false)"

Connection = psycopg.AsyncConnection[TupleRow]


@dataclass(frozen=True)
class Tenant:
    """A company as the edge needs to know it."""

    code: str
    schema: str
    role: str


@dataclass(frozen=True)
class HookSetup:
    """What checking a channel's webhook needs."""

    secrets: list[str] = field(repr=False)
    settings: dict[str, Any]


def conninfo() -> str:
    """Where Django's default database is, for connections of our own."""
    database = settings.DATABASES["default"]
    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    fields: dict[str, Any] = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
        "application_name": "motcua edge",
        **options,
    }
    return make_conninfo(**{name: value for name, value in fields.items() if value not in ("", None)})


def _role_in(schema: str) -> str:
    return database_roles.edge_role_name(schema) if settings.COMPANY_ROLE_PREFIX else "none"


def host_of(headers: Mapping[str, str]) -> str:
    """The host a call names, without its port."""
    return headers.get("host", "").rsplit(":", 1)[0].lower()


class Database:
    """Pool, company look-up, and what a channel's hook needs to check a signature."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url or conninfo()
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            self.url, min_size=1, max_size=max(ENV.pool_size, 4), timeout=8, open=False, name="edge"
        )
        self._tenants: dict[str, tuple[float, Tenant | None]] = {}
        self._setups: dict[tuple[str, str], tuple[float, HookSetup]] = {}

    async def open(self) -> None:
        await self.pool.open(wait=False)

    async def close(self) -> None:
        await self.pool.close(timeout=1)

    async def connect(self, tenant: Tenant) -> Connection:
        """A connection for one company alone, set to its schema and the edge's role there as long as it lives; each
        statement commits by itself.
        """
        connection = await psycopg.AsyncConnection.connect(
            self.url, autocommit=True, connect_timeout=8, keepalives_idle=20, keepalives_interval=5
        )
        try:
            await connection.execute(STAY, [f'"{tenant.schema}"', tenant.role])
        except BaseException:
            await connection.close()
            raise
        return connection

    @asynccontextmanager
    async def within(self, tenant: Tenant) -> AsyncIterator[Connection]:
        """A transaction in the company's schema with the edge's role there; both end with it."""
        async with self.pool.connection() as connection, connection.transaction():
            await connection.execute(ENTER, [f'"{tenant.schema}"', tenant.role])
            yield connection

    @asynccontextmanager
    async def nationally(self) -> AsyncIterator[Connection]:
        """A transaction in `public` with the edge's role there."""
        public = get_public_schema_name()
        async with self.pool.connection() as connection, connection.transaction():
            await connection.execute(ENTER, [public, _role_in(public)])
            yield connection

    async def tenant_of(self, headers: Mapping[str, str]) -> Tenant | None:
        """The company a call is for, by its Host header alone."""
        host = host_of(headers)
        return await self.find_tenant(host) if host else None

    async def find_tenant(self, host: str) -> Tenant | None:
        """The company of a host name; remembered for a while, unknown ones shortly."""
        known = self._tenants.get(host)
        if known and time.monotonic() < known[0]:
            return known[1]
        async with self.nationally() as connection:
            row = await (
                await connection.execute(
                    "SELECT c.code, c.schema_name FROM public.companies_domain d "
                    "JOIN public.companies_company c ON c.id = d.tenant_id WHERE d.domain = %s AND c.is_active",
                    [host],
                )
            ).fetchone()
        tenant = None
        if row is not None:
            tenant = Tenant(row[0], row[1], _role_in(row[1]))
        if len(self._tenants) > 1000:
            self._tenants.clear()
        self._tenants[host] = (time.monotonic() + (KNOWN_SECONDS if tenant else UNKNOWN_SECONDS), tenant)
        return tenant

    async def find_hook_setup(self, tenant: Tenant, channel: str) -> HookSetup:
        """What a channel's provider signs with and how; no secret when the channel is switched off or not set up."""
        known = self._setups.get((tenant.code, channel))
        if known and time.monotonic() < known[0]:
            return known[1]
        async with self.within(tenant) as connection:
            row = await (
                await connection.execute(
                    "SELECT is_enabled, sealed_hook_secrets, settings FROM channels_channelaccount WHERE channel = %s",
                    [channel],
                )
            ).fetchone()
        found = HookSetup([], {})
        if row is not None and row[0] and row[1]:
            unsealed = credentials.unseal(row[1], settings.SECRET_KEY)
            secrets = [str(secret) for secret in unsealed if secret] if isinstance(unsealed, list) else []
            found = HookSetup(secrets, dict(row[2] or {}))
        elif row is None and ENV.demo:
            secret = credentials.stand_in_secret(settings.SECRET_KEY, tenant.code, channel)
            found = HookSetup([secret], stand_ins.settings_of(channel, tenant.code))
        self._setups[tenant.code, channel] = (time.monotonic() + KNOWN_SECONDS, found)
        return found
