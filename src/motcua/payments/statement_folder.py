"""A folder into which files of banks and wallets are dropped: each that is whole is taken in once, then moved aside.

`done/` holds what was taken in, `refused/` what cannot be read, and beside each file NAME.txt says what became of it. The file
is kept in the database before it is moved, so a kill at any instant costs no more than a second look at it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import Refused
from motcua.payments import matching_queries
from motcua.payments.operations import statements
from motcua.payments.statements.reading import MOST_BYTES

log = structlog.get_logger(__name__)
DONE, REFUSED = "done", "refused"
SETTLED_SECONDS = 20.0
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".swp")
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Taken:
    """What became of a file. `outcome`: IN_USE, WAITS (in quarantine), SEEN (came before: no effect), REFUSED."""

    name: str
    outcome: str
    reasons: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        return self.outcome == "REFUSED"

    def in_words(self) -> str:
        said = {
            "IN_USE": "received, in use",
            "WAITS": "received; a person must look at it before it is used",
            "SEEN": "received before; nothing changed",
            "REFUSED": "refused",
        }[self.outcome]
        return "\n  ".join([f"{self.name}: {said}", *self.reasons])


def take(*, content: bytes, name: str, actor: Actor, at: datetime) -> Taken:
    """Take a file in, as `statements.import_file` does, and say what became of it. Never refuses."""
    if len(content) > MOST_BYTES:
        return Taken(name, "REFUSED", (f"FILE_TOO_LARGE {len(content)} / {MOST_BYTES}",))
    try:
        done = statements.import_file(content=content, name=name, actor=actor, at=at)
    except Refused as refusal:
        return Taken(name, "REFUSED", (refusal.code,))
    state, reasons = matching_queries.file_reasons(done.file_id)
    if state == "REFUSED":
        return Taken(name, "REFUSED", reasons)
    if not done.is_new:
        return Taken(name, "SEEN", reasons)
    return Taken(name, "WAITS" if done.quarantined or not done.accepted else "IN_USE", reasons)


class _Look(NamedTuple):
    size: int
    mtime_ns: int
    inode: int


class Folder:
    """A watched folder. It remembers how large its files were, to know which no longer grow."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[str, tuple[_Look, float]] = {}

    def sweep(self, *, actor: Actor, at: datetime, now: float) -> list[Taken]:
        """Take in what has not changed for a while; `now` in seconds of a clock that never goes back.

        Left alone: what still grows, names that begin with a point or end like an unfinished transfer, links, folders.
        """
        try:
            entries = sorted(os.scandir(self.path), key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        here = {entry.name: look for entry in entries if (look := _look(entry)) is not None}
        self._seen = {
            name: self._seen[name] if name in self._seen and self._seen[name][0] == look else (look, now)
            for name, look in here.items()
        }
        whole = [name for name, (_look_, since) in self._seen.items() if now - since >= SETTLED_SECONDS]
        taken: list[Taken] = []
        for name in whole[:MOST_AT_ONCE]:
            try:
                one = self._take(name, here[name], actor=actor, at=at)
            except Exception:  # one bad file must not hold up the others; it stays and is tried again
                log.exception("statement-folder.failed", file=name[:80])
                continue
            if one is not None:
                taken.append(one)
        return taken

    def _take(self, name: str, look: _Look, *, actor: Actor, at: datetime) -> Taken | None:
        content = _read(self.path / name, look)
        if content is None:  # it changed under our hands: look again
            self._seen.pop(name, None)
            return None
        one = take(content=content, name=name, actor=actor, at=at)
        self._move(name, content, one, at=at)
        self._seen.pop(name, None)
        log.info("statement-folder.taken", outcome=one.outcome, reasons=list(one.reasons)[:5])
        return one

    def _move(self, name: str, content: bytes, one: Taken, *, at: datetime) -> None:
        """The word on it first, then the file: a kill between leaves the file where it will be seen again."""
        folder = self.path / (REFUSED if one.is_refused else DONE)
        folder.mkdir(exist_ok=True)
        target = folder / name
        if target.exists() and sha256_hex(target.read_bytes()) != sha256_hex(content):
            target = folder / f"{Path(name).stem}-{sha256_hex(content)[:8]}{Path(name).suffix}"
        _write(target.with_name(f"{target.name}.txt"), f"{at.isoformat()} {one.in_words()}\n")
        os.replace(self.path / name, target)


def _look(entry: os.DirEntry[str]) -> _Look | None:
    """How the file stands; None for what is no file to be taken in."""
    name = entry.name
    if name.startswith(".") or name.lower().endswith(UNFINISHED):
        return None
    try:
        told = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return _Look(told.st_size, told.st_mtime_ns, told.st_ino) if stat.S_ISREG(told.st_mode) else None


def _read(path: Path, look: _Look) -> bytes | None:
    """The file as it was looked at, no link followed; None when it is another by now. A byte too many is read, no more."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        content = file.read(MOST_BYTES + 1)
        told = os.fstat(file.fileno())
    return content if _Look(told.st_size, told.st_mtime_ns, told.st_ino) == look else None


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".note-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(name, path)
