"""Every address of the board, for everybody."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.urls import get_resolver, reverse

from motcua.companies.roles import Role
from motcua.reports.models import MonthClose, Target
from motcua.web.board import handovers
from tests.web import people

NOBODY = UUID("00000000-0000-7000-8000-000000000000")
SEES = {"SUPERVISOR", "ADMIN", "BUSINESS", "DIRECTOR"}
DECIDES = {"SUPERVISOR", "DIRECTOR"}
# Who may open it (at a company), by the method told; an address that is not here fails the test.
MATRIX: dict[tuple[str, str], set[str]] = {
    ("home", "GET"): SEES,
    ("cases", "GET"): SEES,
    ("meanings", "GET"): SEES,
    ("screen", "GET"): SEES,
    ("targets", "GET"): SEES,
    ("targets", "POST"): DECIDES,
    ("target-withdraw", "POST"): DECIDES,
    ("closing", "GET"): SEES,
    ("closing", "POST"): DECIDES,
    ("csv", "GET"): SEES,
    ("xlsx", "GET"): SEES,
    ("handover", "GET"): set(),  # the group's directors alone
}
BY_PASS = {"enter"}


def address(name: str) -> str:
    return reverse(f"board:{name}", args=[NOBODY] if name == "target-withdraw" else [])


def ask(client, name: str, method: str):
    return client.post(address(name), {}) if method == "POST" else client.get(address(name))


def names() -> set[str]:
    board = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", "") == "board")
    return {pattern.name for pattern in board.url_patterns}


class TestMatrix:
    def test_names_every_address(self):
        assert {name for name, _method in MATRIX} | BY_PASS == names()

    @pytest.mark.parametrize(("name", "method"), sorted(MATRIX))
    def test_nobody_signed_in_is_sent_to_sign_in(self, company, name, method):
        page = ask(people.browser(), name, method)

        assert page.status_code == 302
        assert page.headers["Location"].startswith("/nhan-vien/dang-nhap/")

    @pytest.mark.parametrize("role", sorted(role.value for role in Role))
    def test_each_role_opens_what_is_theirs_and_nothing_else(self, company, role):
        client = people.browser(people.add_staff("ai", Role(role)))

        wrong = {
            key: status
            for key, roles in MATRIX.items()
            if ((status := ask(client, *key).status_code) != 403) != (role in roles)
        }

        assert wrong == {}

    def test_a_director_who_came_over_looks_and_changes_nothing(self, company, counted):
        client = people.browser()
        client.cookies[handovers.COOKIE] = handovers.make_visit(director="director-1", company_code="HANOI")

        assert client.get(address("home")).status_code == 200
        assert client.get(address("cases")).status_code == 200
        assert client.post("/bang/chot/", {"thang": "2026-11"}).status_code == 302  # to the sign-in
        assert client.post("/bang/muc-tieu/", {"figure": "INDIRECT"}).status_code == 302
        assert (MonthClose.objects.count(), Target.objects.count()) == (0, 0)

    def test_a_visit_of_one_company_opens_nothing_at_another(self, company):
        client = people.browser(host="npc.localhost")
        client.cookies[handovers.COOKIE] = handovers.make_visit(director="director-1", company_code="HANOI")

        assert client.get(address("home")).status_code == 302

    def test_is_never_kept_by_a_cache(self, company):
        client = people.browser(people.add_staff("ai", Role.SUPERVISOR))

        for name in ("home", "cases", "targets", "closing", "csv"):
            assert "no-store" in client.get(address(name)).headers["Cache-Control"], name
