"""The `motcua` command: one word per act, each loaded only when it is asked for."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from motcua.ops.commands import parser
from motcua.ops.trouble import Exit, Trouble

OLDEST_PYTHON = (3, 11)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. Expected troubles are one sentence on the error output."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        print(f"Motcua needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return Exit.USAGE
    top = parser()
    told, unknown = top.parse_known_args(arguments)
    if unknown and "rest" not in told:
        top.error(f"unrecognized arguments: {' '.join(unknown)}")
    if unknown:  # options before the first word of what is passed on
        told.rest = [*unknown, *told.rest]
    if told.home:
        os.environ["MOTCUA_HOME"] = told.home
    module_name, function_name = told.run.split(":")
    try:
        function = getattr(importlib.import_module(module_name), function_name)
        return int(function(told) or 0)
    except Trouble as trouble:
        sys.stdout.flush()
        print(trouble.sentence, file=sys.stderr)
        return trouble.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(main())
