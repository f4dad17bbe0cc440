"""The bank interface against its own OpenAPI document: whatever is sent, the answer is one of the table, and never 500."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import get_path_info
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from motcua.api.banks import answers
from motcua.config import clock
from motcua.connectors import signed_calls
from motcua.kernel.clock import FixedClock
from motcua.ledger import queries as ledger_queries
from motcua.payments import queries as payment_queries
from motcua.payments.models import Payment
from tests.api.conftest import BANK, PARTNER, SECRET

CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
)  # fmt: skip
CALLS = (
    "notifications", "inquiry", "pay", "hold", "confirm", "release", "reverse", "pay-status", "daily-file", "reconcile",
)  # fmt: skip
TABLE = {(code.code, code.status) for code in answers.ALL if code is not answers.UNKNOWN}


class Signing:
    """A bank's own library: signs whatever is sent, each call with a request id of its own, and knows the company's host."""

    def __init__(self) -> None:
        self.app, self.number = get_wsgi_application(), 0

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["HTTP_HOST"] = "hanoi.localhost"
        environ.pop("HTTP_ACCEPT_ENCODING", None)  # the tool's client does not unpack
        self.number += 1
        signed = signed_calls.signed_headers(
            partner_code=PARTNER, secret=SECRET, method=environ["REQUEST_METHOD"], path=get_path_info(environ),
            request_id=f"r{self.number}", body=body, at=clock.now(),
        )  # fmt: skip
        for name in ("PARTNER_ID", "REQUEST_ID", "TIMESTAMP", "NONCE", "SIGNATURE"):
            environ.pop(f"HTTP_X_{name}", None)
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed.items()}
        return self.app(environ, start)


@pytest.fixture
def charges(company, add_bank, raise_one, at, monkeypatch):
    monkeypatch.setattr(clock, "CLOCK", FixedClock(at))
    add_bank()
    return [raise_one() for _ in range(3)]


@pytest.fixture
def schema(charges):
    for signal in (
        request_started,
        request_finished,
    ):  # as Django's own test client: one connection for the test
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/banks/openapi.json", Signing())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _run(
    operation: Any, mode: GenerationMode, checks: Any, examples: int, known: dict[str, list[Any]]
) -> set[str]:
    strategy = operation.as_strategy(generation_mode=mode)
    met: set[str] = set()

    @hypothesis.given(case=strategy, data=st.data())
    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    def one(case: Any, data: Any) -> None:
        if mode is GenerationMode.POSITIVE:  # a bank at its own address, most of the time about what we know
            case.path_parameters["bank"] = BANK
            if isinstance(case.body, dict):
                _make_known(case.body, data, known)
        response = case.call()
        case.validate_response(response, checks=list(checks))
        met.add(_code_of(response))

    one()
    return met


def _make_known(body: dict[str, Any], data: Any, known: dict[str, list[Any]]) -> None:
    for name, values in known.items():
        if name in body and data.draw(st.integers(0, 3)):
            body[name] = data.draw(st.sampled_from(values))


def _code_of(response: Any) -> str:
    """The answer's code, which is one of the table under its status; a file has none."""
    if "json" not in response.headers["content-type"][0]:
        return "file"
    told = json.loads(response.content)
    assert (told["code"], response.status_code) in TABLE, told
    return str(told["code"])


def _known(charges: list[Any]) -> dict[str, list[Any]]:
    return {
        "charge_id": [str(charge.id) for charge in charges], "amount_vnd": [105_840, 1, 105_839], "txn_id": ["A", "B", "C"],
        "original_txn_id": ["A", "B"], "company": ["", "HANOI"], "version": [""], "account": [""],
        "text": [charge.payment_code for charge in charges], "payment_code": [charge.payment_code for charge in charges],
        "customer_code": [""], "currency": ["VND"], "date": ["2026-11-16", "2026-11-15"],
        "paid_at": ["2026-11-16T09:00:00+07:00"],
    }  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_good_calls_are_answered_as_described(schema, charges, name):
    operation = schema[f"/api/banks/{{bank}}/{name}"]["POST"]
    met = _run(operation, GenerationMode.POSITIVE, CHECKS, 40, _known(charges))
    assert met - {"98"}, "nothing but calls that cannot be read"
    _sound(charges)


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_break_the_description_are_refused(schema, charges, name):
    operation = schema[f"/api/banks/{{bank}}/{name}"]["POST"]
    met = _run(operation, GenerationMode.NEGATIVE, (*CHECKS, negative_data_rejection), 30, {})
    assert met <= {"05", "97", "98"}
    assert Payment.objects.count() == 0
    _sound(charges)


def test_every_call_is_tried(schema):
    found = {
        path.rsplit("/", 1)[-1] for path in schema for method in schema[path] if method.upper() == "POST"
    }
    assert found == set(CALLS)


def _sound(charges: list[Any]) -> None:
    assert ledger_queries.check_ledger() == []
    assert payment_queries.check_payments() == []
    assert all(0 <= ledger_queries.get_charge(charge.id).paid_vnd <= 105_840 for charge in charges)
