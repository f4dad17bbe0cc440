"""Which tests one worker runs after one another, and what begins first when several workers share the tests.

The plugin's own groups (`--dist loadgroup`) put their name into a test's id, which pytest no longer lets it do: every
test was a group of its own, and each worker built the journeys' house and the heavy homes once more. So the groups are
told here, by the file.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# What a folder or a file shares and takes long to make, or what is too heavy to run beside another of its kind.
TOGETHER = {
    "tests/journeys/": "one house and one browser",
    "tests/ops/test_up.py": "one home of the demonstration",
    "tests/ops/test_kills.py": "one home of the demonstration",
    "tests/ops/test_played_webhooks.py": "one home of the demonstration",  # its own, but heavy
    "tests/ops/test_backup.py": "one home to back up",
    "tests/ops/test_embedded.py": "servers that start and stop",
    "tests/ops/test_database.py": "servers that start and stop",
    "tests/permissions/test_matrix.py": "one house with everything in it",
}


def group_of(nodeid: str) -> str:
    """The group of a test; a test of no group is one by itself."""
    return next((group for begins, group in TOGETHER.items() if nodeid.startswith(begins)), nodeid)


def rank_of(item: pytest.Item) -> int:
    """Journeys first, they take longest; then what is slow, lest one worker begin it when the others have nothing left."""
    if item.get_closest_marker("journey"):
        return 0
    return 1 if item.get_closest_marker("slow") else 2


class Together(LoadScopeScheduling):
    """Hands out whole groups, in the order of their first tests."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False  # by size otherwise
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
