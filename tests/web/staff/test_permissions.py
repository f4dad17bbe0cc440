"""Every staff address, for everybody: nobody signed in, each role, another unit, another company's host."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from motcua.companies.context import using_company
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.requests import operations as request_ops
from tests.web import people

NOBODY = UUID("00000000-0000-7000-8000-000000000000")
LISTS = {"INTAKE", "BUSINESS", "CREW", "SUPERVISOR", "ADMIN", "DIRECTOR"}
ACTORS = {"INTAKE", "BUSINESS", "CREW", "SUPERVISOR"}
TALKERS = {"INTAKE", "BUSINESS", "SUPERVISOR"}
PAPERS = {"INTAKE", "BUSINESS", "CREW", "SUPERVISOR", "DESK_CLERK"}
COUNTER = {"INTAKE", "BUSINESS", "SUPERVISOR", "DESK_CLERK"}
EVERYBODY = {role.value for role in Role}
ADMIN = {"ADMIN"}
MONEY = {"BUSINESS", "SUPERVISOR"}
CASHIERS = {"INTAKE", "SUPERVISOR"}

# Who may open what. An address that is not here fails the test: say who may.
MATRIX: dict[str, set[str]] = {
    "desk:worklist": LISTS,
    "desk:recent": LISTS,
    "desk:keys": EVERYBODY,
    "desk:oversee": {"SUPERVISOR"},
    "desk:hand-over": {"SUPERVISOR"},
    "desk:absence-add": {"SUPERVISOR"},
    "desk:absence-end": {"SUPERVISOR"},
    "desk:for-me": LISTS,
    "desk:for-me-read": LISTS,
    "desk:many": ACTORS,
    "desk:many-undo": ACTORS,
    "desk:list-keep": LISTS,
    "desk:list-columns": LISTS,
    "desk:list-forget": LISTS,
    "desk:search": LISTS,
    "desk:visits": TALKERS,
    "desk:visits-print": TALKERS,
    "desk:visit-assign": TALKERS,
    "desk:call": TALKERS,
    "desk:call-form": TALKERS,
    "desk:request": LISTS,
    "desk:advance": ACTORS,
    "desk:act": ACTORS,
    "desk:slip": ACTORS,
    "desk:document": PAPERS,
    "desk:thumbnail": PAPERS,
    "desk:suspense": MONEY,
    "desk:suspense-case": MONEY,
    "desk:suspense-act": MONEY,
    "desk:conversations": TALKERS,
    "desk:conversation": TALKERS,
    "desk:conversation-act": TALKERS,
    "desk:conversation-form": TALKERS,
    "desk:conversation-file": TALKERS,
    "desk:admin": ADMIN,
    "counter:home": COUNTER,
    "counter:new": COUNTER,
    "counter:done": COUNTER,
    "counter:slip": COUNTER,
    "counter:mine": COUNTER,
    "counter:case": COUNTER,
    "counter:case-papers": COUNTER,
    "counter:case-cancel": COUNTER,
    "counter:case-hand": COUNTER,
    "counter:cash": CASHIERS,
    "counter:cash-take": CASHIERS,
    "counter:cash-day": TALKERS,
    "counter:receipt": TALKERS,
    "counter:receipt-pdf": TALKERS,
    "counter:receipt-void": CASHIERS,
    "staff:home": EVERYBODY,
    "staff:people": ADMIN,
    "staff:person-add": ADMIN,
    "staff:person": ADMIN,
    "staff:person-act": ADMIN,
    "staff:units": ADMIN,
    "staff:unit-add": ADMIN,
    "staff:unit": ADMIN,
    "staff:areas": ADMIN,
    "staff:area-end": ADMIN,
    "staff:days": ADMIN,
    "staff:day-forget": ADMIN,
    "staff:audit": ADMIN,
    "staff:events": ADMIN,
    "staff:event-act": ADMIN,
    "staff:outbox-act": ADMIN,
    "staff:portal-retry": ADMIN,
}
POSTS_ONLY = {
    "desk:hand-over", "desk:absence-add", "desk:absence-end", "desk:for-me-read", "desk:many", "desk:many-undo", "desk:list-keep", "desk:list-columns",
    "desk:list-forget",
    "desk:suspense-act", "desk:visit-assign", "desk:conversation-act", "desk:conversation-form", "staff:person-act", "staff:day-forget", "staff:area-end",
    "staff:event-act", "staff:outbox-act", "staff:portal-retry", "counter:receipt-void",
}  # fmt: skip


def staff_names() -> set[str]:
    found: set[str] = set()

    def walk(patterns: Any, spaces: tuple[str, ...]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, (*spaces, pattern.namespace) if pattern.namespace else spaces)
            elif isinstance(pattern, URLPattern) and spaces and spaces[0] in {"desk", "counter", "staff"}:
                found.add(f"{spaces[0]}:{pattern.name}")

    walk(get_resolver().url_patterns, ())
    return found


@pytest.fixture
def things(company) -> dict[str, Any]:
    """A request, a conversation: what the addresses name."""
    at = clock.now()
    receipt = request_ops.submit(
        service_code="NEW-LV-RES", answers=people.HOME_ANSWERS, channel="WEB", actor=Actor.anonymous("v"), at=at, key="s",
    )  # fmt: skip
    talk = messaging_ops.open_conversation(channel="WEBCHAT", address="v", at=at, unit_code="PD0000")
    return {
        "number": receipt.number,
        "conversation_id": talk.id,
        "staff_id": people.add_staff("ai-do", Role.INTAKE).id,
    }


def address(name: str, things: dict[str, Any]) -> str:
    """The address of this name with what the arguments name."""
    known: dict[str, Any] = {
        **things, "document_id": NOBODY, "visit_id": NOBODY, "outbox_id": NOBODY,
        "callback_id": NOBODY, "case_id": NOBODY, "bulk_id": NOBODY, "list_id": NOBODY, "absence_id": 0, "charge_id": NOBODY, "event_id": 0, "seq": 0,
        "day": "2026-12-01",
        "action": "accept", "slug": "ghi-chu", "code": "PD0100" if name in {"staff:unit", "staff:areas"} else "INFO", "area_id": 0,
    }  # fmt: skip
    for names in ([], ["number"], ["code"], ["day"], ["staff_id"], ["visit_id"], ["event_id"], ["outbox_id"],
                  ["callback_id"], ["case_id"], ["bulk_id"], ["list_id"], ["absence_id"], ["charge_id"], ["area_id"], ["conversation_id"],
                  ["number", "action"], ["number", "slug"], ["number", "document_id"], ["conversation_id", "seq"]):  # fmt: skip
        try:
            return reverse(name, kwargs={key: known[key] for key in names})
        except NoReverseMatch:
            continue
    raise AssertionError(name)


def ask(client: Any, name: str, url: str) -> int:
    return (client.post(url, {}) if name in POSTS_ONLY else client.get(url)).status_code


class TestMatrix:
    def test_names_every_staff_address(self):
        assert staff_names() == set(MATRIX)

    @pytest.mark.parametrize("name", sorted(MATRIX))
    def test_nobody_signed_in_is_sent_to_sign_in(self, things, name):
        url = address(name, things)
        client = people.browser()

        page = client.post(url) if name in POSTS_ONLY else client.get(url)

        assert page.status_code == 302
        assert page.headers["Location"].startswith("/nhan-vien/dang-nhap/")

    @pytest.mark.parametrize("role", sorted(EVERYBODY))
    def test_each_role_opens_what_is_theirs_and_nothing_else(self, things, role):
        client = people.browser(people.add_staff("ai", Role(role)))

        wrong = {}
        for name, roles in MATRIX.items():
            status = ask(
                client, name, address(name, things)
            )  # what is open may still hold nothing for them: 404
            if (status != 403) != (role in roles):
                wrong[name] = status

        assert wrong == {}

    @pytest.mark.parametrize(
        "role", ["INTAKE", "BUSINESS", "CREW", "SUPERVISOR", "DIRECTOR", "DESK_CLERK", "ADMIN"]
    )
    def test_another_unit_finds_no_request_and_no_conversation(self, things, role):
        client = people.browser(people.add_staff("xa", Role(role), unit="PD0200"))

        for name in MATRIX:
            url = address(name, things)
            if (
                things["number"] in url
                or str(things["conversation_id"]) in url
                or str(things["staff_id"]) in url
            ):
                assert ask(client, name, url) in {403, 404}, name

    def test_a_cookie_of_one_company_opens_nothing_at_another(self, things):
        client = people.browser(people.add_staff("thao", *Role))
        assert client.get("/ban-viec/").status_code == 200

        for name in MATRIX:
            url = address(name, things)
            page = (
                client.post(url, headers={"host": "npc.localhost"})
                if name in POSTS_ONLY
                else client.get(url, headers={"host": "npc.localhost"})
            )
            assert page.status_code == 302, name
            assert page.headers["Location"].startswith("/nhan-vien/dang-nhap/"), name

    def test_the_same_name_at_another_company_is_another_person(self, things):
        people.add_staff("thao", *Role)

        with using_company("NPC"):
            page = people.browser(host="npc.localhost").post(
                "/nhan-vien/dang-nhap/", {"login": "thao", "password": people.PASSWORD}
            )

        assert page.status_code == 200
        assert "chưa đúng" in page.content.decode()

    def test_a_request_of_another_company_is_not_found_by_its_number(self, things):
        with using_company("NPC"):
            people_there = people.browser(people.add_staff("thao", *Role), host="npc.localhost")
            page = people_there.get(reverse("desk:request", args=(things["number"],)))

        assert page.status_code == 404

    def test_pages_are_never_kept_by_a_cache(self, things):
        client = people.browser(people.add_staff("thao", *Role))

        for name in ("desk:worklist", "desk:request", "desk:conversations", "counter:home", "staff:people"):
            assert "no-store" in client.get(address(name, things)).headers["Cache-Control"], name
