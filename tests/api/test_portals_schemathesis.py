"""The portal interface against its own OpenAPI document: whatever is sent, the answer is as described."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import get_path_info
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.connectors.portals import intake, partners
from motcua.kernel.actors import Actor
from motcua.kernel.clock import FixedClock
from tests.requests.conftest import HOME_ANSWERS

PORTAL, SECRET = "DVC-HN", "p" * 40
NUMBER = "H26.17.15-261116-0001"
CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
)  # fmt: skip
CALLS = [
    ("/{portal}/procedures", "GET"), ("/{portal}/dossiers", "POST"), ("/{portal}/dossiers/{number}", "GET"),
    ("/{portal}/dossiers/{number}/papers/{paper}/{file_id}", "PUT"),
    ("/{portal}/dossiers/{number}/supplement", "POST"), ("/{portal}/dossiers/{number}/withdrawal", "POST"),
    ("/{portal}/dossiers/{number}/fees", "GET"), ("/{portal}/dossiers/{number}/results", "GET"),
    ("/{portal}/dossiers/{number}/results/{document_id}", "GET"),
]  # fmt: skip


class Signing:
    """A portal's own library: signs whatever is sent, and knows the company's host."""

    def __init__(self) -> None:
        self.app = get_wsgi_application()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["HTTP_HOST"] = "hanoi.localhost"
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the tool's client does not unpack
        signed = signed_calls.signed_headers(
            partner_code=PORTAL, secret=SECRET, method=environ["REQUEST_METHOD"], path=get_path_info(environ), request_id="r1",
            body=body, at=clock.now(),
        )  # fmt: skip
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed.items()}
        return self.app(environ, start)


@pytest.fixture
def schema(company, at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))
    partners.add_portal(
        code=PORTAL, name="Cổng", format="PROVINCIAL", agency="H26", secret=SECRET, callback_url="",
        actor=Actor.system("t"), at=at,
    )  # fmt: skip
    intake.submit(
        partners.find_portal(PORTAL), number=NUMBER, procedure="NEW-LV-RES", province_code="01", submitted_at=at,
        form=dict(HOME_ANSWERS), at=at,
    )  # fmt: skip
    for signal in (
        request_started,
        request_finished,
    ):  # as Django's own test client: one connection for the test
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/portals/openapi.json", Signing())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _run(operation: Any, mode: GenerationMode, checks: Any, examples: int) -> None:
    strategy = operation.as_strategy(generation_mode=mode)

    @hypothesis.given(case=strategy, known=hypothesis.strategies.booleans())
    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    def one(case: Any, known: bool) -> None:
        if (
            mode is GenerationMode.POSITIVE
        ):  # a portal at its own address, half of the time about a dossier of its
            case.path_parameters["portal"] = PORTAL
            if known and "number" in case.path_parameters:
                case.path_parameters["number"] = NUMBER
        case.validate_response(case.call(), checks=list(checks))

    one()


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_good_calls_are_answered_as_described(schema, path, method):
    _run(schema[f"/api/portals{path}"][method], GenerationMode.POSITIVE, CHECKS, 15)


@pytest.mark.parametrize(("path", "method"), [call for call in CALLS if call[1] == "POST"])
def test_calls_that_break_the_description_are_refused(schema, path, method):
    _run(
        schema[f"/api/portals{path}"][method], GenerationMode.NEGATIVE, (*CHECKS, negative_data_rejection), 15
    )


def test_every_call_is_tried(schema):
    found = {
        (path.removeprefix("/api/portals"), method.upper()) for path in schema for method in schema[path]
    }
    assert found == set(CALLS)
