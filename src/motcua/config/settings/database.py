"""PostgreSQL alone: companies as schemas, a role for each, one pool a process."""

from urllib.parse import parse_qsl, unquote, urlsplit

from motcua.companies.backend.reset import forget_company
from motcua.config.env import ENV


def _parse(url: str) -> dict[str, object]:
    """Django's database fields from postgresql://user:password@host:port/name?host=/socket/folder."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "motcua",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "") or ""),
        "OPTIONS": query,
    }


_database = _parse(ENV.database_owner_url if ENV.as_owner else ENV.database_url)
_options = dict(_database["OPTIONS"])  # type: ignore[call-overload]

if not ENV.as_owner:
    _options["pool"] = {
        "min_size": 1,
        "max_size": ENV.pool_size,
        "timeout": 10,
        "reset": forget_company,
    }

DATABASES = {
    "default": {
        **_database,
        "ENGINE": "motcua.companies.backend",
        "OPTIONS": _options,
        "CONN_MAX_AGE": 0,
        "ATOMIC_REQUESTS": False,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}

DATABASE_ROUTERS = ["motcua.companies.router.SchemaRouter", "django_tenants.routers.TenantSyncRouter"]

# Without this every query pays for a switch of company.
TENANT_LIMIT_SET_CALLS = True

# Company roles are named PREFIX_schema; cluster-wide, hence the database's name in front.
COMPANY_ROLE_PREFIX = "" if ENV.as_owner else (ENV.database_role_prefix or str(_database["NAME"])) + "_"
COMPANY_ROLE_NAMES = (ENV.database_role_prefix or str(_database["NAME"])) + "_"

# The login of the edge, which may take on the edge's roles alone; empty: it signs in as the application does.
EDGE_LOGIN = unquote(urlsplit(ENV.database_edge_url).username or "")
