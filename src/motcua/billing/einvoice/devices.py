"""Tokens and HSMs by PKCS#11: a process logs in to a token once, and all its keys share that session.

A device knows who is logged in by process: a second login is refused, however right the PIN. A PIN that was refused is not
tried again by this process, for a device locks itself after a few.
"""

from __future__ import annotations

import hashlib
import importlib
import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

_LOCKING = ("PinIncorrect", "PinLenRange", "PinInvalid", "PinLocked")
_lock = threading.RLock()
_sessions: dict[Token, tuple[bytes, Any]] = {}
_refused: set[tuple[Token, bytes]] = set()


class DeviceRefuses(Exception):
    """The driver, the token or the device does not do it; says its own word for why."""


class Token(NamedTuple):
    """A token by its label, behind the library of its driver."""

    module: str
    label: str


@dataclass(frozen=True)
class PrivateKey:
    """A private key in a device."""

    _handle: Any
    _mechanism: Any

    def sign(self, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 with SHA-256 over the data. Raises DeviceRefuses."""
        try:
            return bytes(self._handle.sign(data, mechanism=self._mechanism))
        except Exception as error:  # the driver's own kinds, by the dozen
            raise DeviceRefuses(f"PKCS#11: {type(error).__name__}") from None


def find_keys(token: Token, label: str, pin: str) -> list[PrivateKey]:
    """The private keys with a label: none, or several while a certificate is renewed. Raises DeviceRefuses."""
    pkcs11 = _pkcs11()
    session = _session(pkcs11, token, pin)
    wanted = {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
        pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.RSA,
        pkcs11.Attribute.LABEL: label,
    }
    try:
        return [
            PrivateKey(handle, pkcs11.Mechanism.SHA256_RSA_PKCS) for handle in session.get_objects(wanted)
        ]
    except Exception as error:
        forget(token)
        raise DeviceRefuses(f"PKCS#11: {type(error).__name__}") from None


def forget(token: Token) -> None:
    """End the session with a token; who needs it next logs in again."""
    with _lock:
        _pin, session = _sessions.pop(token, (b"", None))
        try:
            if session is not None:
                session.close()
        except Exception:  # it had ended by itself
            return


def _session(pkcs11: Any, token: Token, pin: str) -> Any:
    """The session of this process, logged in with this PIN; another PIN than the session's is tried anew."""
    told = hashlib.sha256(pin.encode()).digest()
    with _lock:
        if (token, told) in _refused:
            raise DeviceRefuses("PKCS#11: this PIN was refused and is not tried again before a restart")
        if token in _sessions and _sessions[token][0] != told:
            forget(token)
        if token not in _sessions:
            try:
                found = pkcs11.lib(token.module).get_token(token_label=token.label)
                _sessions[token] = (told, found.open(user_pin=pin))
            except Exception as error:  # the driver's own kinds, by the dozen
                if type(error).__name__ in _LOCKING:
                    _refused.add((token, told))
                raise DeviceRefuses(f"PKCS#11: {type(error).__name__}") from None
        return _sessions[token][1]


def _pkcs11() -> Any:
    try:
        return importlib.import_module("pkcs11")
    except ImportError:
        raise DeviceRefuses("the package python-pkcs11 is not installed") from None
