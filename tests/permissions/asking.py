"""Asking one address as somebody, and what came of it in one word."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.contrib.messages import WARNING
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from motcua.companies.context import using_company
from motcua.connectors import signed_calls
from tests.documents import samples
from tests.permissions.house import (
    BANK_SECRET,
    FORM,
    HERE,
    MARKS,
    NEIGHBOUR,
    NOW,
    OTHER_BANK,
    OTHER_PORTAL,
    OTHER_SECRET,
    PARTNER,
    PORTAL,
    PORTAL_SECRET,
    UNACCENTED,
    UNIT,
    House,
)

TOKEN = "a" * 32
NO_WAY = "no way in"
STATUS = {401: "unsigned", 403: "forbidden", 404: "not-found", 405: NO_WAY}
PROOFS = {"customer/proof.html", "customer/enter.html"}
# Who was there, how often somebody tried: written whoever asks, no act of theirs.
NOISE = re.compile(r"session|attempt|audit|axes|access|subscription|_seen|procrastinate")
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)
MACHINE_HOSTS = {"partner": HERE, "another": HERE, "wrong key": HERE, "partner elsewhere": NEIGHBOUR}
_numbers = itertools.count()


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("anh.jpg", samples.jpeg(), "image/jpeg")


def bodies(house: House) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is posted where a post without content would be refused before anybody asks whose it is."""
    things = house.things
    person = {
        "name": "Ai Đó",
        "unit": UNIT,
        "roles": ["INTAKE"],
        "username": "moi.vao",
        "phone": "",
        "email": "",
    }
    door = {"name": "Mới", "client_id": "motcua", "secret": "x" * 20, "recheck_minutes": "10"}
    return {
        "desk:act": lambda: {"text": "xin chào"},
        "desk:advance": lambda: {"needs_survey": "false", "cost_vnd": "0"},
        "desk:conversation": lambda: {"text": "chào chị"},
        "desk:conversation-act": lambda: {"viec": "nhan"},
        "desk:conversation-form": lambda: {"dich-vu": "INFO"},
        "desk:many": lambda: {"viec": "in-phieu", "yeu-cau": [str(things["request_id"])]},
        "desk:hand-over": lambda: {"tu": things["crew_ids"][0], "den": things["crew_ids"][1]},
        "desk:absence-add": lambda: {
            "ai": str(things["staff_id"]), "tu-ngay": "2026-12-10", "di-lam": "2026-12-12", "ly-do": "LEAVE"
        },
        "desk:list-keep": lambda: {"ten": "x"},
        "desk:suspense-act": lambda: {"viec": "tra-lai", "ghi_chu": "nhầm"},
        "desk:visit-assign": lambda: {"to": "T1"},
        "counter:cash-take": lambda: {"amount_vnd": "105840", "payer_name": "Ai", "key": "k1"},
        "counter:receipt-void": lambda: {"reason": "nhầm"},
        "counter:case-papers": lambda: {"paper_IDENTITY": picture()},
        "counter:case-cancel": lambda: {"reason": "thôi"},
        "staff:person": lambda: {**person},
        "staff:person-add": lambda: {**person},
        "staff:person-act": lambda: {"viec": "khoa"},
        "staff:unit": lambda: {"name": "Đống Đa"},
        "staff:unit-add": lambda: {
            "code": "PD0499", "name": "Mới", "kind": "DESK", "parent": UNIT, "valid_from": "01/12/2026"
        },
        "staff:areas": lambda: {"province": "01", "district": "Xa Lắm", "valid_from": "01/12/2026"},
        "staff:area-end": lambda: {"valid_to": "01/12/2026"},
        "staff:days": lambda: {"date": "02/12/2026", "is_working": "0", "name": "Nghỉ bão"},
        "staff:portal-add": lambda: {
            "code": "DVC-MOI", "name": "Mới", "format": "PROVINCIAL", "agency": "H99", "callback_url": "", "procedures": ""
        },
        "staff:portal": lambda: {"callback_url": "https://moi.example.vn/", "procedures": ""},
        "staff:portal-act": lambda: {"viec": "tat"},
        "staff:provider-add": lambda: {"code": "MOI", **door, "issuer": "https://moi.example.vn", "scope": "openid"},
        "staff:provider": lambda: {**door, "issuer": "https://moi.example.vn", "scope": "openid"},
        "staff:provider-act": lambda: {"viec": "tat"},
        "staff:directory-add": lambda: {"code": "moi", **door, "address": "https://moi.example.vn"},
        "staff:directory": lambda: {**door, "address": "https://moi.example.vn"},
        "staff:directory-act": lambda: {"viec": "tat"},
        "staff:bank-add": lambda: {"code": "NHMOI", "name": "Mới", "bank": "NHMOI"},
        "staff:bank-act": lambda: {"viec": "tat"},
        "staff:crew": lambda: {"members": [str(id) for id in things["crew_ids"]]},
        "staff:event-act": lambda: {"viec": "bo"},
        "board:targets": lambda: {
            "figure": "ON_TIME", "unit_code": "", "company_code": "", "starts": "01/01/2026", "last": "31/12/2026",
            "value": "0,97",
        },
        "board:closing": lambda: {"thang": "2026-10", "reason": "x"},
        "field:act": lambda: {"full_name": "Hoàng Thị Mơ", "reason": "thiếu dấu"},
        "field:papers": lambda: {"IDENTITY": picture()},
        "customer:papers": lambda: {"IDENTITY": picture()},
        "customer:cancel": lambda: {"reason": "thôi"},
        "customer:object": lambda: {"text": "chưa đúng"},
        "customer:notices": lambda: {"REQUEST": ["SMS"]},
        "customer:person-add": lambda: {"name": "Lê Văn Ba", "phone": "0977123456", "scope": "ALL", "period": "365"},
        "customer:act-for": lambda: {"who": str(things["owner_id"])},
        "customer:draft-page": lambda: {"topic": "PRICE_BILL"},
        "customer:share": lambda: {"anh": picture()},
        "customer:share-give": lambda: {"so": things["number"], "anh": picture()},
        "customer:resume": lambda: {"ma": things["resume_code"]},
        "customer:owed": lambda: {"ma": things["payment_code"]},
        "customer:follow": lambda: {"so": things["number"]},
        "customer:send-code": lambda: {"phone": "0966111222"},
        "customer:enter-send": lambda: {"phone": "0966111222"},
        "customer:visit": lambda: {"window": things["window"]},
        "customer:this-browser": lambda: {"endpoint": ""},
        "chat:send": lambda: {"text": "xin chào"},
        "look": lambda: {"language": "en"},
    }  # fmt: skip


