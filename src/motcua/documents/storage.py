"""The one contract behind which sealed files lie, and the folder that keeps it.

What any storage (a folder, an S3 bucket) must do:
- `put` is whole or nothing: a reader never sees half a file, and after it returned the file survives a power cut. The
  same name may be put again with the same bytes. In S3: one PUT, with `If-None-Match: *`.
- `get` raises FileMissing for an unknown name, and gives back what was put, byte for byte.
- `delete` of an unknown name is no error. In S3 with versions: all versions.
- `names` walks what a company has, with the age of each by the storage's own clock, for the sweep of files nobody
  refers to (the settable clock of a demo must not make a file of this minute look old).
Names are ids made by us. Content is sealed before `put`; a storage need keep no secrets.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from motcua.config.env import ENV
from motcua.kernel.clock import SystemClock

_SAFE = re.compile(r"^[A-Za-z0-9_-]{1,64}$")


class FileMissing(Exception):
    """The storage has no file of this name: an operator must look."""


class Storage(Protocol):
    def put(self, company: str, name: str, content: bytes) -> None: ...

    def get(self, company: str, name: str) -> bytes: ...

    def delete(self, company: str, name: str) -> None: ...

    def names(self, company: str) -> Iterator[tuple[str, timedelta]]: ...


class FolderStorage:
    """A folder for each company, 0700, files 0600, spread over 256 folders by the end of their name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _folder(self, company: str, name: str) -> Path:
        if not _SAFE.match(company) or not _SAFE.match(name):
            raise ValueError("not a name of a document file")
        return self.root / company / name[-2:]

    def put(self, company: str, name: str, content: bytes) -> None:
        folder = self._folder(company, name)
        for each in (
            self.root,
            folder.parent,
            folder,
        ):  # a mode given with parents=True counts for the last alone
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=folder)  # made 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._sync_folder(folder)

    @staticmethod
    def _sync_folder(folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def get(self, company: str, name: str) -> bytes:
        try:
            return (self._folder(company, name) / name).read_bytes()
        except FileNotFoundError:
            raise FileMissing(f"{company}/{name}") from None

    def delete(self, company: str, name: str) -> None:
        (self._folder(company, name) / name).unlink(missing_ok=True)

    def names(self, company: str) -> Iterator[tuple[str, timedelta]]:
        if not _SAFE.match(company):
            raise ValueError("not a company's code")
        now = SystemClock().now()
        for path in (self.root / company).glob("??/*"):
            try:
                yield path.name, now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:  # deleted meanwhile
                continue


@lru_cache(maxsize=1)
def get_storage() -> Storage:
    """The storage of this installation."""
    return FolderStorage(ENV.documents_dir)
