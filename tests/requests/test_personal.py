"""What is held of a customer: every room says it for a copy, and forgets it when the customer is erased."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from motcua.customers import exporting
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.kernel.actors import Actor
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import Conversation, InboxEvent, OutboxMessage
from motcua.requests import operations as request_ops
from motcua.requests import queries
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("company")
THAO = Actor.staff("thao", "Thảo", ["SUPERVISOR"], ["PD0400"])
NAME, PHONE = "Nguyễn Thị Hoa", "+84901234567"


@pytest.fixture
def served(submit_home, at):
    """A request with a paper, a conversation with a message, a notice."""
    receipt = submit_home()
    view = queries.get_request(receipt.request_id)
    talk = messaging_ops.open_conversation(channel="SMS", address=PHONE, at=at, customer_id=view.customer_id)
    messaging_ops.append_in(conversation_id=talk.id, text="Tôi là Hoa đây", client_msg_id="m1", at=at)
    InboxEvent.objects.create(
        channel="SMS",
        event_id="e1",
        sender=PHONE,
        payload={"text": "Tôi là Hoa đây"},
        received_at=at,
        state="DONE",
        done_at=at,
    )
    document_ops.store(
        content=samples.jpeg(), name="cccd.jpg", kind="IDENTITY", subject_type="request", subject_id=view.id, sensitive=True,
        actor=THAO, at=at,
    )  # fmt: skip
    return view


def test_a_copy_holds_it_from_every_room(served):
    told = exporting.collect(served.customer_id)

    assert set(told) >= {
        "customers",
        "requests",
        "messaging",
        "ledger",
        "fieldwork",
        "payments",
        "connectors.identity",
    }
    assert told["requests"]["requests"][0]["answers"]["full_name"] == NAME
    assert told["messaging"]["conversations"][0]["messages"][0]["text"] == "Tôi là Hoa đây"
    assert [d["name"] for d in exporting.documents_in(told)] == ["cccd.jpg"]


def test_who_is_served_is_not_forgotten(served, at):
    with pytest.raises(customer_ops.CustomerStillNeeded) as refused:
        customer_ops.erase_as_asked(customer_id=served.customer_id, reason="Theo đơn", actor=THAO, at=at)

    assert "còn yêu cầu đang làm" in str(refused.value)


def test_who_is_forgotten_is_nowhere(served, at):
    request_ops.cancel(
        request_id=served.id, actor=Actor.customer(served.customer_id), at=at, key="c", reason="Thôi"
    )

    customer_ops.erase_as_asked(customer_id=served.customer_id, reason="Theo đơn", actor=THAO, at=at)

    assert queries.get_request(served.id).answers == {}
    assert Conversation.objects.get(customer_id=served.customer_id).address.startswith("erased:")
    assert (
        not OutboxMessage.objects.filter(customer_id=served.customer_id).exclude(params={}, text="").exists()
    )
    left = _everything_in(("messaging_", "requests_", "fieldwork_", "customers_"))
    for value in ("Hoa", "901234567", "001185012345"):
        assert value not in left, value
    assert queries.replay_request(served.id) == served_state(served.id)


def served_state(request_id):
    from motcua.requests.models import Request

    return queries.state_of(Request.objects.get(id=request_id))


def _everything_in(prefixes):
    """All rows of these rooms' tables, as JSON."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = [name for (name,) in cursor.fetchall() if name.startswith(prefixes)]
        found = []
        for table in tables:
            cursor.execute(f"SELECT coalesce(json_agg(t), '[]') FROM \"{table}\" t")  # noqa: S608
            found.append(f"{table}: {json.dumps(cursor.fetchone()[0], ensure_ascii=False)}")
    return "\n".join(found)
