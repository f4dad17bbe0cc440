"""Building the model of this home in a process of its own: `python -m motcua.assistant.understanding.building FILE`.

A process of its own, because its small matrices are multiplied ten times faster by one thread than by many, and
because nothing of the training stays in the memory of the one who waits.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
PATIENCE = 180  # seconds


class BuildFailed(Exception):
    """The model could not be built; the text is what the builder said."""


def declared_words() -> dict[str, Sequence[str]]:
    """The name and the synonyms of every service, in its newest version: by code."""
    from motcua.services import catalogue

    newest = {service.code: service for service in catalogue.list_services(date.max)}
    return {code: (service.name.vi, service.name.en, *service.synonyms) for code, service in newest.items()}


def build(path: Path) -> None:
    """Write the model file by a process of its own. Raises BuildFailed."""
    told = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", __name__, str(path)],
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if told.returncode:
        raise BuildFailed(told.stderr.strip()[-2000:])


def build_here(path: Path, declared: Mapping[str, Sequence[str]]) -> None:
    """The same in this process."""
    from motcua.assistant.understanding import seeds, training

    model = training.train(seeds.examples(declared), source=seeds.source(declared))
    model.save(path)


def main(arguments: Sequence[str]) -> int:
    build_here(Path(arguments[0]), declared_words())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
