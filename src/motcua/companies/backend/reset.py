"""What happens to a connection before it goes back to the pool."""

from __future__ import annotations

from typing import Any


def forget_company(connection: Any) -> None:
    """Empty the path and reset the role, so that a forgotten switch of company finds no table; let go of locks.

    A job that gives its connection back while it calls out would else leave its lock with whoever gets it next.
    """
    connection.execute(
        "SELECT set_config('role', 'none', false), set_config('search_path', '', false), pg_advisory_unlock_all()"
    )
    connection.commit()
