from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from motcua.documents import operations, storage


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> storage.FolderStorage:
    """A storage of the test's own."""
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(operations, "get_storage", lambda: own)
    return own


@pytest.fixture
def send(company: Any, citizen: Any, at: Any) -> Any:
    """Store a file as the customer of request r-1."""

    def store(content: bytes, **changes: Any) -> Any:
        given = {
            "name": "IMG_1.jpg", "kind": "PLACE_RIGHT", "subject_type": "request", "subject_id": "r-1",
            "sensitive": False, "actor": citizen, "at": at,
        }  # fmt: skip
        return operations.store(content=content, **{**given, **changes})

    return store
