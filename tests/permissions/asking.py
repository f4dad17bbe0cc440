"""Asking one address as somebody, and what came of it in one word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import orjson
from django.conf import settings
from django.contrib.messages import WARNING
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client

from motcua.companies.context import using_company
from motcua.connectors import signed_calls
from motcua.requests.models import BulkAct
from tests.documents import samples
from tests.permissions import sent
from tests.permissions.addresses import PORTAL, address_of
from tests.permissions.house import House
from tests.permissions.names import (
    BANK_SECRET,
    HEAD_END,
    HERE,
    MARKS,
    NEIGHBOUR,
    NOW,
    OTHER_BANK,
    OTHER_HEAD_END,
    OTHER_PORTAL,
    OTHER_SECRET,
    PARTNER,
    PORTAL_SECRET,
)

TOKEN = "a" * 32
NO_WAY = "no way in"
STATUS = {401: "unsigned", 403: "forbidden", 404: "not-found", 405: NO_WAY}
PROOFS = {"customer/proof.html", "customer/enter.html"}
# Who was there, how often somebody tried or called: written whoever asks, no act of theirs. A session that goes over to somebody
# else, or ends, is one.
NOISE = re.compile(
    r"attempt|audit|axes|access|_seen|procrastinate|INSERT INTO customers_visitorsession|"
    r"(INSERT INTO|UPDATE) (django|auth)\w*session|payments_partner(nonce|minute|call)\b|connectors_headendminute"
)
WRITES = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)
MACHINE_HOSTS = {"partner": HERE, "another": HERE, "wrong key": HERE, "partner elsewhere": NEIGHBOUR}
SIGNING = {"api-banks", "api-portals", "api-meters"}
READS = {"GET", "HEAD", "OPTIONS", "TRACE"}


@dataclass(frozen=True)
class Met:
    """What somebody met at an address, in one word, the answer itself, and what was written (no noise)."""

    word: str
    response: Any
    written: frozenset[str]


@contextmanager
def apart(client: Client) -> Iterator[None]:
    """What is asked in here leaves no trace: not in the database, not in the browser, not in the cache."""
    kept = client.cookies.output()
    morsels = SimpleCookie(client.cookies)
    cache.clear()
    try:
        with transaction.atomic():
            try:
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        client.cookies = morsels
        assert client.cookies.output() == kept
        connection.set_schema_to_public()  # type: ignore[attr-defined]


def _signed(api: str, who: str, method: str, path: str, body: bytes) -> dict[str, str]:
    keys = {
        "api-banks": {"partner": (PARTNER, BANK_SECRET), "another": (OTHER_BANK[0], OTHER_SECRET)},
        "api-portals": {"partner": (PORTAL, PORTAL_SECRET), "another": (OTHER_PORTAL, OTHER_SECRET)},
        "api-meters": {"partner": (HEAD_END, PORTAL_SECRET), "another": (OTHER_HEAD_END, OTHER_SECRET)},
    }[api]
    code, secret = keys["another" if who == "another" else "partner"]
    return signed_calls.signed_headers(
        partner_code=code, secret="w" * 40 if who == "wrong key" else secret, method=method, path=path,
        request_id=f"r{next(sent.numbers)}", body=body, at=NOW,
    )  # fmt: skip


def ask(house: House, who: str, method: str, name: str, variant: str = "", *, token: bool = True) -> Met:
    """What becomes of it. `variant`: another act of the address; `token`: the post comes from a page of ours."""
    is_machine = who in MACHINE_HOSTS
    client = Client(headers={"host": MACHINE_HOSTS[who]}) if is_machine else house.clients[who]
    client.raise_request_exception = False
    client.handler.enforce_csrf_checks = True
    written: set[str] = set()

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if (found := WRITES.match(sql)) and context["cursor"].rowcount != 0:
            written.add(f"{found.group(1).upper()} {found.group(2)}")
        return result

    with using_company("HANOI"), apart(client), connection.execute_wrapper(listen):
        if token:
            client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
        response = _send(house, client, who, method, name, variant, token=token)
        if hasattr(response, "streaming_content"):
            response.content_read = b"".join(response.streaming_content)
        acts = frozenset(act for act in written if not NOISE.search(act))
        return Met(_word(house, client, method, response, acts), response, acts)


def _send(
    house: House, client: Client, who: str, method: str, name: str, variant: str, *, token: bool
) -> Any:
    api, full = name.partition(":")[0], f"{name} {variant}".strip()
    path = address_of(house, name, variant)
    url = path + sent.query(house, name)
    headers = {"X-CSRFToken": TOKEN} if token else {}
    if name not in sent.MACHINES and api not in SIGNING and method in {"GET", "POST"}:
        given = sent.form(house, full) if method == "POST" else None
        headers |= sent.headers_of(house, full, path, b"")
        return getattr(client, method.lower())(url, given, headers=headers)
    body, kind = b"", "application/json"
    if method == "PUT":
        body, kind = samples.jpeg(), "application/octet-stream"
    elif method == "POST":
        body = orjson.dumps(sent.MACHINES[name](house)) if name in sent.MACHINES else b""
    if who in MACHINE_HOSTS and api in SIGNING:
        headers |= _signed(api, who, method, path, body)
    headers |= sent.headers_of(house, full, path, body)
    return client.generic(method, url, body, content_type=kind, headers=headers)


def _word(house: House, client: Client, method: str, response: Any, written: frozenset[str]) -> str:
    status = response.status_code
    location = response.headers.get("Location", "")
    if status in STATUS:
        return STATUS[status]
    if status >= 500:
        return f"broken {status} {getattr(response, 'exc_info', None) and response.exc_info[1]!r}"
    if written and status < 400 and method not in READS:
        return "does" if _was_done(response) else "refused"
    if status == 302 and location.startswith("/nhan-vien/dang-nhap/"):
        return "sign-in"
    if {template.name for template in response.templates} & PROOFS:
        return "prove"
    if status >= 400 or _has_errors(response):
        return "refused"
    if status == 302 and location.startswith("/theo-doi/") and _asks_proof(client, location):
        return "prove"
    told = getattr(response.wsgi_request, "_messages", ())
    if any(message.level >= WARNING for message in getattr(told, "_queued_messages", ())):
        return "refused"
    kind = response.headers.get("Content-Type", "")
    if not kind.startswith(
        ("text/html", "application/json", "text/plain", "application/manifest", "text/javascript")
    ):
        return "file" if status == 200 else "ok"
    text = content_of(response).decode(errors="replace")
    return "sees" if any(mark in text for mark in (*MARKS, *house.things["numbers"])) else "ok"


def content_of(response: Any) -> bytes:
    return bytes(response.content_read if hasattr(response, "content_read") else response.content)


def _was_done(response: Any) -> bool:
    """Whether anything was done: an act on many leaves its row also when each of them was refused."""
    many = re.fullmatch(r"/ban-viec/\?(?:.*&)?viec=([0-9a-f-]{36})", response.headers.get("Location", ""))
    return many is None or bool(BulkAct.objects.get(id=many[1]).done)


def _has_errors(response: Any) -> bool:
    """A page whose form came back with what is wrong in it."""
    form = response.context.get("form") if response.context else None
    return bool(getattr(form, "is_bound", False) and form.errors)


def _asks_proof(client: Client, location: str) -> bool:
    page = client.get(location)
    return bool({template.name for template in page.templates} & PROOFS)
