"""The house of the matrix: built once, in one transaction, for all its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection, transaction
from django.test import Client, override_settings

from motcua.companies.context import using_company
from motcua.config import clock
from motcua.connectors import outside
from motcua.connectors.identity import oidc
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.kernel.clock import FixedClock
from motcua.sandbox import bank, portal, sms
from tests.permissions import house as houses


def call_in_process(
    method: str, url: str, *, content: bytes | None = None, form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:  # fmt: skip
    """The stand-in portal's sign-in without a wire: the same pages, in this process and transaction."""
    parts = urlsplit(url)
    client = Client(headers={"host": parts.netloc, **(headers or {})})
    made = client.get(parts.path) if method == "GET" else client.post(parts.path, dict(form or {}))
    return httpx.Response(made.status_code, content=made.content)


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[houses.House]:
    folder: Path = tmp_path_factory.mktemp("documents")
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), quick:
        patch.setattr(clock, "CLOCK", FixedClock(houses.NOW))
        own = storage.FolderStorage(folder)
        patch.setattr(document_ops, "get_storage", lambda: own)
        patch.setattr(outside, "call", call_in_process)
        for stand_in in (bank, portal, sms):  # they call back over the wire, from a thread of their own
            patch.setattr(stand_in, "start_delivery", lambda: None)
        oidc.forget()
        with transaction.atomic():
            with using_company("HANOI"):
                built = houses.build()
            yield built
            connection.set_schema_to_public()  # type: ignore[attr-defined]
            transaction.set_rollback(True)
        oidc.forget()
