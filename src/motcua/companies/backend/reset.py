"""What happens to a connection before it goes back to the pool."""

from __future__ import annotations

from typing import Any


def forget_company(connection: Any) -> None:
    """Empty the path and reset the role, so that a forgotten switch of company finds no table."""
    connection.execute("SELECT set_config('role', 'none', false), set_config('search_path', '', false)")
    connection.commit()
