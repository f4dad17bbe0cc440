"""The house of the matrix: built once, in one transaction, for all its cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from motcua.companies.context import using_company
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.kernel.clock import FixedClock
from tests.permissions import house as houses


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[houses.House]:
    folder: Path = tmp_path_factory.mktemp("documents")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(clock, "CLOCK", FixedClock(houses.NOW))
        own = storage.FolderStorage(folder)
        patch.setattr(document_ops, "get_storage", lambda: own)
        with transaction.atomic():
            with using_company("HANOI"):
                built = houses.build()
            yield built
            connection.set_schema_to_public()  # type: ignore[attr-defined]
            transaction.set_rollback(True)
