"""Each service of the catalogue at each door: the customer's pages from form to receipt, the counter, the API, the chat."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from jsonschema import Draft202012Validator
from lxml import etree

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from motcua.services import catalogue, forms, schema
from motcua.services.declaration import Service
from tests.assistant.talking import Talk
from tests.conftest import AT
from tests.services import scenarios
from tests.web import people

SERVICES = catalogue.list_services(AT.date())
by_service = pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.code)


@pytest.fixture(autouse=True)
def _monday(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(clock, "now", lambda: AT)


@by_service
def test_the_customers_pages_from_the_catalogue_to_the_receipt(service: Service, hanoi: Client) -> None:
    page = hanoi.get(f"/dich-vu/{service.code}/")
    assert page.status_code == 200
    assert service.name.vi in page.content.decode()
    etree.fromstring(hanoi.get(f"/dich-vu/{service.code}/quy-trinh.svg").content)
    told = hanoi.get(f"/dich-vu/{service.code}/quy-trinh.bpmn")
    assert etree.fromstring(told.content).tag.endswith("definitions")
    assert f'filename="{service.code}-{service.version}.bpmn"' in told["Content-Disposition"]

    answers = scenarios.answers_of(service)
    address = urlsplit(hanoi.post(f"/dich-vu/{service.code}/bat-dau/").headers["Location"]).path
    seen: list[str] = []
    for _ in range(len(service.questions) + 4):
        page = hanoi.get(address)
        if page.status_code == 302:
            address = urlsplit(page.headers["Location"]).path
            continue
        assert page.status_code == 200, address
        last = address.rstrip("/").rsplit("/", 1)[-1]
        if last == "xem-lai":
            break
        draft = address.split("/")[2]
        sent: dict[str, Any] = {}
        if last != "giay-to":
            here = forms.find_page(service, request_queries.get_draft(draft).answers, last)
            assert here is not None
            seen += [question.name for question in here.questions]
            sent = posted(
                {
                    question.name: answers[question.name]
                    for question in here.questions
                    if question.name in answers
                }
            )
        page = hanoi.post(address, sent)
        assert page.status_code == 302, page.content.decode()[:3000]
        address = urlsplit(page.headers["Location"]).path
    assert last == "xem-lai"
    assert set(answers) <= set(seen)
    receipt = hanoi.post(address)
    assert receipt.status_code == 302
    number = Request.objects.get().number
    assert number in receipt.headers["Location"]
    followed = hanoi.get(f"/theo-doi/{number}/")
    assert followed.status_code == 200
    assert hanoi.get(f"/theo-doi/{number}/quy-trinh.svg").status_code == 200


def posted(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers as a form posts them."""
    form: dict[str, Any] = {}
    for name, value in answers.items():
        if isinstance(value, dict):
            form |= {f"{name}_{part}": told for part, told in value.items()}
        else:
            form[name] = (
                {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
            )
    return form


@by_service
def test_the_counter(service: Service, company: Any) -> None:
    clerk = people.browser(people.add_staff("lan", Role.INTAKE))
    page = clerk.get(f"/quay/phieu-moi/{service.code}/")
    assert page.status_code == 200
    assert all(f'name="{question.name}' in page.content.decode() for question in service.questions)

    sent = clerk.post(
        f"/quay/phieu-moi/{service.code}/", {**posted(scenarios.answers_of(service)), "key": "k"}
    )

    assert sent.status_code == 302, sent.content.decode()[:3000]
    assert clerk.get(sent.headers["Location"]).status_code == 200
    assert Request.objects.get().service_code == service.code


@by_service
def test_the_api(service: Service, hanoi: Client) -> None:
    told = hanoi.get(f"/api/public/services/{service.code}/schema").json()
    Draft202012Validator.check_schema(told)
    answers = scenarios.answers_of(service)
    assert not list(Draft202012Validator(told).iter_errors(answers))
    assert told == schema.json_schema(service)

    sent = hanoi.post(
        "/api/public/requests", {"service": service.code, "answers": answers}, content_type="application/json",
        headers={"Idempotency-Key": "0194f7a0-0000-7000-8000-000000000001"},
    )  # fmt: skip
    assert sent.status_code == 201, sent.content


@by_service
def test_the_chat_asks_until_it_knows_enough(service: Service) -> None:
    talk, answers = Talk(at=AT), scenarios.answers_of(service)
    talk(button=f"s|{service.code}")
    for _ in range(12):
        asked = talk.state.asked
        if not asked or asked in talk.answers:
            break
        question = service.question(asked)
        value = answers.get(asked)
        talk(said(question, value) if value is not None else "bỏ qua")
    needed = {name for name in answers if service.question(name).ask_in_chat}
    assert needed <= set(talk.answers)
    assert forms.validate(service, {**answers, **talk.answers}).is_good


def said(question: Any, value: Any) -> str:
    """A stored value as somebody types it."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, dict):
        return str(value["text"])
    if isinstance(value, list):
        return ", ".join(question.option(part).label.vi for part in value)
    if question.options:
        return str(question.option(value).label.vi)
    if question.type == "date":
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    return str(value)
