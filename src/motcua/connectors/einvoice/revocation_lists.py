"""Fetching the authorities' lists of revoked certificates, from addresses or files an operator names, into the home's folder.

A list that cannot be had or does not count leaves the one before it where it is: its age tells.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import httpx
import structlog

from motcua.billing.einvoice import certificates, keys, revocation
from motcua.config.env import ENV
from motcua.connectors import outside

log = structlog.get_logger(__name__)


def refresh(sources: tuple[str, ...] | None = None) -> int:
    """Read every source once; how many lists were renewed. A list is believed for its signature: http will do."""
    renewed = 0
    for source in ENV.crl_sources if sources is None else sources:
        try:
            renewed += _take(source, _read(source))
        except (OSError, ValueError, httpx.HTTPError) as error:
            log.warning("crl.not-renewed", source=source, why=str(error) or type(error).__name__)
    return renewed


def _read(source: str) -> bytes:
    """Raises OSError, ValueError, httpx.HTTPError."""
    if not source.startswith(("http://", "https://")):
        return Path(source).expanduser().read_bytes()
    answer = outside.call("GET", source, most=revocation.LARGEST)
    if not answer.is_success:
        raise ValueError(f"HTTP_{answer.status_code}")
    return answer.content


def _take(source: str, content: bytes) -> bool:
    """Keep a list that counts, unless it is the one we have or older. Raises ListUnusable."""
    anchors, _lists = certificates.read_trust()
    found = revocation.read(content, anchors)
    target = certificates.revocation_folder() / f"{sha256(source.encode()).hexdigest()[:16]}.crl"
    if target.exists() and revocation.read(target.read_bytes(), anchors).made_at >= found.made_at:
        return False
    keys.write_secret(target, content)
    log.info("crl.renewed", source=source, made_at=found.made_at.isoformat())
    return True
