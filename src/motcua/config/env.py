"""The environment, read once into one typed object. Nothing else in the project reads `os.environ`."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class Env:
    """What an operator may set; each field names its variable in `docs/reference/settings.md`."""

    home: Path
    database_url: str
    database_owner_url: str
    database_edge_url: str
    database_role_prefix: str
    as_owner: bool
    production: bool
    debug: bool
    demo: bool
    clock: str
    port: int
    edge_port: int
    host: str
    scheme: str
    edge_url: str
    secret_key: str
    documents_key: str
    push_key: str
    documents_dir: Path
    statement_inbox: Path
    log_format: str
    clamd: str
    pkcs11_modules: tuple[str, ...]
    crl_sources: tuple[str, ...]
    pool_size: int
    trusted_proxies: int
    burst_seconds: float
    bill_reminder_days: int
    head_end_days: int
    start_id: str
    metrics_dir: str

    def edge_address(self, scheme: str, host: str) -> str:
        """Where the edge is reached for the company at this host: as configured (`{host}` stands for its domain); else
        behind a proxy at the pages' own address, and without one at the next port.
        """
        domain = host.rsplit(":", 1)[0]
        if self.edge_url:
            return self.edge_url.replace("{host}", domain)
        return f"{scheme}://{host}" if self.trusted_proxies else f"{scheme}://{domain}:{self.edge_port}"


def _flag(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    return default if value is None or value == "" else value.lower() in TRUE_WORDS


def _list(name: str) -> tuple[str, ...]:
    """Words parted by commas or spaces."""
    return tuple((os.environ.get(name) or "").replace(",", " ").split())


def _secret(name: str, home: Path, file_name: str) -> str:
    """The secret from the variable, else from a file of ours in the home, made on first use (0600)."""
    if value := os.environ.get(name):
        return value
    path = home / "secrets" / file_name
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    value = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process of the same start was first
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    return value


def read() -> Env:
    """Read the environment. Raises ValueError when a number is no number."""
    home = Path(os.environ.get("MOTCUA_HOME") or "var").resolve()
    production = _flag("MOTCUA_PRODUCTION", False)
    port = int(os.environ.get("MOTCUA_PORT") or 8000)
    edge_port = int(os.environ.get("MOTCUA_EDGE_PORT") or port + 1)
    edge_url = os.environ.get("MOTCUA_EDGE_URL") or ""
    if "{host}" in edge_url and not re.fullmatch(r"https?://\{host\}:\d+", edge_url):
        raise ValueError(
            "MOTCUA_EDGE_URL: {host} stands directly behind // and before a port, as in https://{host}:8443"
        )
    database_url = os.environ.get("DATABASE_URL") or ""
    return Env(
        home=home,
        database_url=database_url,
        database_owner_url=os.environ.get("DATABASE_OWNER_URL") or database_url,
        database_edge_url=os.environ.get("DATABASE_EDGE_URL") or "",
        database_role_prefix=os.environ.get("MOTCUA_DB_ROLE_PREFIX") or "",
        as_owner=_flag("MOTCUA_DB_AS_OWNER", False),
        production=production,
        debug=_flag("MOTCUA_DEBUG", False) and not production,
        demo=_flag("MOTCUA_DEMO", not production),
        clock=os.environ.get("MOTCUA_CLOCK") or "",
        port=port,
        edge_port=edge_port,
        host=os.environ.get("MOTCUA_HOST") or "localhost",
        scheme=os.environ.get("MOTCUA_SCHEME") or ("https" if production else "http"),
        edge_url=edge_url,
        secret_key=_secret("MOTCUA_SECRET_KEY", home, "secret_key"),
        documents_key=_secret("MOTCUA_DOCUMENTS_KEY", home, "documents_key"),
        push_key=_secret("MOTCUA_PUSH_KEY", home, "push_key"),
        documents_dir=Path(os.environ.get("MOTCUA_DOCUMENTS_DIR") or home / "documents"),
        statement_inbox=Path(os.environ.get("MOTCUA_STATEMENT_INBOX") or home / "statement-inbox"),
        log_format=os.environ.get("MOTCUA_LOG_FORMAT") or ("json" if production else "text"),
        clamd=os.environ.get("MOTCUA_CLAMD") or "",
        pkcs11_modules=_list("MOTCUA_PKCS11_MODULES"),
        crl_sources=_list("MOTCUA_CRL_SOURCES"),
        pool_size=int(os.environ.get("MOTCUA_POOL_SIZE") or 10),
        trusted_proxies=int(os.environ.get("MOTCUA_TRUSTED_PROXIES") or 0),
        burst_seconds=float(os.environ.get("MOTCUA_BURST_SECONDS") or 2),
        bill_reminder_days=int(os.environ.get("MOTCUA_BILL_REMINDER_DAYS") or 2),
        head_end_days=int(os.environ.get("MOTCUA_HEAD_END_DAYS") or 400),
        start_id=os.environ.get("MOTCUA_START_ID")
        or "",  # set by `motcua up`: which start this process belongs to
        metrics_dir=os.environ.get("PROMETHEUS_MULTIPROC_DIR") or "",
    )


ENV = read()
