"""The virus scan: clamd by its INSTREAM command when `MOTCUA_CLAMD` names one ("host:port" or the path of a socket)."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from motcua.config.env import ENV
from motcua.documents.models import ScanState

CHUNK = 256 * 1024
TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Scanned:
    state: ScanState
    found: str = ""


def scan(content: bytes, *, address: str | None = None) -> Scanned:
    """What the scanner says; WAITING when it does not answer, so that a scanner that is down loses no upload."""
    where = ENV.clamd if address is None else address
    if not where:
        return Scanned(ScanState.NOT_SCANNED)
    try:
        answer = _instream(content, where)
    except (OSError, ValueError):
        return Scanned(ScanState.WAITING)
    return read_answer(answer)


def read_answer(answer: str) -> Scanned:
    """ "stream: OK", "stream: NAME FOUND", or anything else, which is no verdict."""
    if answer.endswith("FOUND"):
        return Scanned(ScanState.INFECTED, answer.removeprefix("stream: ").removesuffix(" FOUND"))
    if answer.endswith(": OK"):
        return Scanned(ScanState.CLEAN)
    return Scanned(ScanState.WAITING)


def _connect(where: str) -> socket.socket:
    if where.startswith(("/", "unix:")):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT_S)
        connection.connect(where.removeprefix("unix:"))
        return connection
    host, _, port = where.removeprefix("tcp://").rpartition(":")
    return socket.create_connection((host or "127.0.0.1", int(port)), timeout=TIMEOUT_S)


def _instream(content: bytes, where: str) -> str:
    with _connect(where) as connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            connection.sendall(struct.pack(">I", len(part)) + part)
        connection.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := connection.recv(4096)):
            answer += more
    return answer.rstrip(b"\0\n").decode("utf-8", "replace").strip()
