"""Only portals call, signed and under their own name; the description names every call."""
# ruff: noqa: F811 - fixtures are arguments

from __future__ import annotations

from datetime import timedelta

import pytest

from motcua.companies.context import using_company
from motcua.connectors import signed_calls
from motcua.connectors.portals import partners
from motcua.requests.models import Request
from tests.api.portal_house import (  # noqa: F401 - fixtures among them
    NUMBER,
    PORTAL,
    SYSTEM,
    _portal,
    add_portal,
    business,
    call,
    dossier,
    portal_clock,
    sent,
)

CALLS = [
    ("GET", "procedures", None), ("POST", "dossiers", {}), ("GET", f"dossiers/{NUMBER}", None),
    ("PUT", f"dossiers/{NUMBER}/papers/GT_CHO_O/f1", {}), ("POST", f"dossiers/{NUMBER}/supplement", {}),
    ("POST", f"dossiers/{NUMBER}/withdrawal", {}), ("GET", f"dossiers/{NUMBER}/fees", None),
    ("GET", f"dossiers/{NUMBER}/results", None),
    ("GET", f"dossiers/{NUMBER}/results/00000000-0000-7000-8000-000000000000", None),
]  # fmt: skip


class TestOnlyPortals:
    def refused(self, answer, status=401, code="NOT_SIGNED"):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert Request.objects.count() == 0

    @pytest.mark.parametrize(("method", "name", "content"), CALLS)
    def test_nobody_else(self, call, at, add_portal, method, name, content):
        """A wrong secret, an unknown partner, another portal's address, another path, an old time, nothing at all."""
        add_portal(code="DVC-QN", agency="H49", secret="q" * 40)
        self.refused(call(method, name, content, secret="x" * 40))
        self.refused(call(method, name, content, partner="GHOST"))
        self.refused(call(method, name, content, partner="DVC-QN", secret="q" * 40))
        self.refused(call(method, name, content, signed_path="/api/portals/DVC-HN/else"))
        self.refused(call(method, name, content, at=at - timedelta(minutes=6)))
        self.refused(call(method, name, content, host="npc.localhost"))
        for header in signed_calls.HEADERS:
            self.refused(call(method, name, content, headers={header: ""}))

    @pytest.mark.parametrize(("method", "name", "content"), CALLS)
    def test_not_while_suspended(self, call, at, method, name, content):
        partners.change_portal(code=PORTAL, is_active=False, actor=SYSTEM, at=at)
        self.refused(call(method, name, content), 403, "SUSPENDED")

    def test_a_portal_of_two_companies_has_a_secret_with_each(self, call, add_portal):
        with using_company("NPC"):
            add_portal(secret="n" * 40)
        self.refused(call("GET", "procedures", host="npc.localhost"))
        assert call("GET", "procedures", host="npc.localhost", secret="n" * 40).status_code == 200

    def test_a_new_secret_ends_the_old_one(self, call, at):
        partners.change_portal(code=PORTAL, secret="t" * 40, actor=SYSTEM, at=at)
        self.refused(call("GET", "procedures"))
        assert call("GET", "procedures", secret="t" * 40).status_code == 200

    def test_the_wrong_method_is_405(self, call):
        assert call("DELETE", "dossiers").status_code == 405


class TestDescription:
    def test_names_calls_headers_and_answers(self, hanoi):
        document = hanoi.get("/api/portals/openapi.json").json()

        operations = [
            (method, path, told)
            for path, methods in document["paths"].items()
            for method, told in methods.items()
        ]
        assert len(operations) == 9
        for method, path, told in operations:
            names = {parameter["name"] for parameter in told["parameters"]}
            assert set(signed_calls.HEADERS) <= names, (method, path)
            assert {"200", "401", "403", "404"} <= {str(status) for status in told["responses"]}, (
                method,
                path,
            )
