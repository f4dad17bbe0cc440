"""`make bench`: every measurement, each beside its bare limit in the same run."""

from __future__ import annotations

import subprocess
import sys

ALL = ("worktime", "requests", "desk", "boards", "edge", "talks", "import_customers", "year", "understanding")


def main() -> int:
    chosen = [name for name in sys.argv[1:] if name in ALL] or list(ALL)
    failed = 0
    for name in chosen:
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
