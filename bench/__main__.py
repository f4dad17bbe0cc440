"""`motcua bench [NAME ...]`: every measurement, each beside its bare limit in the same run; `NAME --option ...`: one, its way."""

from __future__ import annotations

import subprocess
import sys

ALL = (
    "worktime", "requests", "desk", "boards", "edge", "live", "webhooks", "answering", "conversations", "talks",
    "import_customers", "year", "understanding", "notices", "rating", "bill_run", "ledger", "papers", "signing", "bank", "matching",
)  # fmt: skip


def own_arguments(words: list[str]) -> list[str]:
    """What stands behind the name of one measurement goes to it."""
    return words[1:] if words and words[0] in ALL and any(word.startswith("-") for word in words) else []


def main() -> int:
    more = own_arguments(sys.argv[1:])
    chosen = [sys.argv[1]] if more else [name for name in sys.argv[1:] if name in ALL] or list(ALL)
    failed = 0
    for name in chosen:
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"bench.{name}", *more], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
