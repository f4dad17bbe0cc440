"""A push service that exists only here, and the browsers it wakes. It takes messages as the real ones do (RFC 8030): it
checks who signed, opens the message with the browser's key, and shows it. Its store is a file of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from motcua.channels import push_sealing
from motcua.config.env import ENV
from motcua.kernel.results import gettext_noop
from motcua.sandbox import registry
from motcua.sandbox.store import Store

NAME = gettext_noop("Trình duyệt thử (thông báo)")
LONGEST = 4096
SHOWN = 50

registry.register(
    registry.StandIn(
        "push",
        NAME,
        gettext_noop("Một máy nhận thông báo của trang khách hàng."),
        "sandbox:push",
        icon="bolt",
    )
)


class Fault(StrEnum):
    """What can go wrong at a push service; each counts for the next message."""

    BUSY = "BUSY"
    GONE = "GONE"
    BROKEN = "BROKEN"


FAULT_LABELS: dict[Fault, str] = {
    Fault.BUSY: gettext_noop("Quá nhiều thông báo (429)"),
    Fault.GONE: gettext_noop("Máy đã hủy nhận thông báo (410)"),
    Fault.BROKEN: gettext_noop("Dịch vụ hỏng (503)"),
}


@dataclass(frozen=True)
class Device:
    """A browser of the stand-in, as it would subscribe."""

    id: str
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Shown:
    """A notification on the screen of a device."""

    device: str
    title: str
    body: str
    ttl: int
    at: str


STORE = Store(
    "push",
    [
        "CREATE TABLE IF NOT EXISTS devices (id TEXT PRIMARY KEY, secret BLOB, auth BLOB, sender TEXT, audience TEXT, "
        "is_gone INTEGER DEFAULT 0)",
        "CREATE TABLE IF NOT EXISTS shown (serial INTEGER PRIMARY KEY, device TEXT, title TEXT, body TEXT, ttl INTEGER, "
        "at TEXT)",
    ],
    Fault,
)
plan_faults = STORE.plan_faults


def new_device(*, sender: str, base: str = "") -> Device:
    """A browser that lets `sender` (its public key) wake it."""
    base = base or f"{ENV.scheme}://127.0.0.1:{ENV.port}"
    key, auth, id = ec.generate_private_key(push_sealing.CURVE), os.urandom(16), uuid4().hex
    secret = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with STORE.open() as store:
        store.execute(
            "INSERT INTO devices (id, secret, auth, sender, audience) VALUES (?, ?, ?, ?, ?)",
            [id, secret, auth, sender, base],
        )
    return Device(id, f"{base}/sandbox/push/{id}", push_sealing.public_text(key), push_sealing.b64(auth))


def take(device: str, headers: Mapping[str, str], body: bytes, at: datetime) -> tuple[int, str]:
    """One call of a sender: HTTP status, and what is wrong."""
    with STORE.open() as store:
        row = store.execute(
            "SELECT secret, auth, sender, audience, is_gone FROM devices WHERE id = ?", [device]
        ).fetchone()
        if row is None:
            return 404, "no such subscription"
        secret, auth, sender, audience, is_gone = row
        fault = STORE.take_fault(store)
        if is_gone or fault is Fault.GONE:
            store.execute("UPDATE devices SET is_gone = 1 WHERE id = ?", [device])
            return 410, "the browser unsubscribed"
        if fault is Fault.BUSY:
            return 429, "too many"
        if fault is Fault.BROKEN:
            return 503, "broken"
        wrong = push_sealing.check_authorization(
            headers.get("Authorization", ""), audience=audience, public_key=sender, at=at
        )
        if wrong:
            return 403, wrong
        ttl = headers.get("TTL", "")
        if not ttl.isdigit() or headers.get("Content-Encoding") != "aes128gcm":
            return 400, "TTL or Content-Encoding is missing"
        if len(body) > LONGEST:
            return 413, "too large"
        key = serialization.load_der_private_key(secret, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        try:
            told = orjson.loads(push_sealing.unseal(body, key=key, auth=auth))
        except (push_sealing.CannotOpen, ValueError):
            return 400, "the browser could not open it"
        store.execute(
            "INSERT INTO shown (device, title, body, ttl, at) VALUES (?, ?, ?, ?, ?)",
            [device, str(told.get("title", "")), str(told.get("body", "")), int(ttl), at.isoformat()],
        )
    return 201, ""


def list_shown(device: str = "") -> list[Shown]:
    """What stands on the screens, newest first."""
    with STORE.open() as store:
        rows = store.execute(
            "SELECT device, title, body, ttl, at FROM shown WHERE ? IN ('', device) ORDER BY serial DESC LIMIT ?",
            [device, SHOWN],
        ).fetchall()
    return [Shown(*row) for row in rows]
