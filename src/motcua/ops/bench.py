"""`motcua bench`: the measurements in `bench/` of a source checkout."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from motcua.ops.trouble import Exit, Trouble

CHECKOUT = Path(__file__).resolve().parents[3]


def run(told: argparse.Namespace) -> int:
    if not (CHECKOUT / "bench" / "__main__.py").exists():
        raise Trouble(
            "The measurements are part of a source checkout: git clone it, then `make bench`.", Exit.USAGE
        )
    return subprocess.run([sys.executable, "-m", "bench", *told.rest], cwd=CHECKOUT, check=False).returncode
