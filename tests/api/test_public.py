"""The public API: catalogue, schema, sending."""

import json
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from motcua.requests.models import Request
from tests.requests.conftest import HOME_ANSWERS

pytestmark = pytest.mark.usefixtures("company")


def send(client, answers, key=None, service="NEW-LV-RES"):
    return client.post(
        "/api/public/requests", data=json.dumps({"service": service, "answers": answers}), content_type="application/json",
        headers={"Idempotency-Key": str(key or uuid4())},
    )  # fmt: skip


class TestCatalogue:
    def test_lists_the_services_of_today(self, hanoi):
        codes = {row["code"] for row in hanoi.get("/api/public/services").json()}

        assert {"NEW-LV-RES", "CHG-CAPACITY", "INFO", "COMPLAINT", "FAULT"} <= codes

    def test_the_schema_of_a_service_takes_good_answers(self, hanoi):
        schema = hanoi.get("/api/public/services/NEW-LV-RES/schema").json()

        Draft202012Validator.check_schema(schema)
        assert Draft202012Validator(schema).is_valid({**HOME_ANSWERS, "phone": "+84901234567"})

    def test_an_unknown_service_is_404(self, hanoi):
        assert hanoi.get("/api/public/services/NOPE/schema").status_code == 404


class TestSend:
    def test_makes_a_request_and_gives_a_receipt(self, hanoi):
        answer = send(hanoi, HOME_ANSWERS)

        assert answer.status_code == 201
        assert Request.objects.get(id=answer.json()["id"]).channel == "API"
        assert answer.json()["code_word"]

    def test_the_same_key_makes_one_request(self, hanoi):
        key = uuid4()

        first, second = send(hanoi, HOME_ANSWERS, key), send(hanoi, HOME_ANSWERS, key)

        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["number"] == second.json()["number"]
        assert Request.objects.count() == 1

    def test_the_same_key_for_other_answers_is_409(self, hanoi):
        key = uuid4()
        send(hanoi, HOME_ANSWERS, key)

        assert send(hanoi, {**HOME_ANSWERS, "phases": "THREE"}, key).json()["code"] == "KEY_REUSED"

    def test_names_the_wrong_fields(self, hanoi):
        answer = send(hanoi, {**HOME_ANSWERS, "phone": "1"})

        assert answer.status_code == 422
        assert list(answer.json()["fields"]) == ["phone"]
        assert Request.objects.count() == 0

    @pytest.mark.parametrize(
        "body", ["", "[]", "{", '{"service": 1}', '{"service": "NEW-LV-RES", "answers": []}']
    )
    def test_a_body_that_is_none_is_422(self, hanoi, body):
        answer = hanoi.post(
            "/api/public/requests",
            data=body,
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )

        assert answer.status_code == 422
        assert answer.json()["code"] == "MALFORMED"

    def test_a_flood_from_one_address_is_429(self, hanoi):
        codes = [send(hanoi, {}).status_code for _ in range(61)]

        assert codes[:60] == [422] * 60
        assert codes[60] == 429


class TestQuote:
    def ask(self, client, **told):
        return client.post("/api/public/quote", data=json.dumps(told), content_type="application/json")

    def test_prices_a_case(self, hanoi):
        answer = self.ask(hanoi, group="HOME", **{"from": "2026-03-15"}, to="2026-04-15", kwh=250)

        assert answer.status_code == 200
        assert (answer.json()["subtotal_vnd"], answer.json()["total_vnd"]) == (589_600, 636_768)
        assert [line["rule"] for line in answer.json()["lines"]] == ["TIER_1", "TIER_2", "TIER_3", "TIER_4"]

    def test_names_the_field_it_refuses(self, hanoi):
        answer = self.ask(hanoi, group="HOME", **{"from": "2026-03-15"}, to="2026-04-15", kwh="250")

        assert (answer.status_code, answer.json()["code"]) == (422, "FIELD_WRONG")
        assert list(answer.json()["fields"]) == ["kwh"]

    def test_no_json_is_malformed(self, hanoi):
        answer = hanoi.post("/api/public/quote", data="{", content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED")

    def test_is_limited_by_address(self, hanoi, monkeypatch):
        monkeypatch.setattr("motcua.api.public.views.QUOTES_AN_HOUR", 1)
        self.ask(hanoi)

        assert self.ask(hanoi).status_code == 429

    def test_stands_in_the_description(self, hanoi):
        told = hanoi.get("/api/public/openapi.json").json()["paths"]["/api/public/quote"]["post"]

        fields = told["requestBody"]["content"]["application/json"]["schema"]["properties"]
        assert {"group", "from", "registers", "norm_rounding"} <= set(fields)
