"""The model of this home: read once a process, built when there is none of exactly these words.

The file is named by the hash of what it was made of, so that an older program beside a newer one finds its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from motcua.assistant.understanding import building, seeds
from motcua.assistant.understanding.model import Model, ModelRefused

KEPT = 3  # files: this one and those to go back to


def folder() -> Path:
    """`MOTCUA_MODELS`, else `understanding` in the home folder."""
    told = os.environ.get("MOTCUA_MODELS")
    return Path(told) if told else Path(os.environ.get("MOTCUA_HOME") or "var").resolve() / "understanding"


@cache
def model() -> Model:
    """The model, from its file or built now (some ten seconds, once a home). Raises building.BuildFailed."""
    source = seeds.source(building.declared_words())
    path = folder() / f"{source}.npz"
    try:
        return Model.load(path, source=source)
    except ModelRefused:
        with _alone(path.parent):
            return _load_or_build(path, source)


def _load_or_build(path: Path, source: str) -> Model:
    try:
        return Model.load(path, source=source)  # another process was quicker
    except ModelRefused:
        building.build(path)
        forget_old(path)
        return Model.load(path, source=source)


@contextmanager
def _alone(where: Path) -> Iterator[None]:
    """One process builds, the others wait for its file."""
    where.mkdir(parents=True, exist_ok=True)
    with (where / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare() -> None:
    """Make sure that the file is there, before anybody waits for an answer."""
    model()


def forget_old(newest: Path) -> None:
    found = sorted(newest.parent.glob("*.npz"), key=lambda path: -path.stat().st_mtime)
    for path in found[KEPT:]:
        path.unlink(missing_ok=True)