def query(house: House, name: str) -> str:
    """What is looked for where a page shows nothing before something is."""
    things = house.things
    wanted = {
        "/healthz": {"only": "pages"},  # here is no worker to be healthy
        "desk:search": {"q": UNACCENTED},
        "desk:call": {"q": UNACCENTED},
        "counter:home": {"q": UNACCENTED},
        "counter:cash": {"q": things["payment_code"]},
        "desk:visits": {"ngay": things["visit_day"]},
        "desk:visits-print": {"ngay": things["visit_day"]},
        "board:cases": {"chi-tieu": "RECEIVED"},
        "board:handover": {"company_code": "HANOI"},
    }.get(name)
    return f"?{urlencode(wanted)}" if wanted else ""


MACHINES: dict[str, Callable[[House], Any]] = {
    "api-public:send": lambda house: {"service": "INFO", "answers": {}},
    "api-banks:notify": lambda house: {
        "txn_id": "FT9", "amount_vnd": 105_840, "text": house.things["payment_code"], "paid_at": NOW.isoformat()
    },
    "api-banks:inquire": lambda house: {"payment_code": house.things["payment_code"]},
    "api-banks:pay_status": lambda house: {"txn_id": "FT0"},
    "api-portals:submit": lambda house: {
        "dossier_number": "H26.17.15-261116-0002", "procedure": "1.008801", "province_code": "01",
        "submitted_at": NOW.isoformat(), "form": dict(FORM),
    },
    "api-portals:supplement": lambda house: {"supplement_id": "s1", "file_ids": [], "remark": "x"},
    "api-portals:withdraw": lambda house: {"reason": "thôi"},
}  # fmt: skip


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
    }[api]
    code, secret = keys["another" if who == "another" else "partner"]
    return signed_calls.signed_headers(
        partner_code=code, secret="w" * 40 if who == "wrong key" else secret, method=method, path=path,
        request_id=f"r{next(_numbers)}", body=body, at=NOW,
    )  # fmt: skip


@dataclass(frozen=True)
class Met:
    """What somebody met at an address, in one word, and the answer itself."""

    word: str
    response: Any


def ask(house: House, who: str, method: str, name: str, url: str, *, token: bool = True) -> Met:
    """What becomes of it. `token`: the post comes from a page of ours."""
    api = name.partition(":")[0]
    is_machine = who in MACHINE_HOSTS
    client = Client(headers={"host": MACHINE_HOSTS[who]}) if is_machine else house.clients[who]
    client.raise_request_exception = False
    client.handler.enforce_csrf_checks = True
    written: set[str] = set()

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if (found := WRITES.match(sql)) and context["cursor"].rowcount != 0:
            written.add(found.group(1))
        return result

    with using_company("HANOI"), apart(client), connection.execute_wrapper(listen):
        headers: dict[str, str] = {}
        if token:
            client.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
            headers["X-CSRFToken"] = TOKEN
        if name in MACHINES or api in {"api-banks", "api-portals"}:
            body = orjson.dumps(MACHINES[name](house)) if name in MACHINES and method == "POST" else b""
            kind = "application/json"
            if method == "PUT":
                body, kind = samples.jpeg(), "application/octet-stream"
            if is_machine and api in {"api-banks", "api-portals"}:
                headers |= _signed(api, who, method, url, body)
            headers["Idempotency-Key"] = "0b0e7c1e-0000-4000-8000-000000000001"
            response = client.generic(method, url, body, content_type=kind, headers=headers)
        else:
            given = bodies(house).get(name, dict)() if method == "POST" else None
            asked = url + (query(house, name) if method == "GET" else "")
            response = getattr(client, method.lower())(asked, given, headers=headers)
        if hasattr(response, "streaming_content"):
            response.content_read = b"".join(response.streaming_content)
        return Met(
            _word(house, client, response, {table for table in written if not NOISE.search(table)}), response
        )


def _word(house: House, client: Client, response: Any, written: set[str]) -> str:
    status = response.status_code
    location = response.headers.get("Location", "")
    if status in STATUS:
        return STATUS[status]
    if status >= 500:
        return f"broken {status} {getattr(response, 'exc_info', None) and response.exc_info[1]!r}"
    if status == 302 and location.startswith("/nhan-vien/dang-nhap/"):
        return "sign-in"
    if {template.name for template in response.templates} & PROOFS:
        return "prove"
    if status >= 400:
        return "refused"
    if written and response.wsgi_request.method != "GET":
        return "does"
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
    content = response.content_read if hasattr(response, "content_read") else response.content
    text = content.decode(errors="replace")
    return "sees" if any(mark in text for mark in (*MARKS, house.things["number"])) else "ok"


def _asks_proof(client: Client, location: str) -> bool:
    page = client.get(location)
    return bool({template.name for template in page.templates} & PROOFS)
