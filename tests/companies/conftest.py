"""A database to be its owner of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests.conftest import _point_at


@pytest.fixture
def owner(shared_server: Any, django_db_setup: None, django_db_blocker: Any, settings: Any) -> Iterator[None]:
    """A fresh database, this process its owner."""
    name = shared_server.clone()
    settings.COMPANY_ROLE_PREFIX = ""
    with django_db_blocker.unblock():
        before = dict(connections["default"].settings_dict)
        _point_at(shared_server.owner_url(name))
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"].close_pool()
            kept = {key: before[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
            connections["default"].settings_dict.update(kept)
            connections.settings["default"].update(kept)
    shared_server.drop(name)
