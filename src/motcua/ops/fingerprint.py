"""A short hash of everything that decides what the database must look like; equal means nothing is to be
migrated.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = (
    "*/migrations/*.py",
    "*/models.py",
    "*/models/**/*.py",
    "companies/**/*",
    "services/**/*",
    "tariffs/**/*",
    "config/settings/*.py",
    "ops/prepare.py",
    "assistant/data/**/*",  # the model of understanding is built in the same breath
    "assistant/understanding/**/*.py",
)
LIBRARIES = ("Django", "django-tenants", "django-allauth", "django-axes", "procrastinate")


def of_code() -> str:
    """The hash of migrations, models, declarations and national data of the code that runs."""
    digest = hashlib.sha256()
    for library in LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\n".encode())
    files = {
        path
        for pattern in PATTERNS
        for path in ROOT.glob(pattern)
        if path.is_file() and path.suffix != ".pyc"
    }
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
