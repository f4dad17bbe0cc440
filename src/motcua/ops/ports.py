"""Whether a port is free, asked by binding: the servers share ports silently, so they must not be the first
to try.
"""

from __future__ import annotations

import errno
import socket

import psutil

from motcua.ops.trouble import Exit, Trouble


def refuse_taken(address: str, ports: dict[int, str]) -> None:
    """Raise Trouble when one of the ports (port: what it is for) cannot be listened on."""
    for port, purpose in ports.items():
        if not 1 <= port <= 65535:
            raise Trouble(f"{port} is no port number. Choose PORT between 1024 and 65534.", Exit.USAGE)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((address, port))
                attempt.listen(1)
            except OSError as error:
                raise _explain(error, address, port, purpose) from None


def listens(port: int) -> bool:
    """Whether somebody answers at that port of this machine."""
    with socket.socket() as attempt:
        attempt.settimeout(1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _explain(error: OSError, address: str, port: int, purpose: str) -> Trouble:
    if error.errno == errno.EADDRINUSE:
        return Trouble(
            f"Port {port} (for the {purpose}) is taken{_by_whom(port)}. "
            "Choose another: make run PORT=8123 (the edge takes the port after it).",
            Exit.PORT_TAKEN,
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Trouble(
            f"Port {port} needs more rights than this user has. Choose one above 1023: make run PORT=8123.",
            Exit.PORT_TAKEN,
        )
    return Trouble(f"This machine has no address {address} to listen on ({error.strerror}).", Exit.PORT_TAKEN)


def _by_whom(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except (psutil.Error, OSError):
        pass
    return ""
