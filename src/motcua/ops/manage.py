"""Django's own commands with our settings: `motcua manage COMMAND` or `python -m motcua.ops.manage COMMAND`.

The first finds the installation's database by itself; the second takes the environment as it is.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def run(told: argparse.Namespace) -> int:
    from motcua.ops import database
    from motcua.ops.home import Home

    with database.entered(Home(told.home or os.environ.get("MOTCUA_HOME") or Path("var")), owner=True):
        main(told.rest)
    return 0


def main(arguments: list[str] | None = None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["motcua manage", *(sys.argv[1:] if arguments is None else arguments)])


if __name__ == "__main__":
    main()
