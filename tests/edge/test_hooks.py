"""Webhooks at the edge: only genuine ones, once, stored before answered, none lost to a kill."""

import random
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
from django.conf import settings

from motcua.channels import credentials
from motcua.companies.context import using_company
from motcua.messaging.models import InboxEvent


def inbound(number, text="mat dien roi", phone="0901234567"):
    return {"event_id": f"e{number}", "type": "inbound", "from": phone, "text": text}


def stored():
    return sorted(InboxEvent.objects.values_list("event_id", flat=True))


class TestHooks:
    def test_stores_before_it_answers_once_and_only_for_the_company_of_the_host(self, edge):
        first = edge.hook(inbound(1))
        second = edge.hook(inbound(1))

        assert (first.status_code, first.json(), second.json()) == (200, {"stored": 1}, {"stored": 0})
        row = InboxEvent.objects.get()
        assert (row.channel, row.sender, row.payload["text"], row.state) == (
            "SMS",
            "+84901234567",
            "mat dien roi",
            "NEW",
        )
        with using_company("NPC"):
            assert stored() == []

    def test_refuses_what_is_not_signed_by_the_companys_own_secret(self, edge):
        body = orjson.dumps(inbound(1))
        foreign = credentials.stand_in_secret(settings.SECRET_KEY, "NPC", "SMS")
        with edge.client() as client:
            answers = [
                client.post("/hooks/sms", content=body),
                client.post(
                    "/hooks/sms", content=body, headers={"X-Signature": credentials.sign(body, foreign)}
                ),
                client.post("/hooks/nothing", content=body),
                client.post("/hooks/sms", content=b"x" * (1024 * 1024 + 1)),
            ]
        unknown_host = edge.hook(inbound(1), host="nobody.localhost")

        assert [a.status_code for a in answers] == [401, 401, 404, 413]
        assert unknown_host.status_code == 404
        assert stored() == []

    def test_doubled_and_shuffled_calls_from_many_threads_make_one_row_each(self, edge):
        calls = [n % 60 for n in range(180)]
        random.Random(3).shuffle(calls)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: edge.hook(inbound(n)), calls))

        assert {a.status_code for a in answers} == {200}
        assert sum(a.json()["stored"] for a in answers) == 60
        assert stored() == sorted(f"e{n}" for n in range(60))

    def test_nonsense_and_zero_bytes_are_stored_for_a_person_to_see(self, edge):
        secret = credentials.stand_in_secret(settings.SECRET_KEY, "HANOI", "SMS")
        with edge.client() as client:
            for body in (
                b"not json \xff",
                b'{"event_id":"z","type":"inbound","from":"1","text":"a\\u0000b"}',
                b"[]",
                b"[1]",
            ):
                answer = client.post(
                    "/hooks/sms", content=body, headers={"X-Signature": credentials.sign(body, secret)}
                )
                assert answer.status_code == 200, body

        assert InboxEvent.objects.count() == 4

    def test_rows_stored_together_keep_every_sign_of_their_own(self, edge):
        texts = [
            'nói "thế" nhé', "C:\\đường\\dẫn\n\t", "{},[]:'$1%s", "😀 e\u0323\u0302", "", "\\u0000", "\u2028</script>",
            1234567890123456789, 1e-7, None, [{"a": [1.0, True]}],
        ]  # fmt: skip
        with ThreadPoolExecutor(len(texts)) as pool:
            answers = list(pool.map(lambda n: edge.hook(inbound(n, texts[n])), range(len(texts))))

        assert [a.json() for a in answers] == [{"stored": 1}] * len(texts)
        kept = dict(InboxEvent.objects.values_list("event_id", "payload"))
        assert [kept[f"e{n}"]["text"] for n in range(len(texts))] == texts

    def test_what_was_acknowledged_survives_a_kill(self, start_edge):
        edge = start_edge()
        acknowledged = []

        def send(number):
            try:
                answer = edge.hook(inbound(number))
            except httpx.HTTPError:
                return
            if answer.status_code == 200:
                acknowledged.append(f"e{number}")
                if len(acknowledged) == 60:
                    edge.kill()

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(send, range(300)))

        assert len(acknowledged) >= 60
        assert set(acknowledged) <= set(stored())

    def test_wakes_the_worker(self, edge):
        from django.db import connection

        edge.hook(inbound(1))
        connection.set_schema_to_public()
        with connection.cursor() as cursor:
            for _ in range(600):
                cursor.execute("SELECT args->>'job' FROM procrastinate_jobs WHERE status = 'todo'")
                found = cursor.fetchall()
                if found:
                    break
                cursor.execute("SELECT pg_sleep(0.1)")

        assert found == [("messaging-inbox",)]

    def test_counts_what_it_did(self, edge):
        edge.hook(inbound(1))
        with edge.client() as client:
            text = client.get("/metrics").text

        assert 'motcua_edge_webhooks_total{channel="SMS",company="HANOI",result="stored"} 1.0' in text

    def test_tells_its_counts_to_nobody_outside(self, edge):
        with edge.client() as client:
            assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
