"""Ports for servers that a test starts: below those that the system gives to outgoing connections meanwhile, and never
one that another test holds. The servers share a port silently, so a second one must never choose the same.
"""

from __future__ import annotations

import random
import socket

_SINGLES = range(10_001, 12_800, 3)
_HOUSES = range(12_801, 32_400, 290)  # a demonstration's stand-ins listen up to 275 after its pages
_claims: list[socket.socket] = []


def free_port() -> int:
    """One port; it stays ours until this process ends."""
    return _claim(_SINGLES, (0,))


def free_house() -> int:
    """A port that is free together with the one after it, for the edge, and with those of the stand-ins beside that."""
    return _claim(_HOUSES, (0, 1, 11, 12, 25, 143, 275))


def _claim(among: range, offsets: tuple[int, ...]) -> int:
    """The claim is the port before them, held: whoever looks for a port tries that one first."""
    for port in random.sample(among, len(among)):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", port - 1))
            for offset in offsets:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    raise RuntimeError("no free port")
