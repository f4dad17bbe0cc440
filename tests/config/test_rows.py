"""Rows said at once are the rows the ORM would have written; all of them stand or none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from motcua.config import rows
from motcua.kernel.ids import new_id
from motcua.messaging.models import OutboxMessage
from motcua.requests.models import Changed, DoneOnce

AT = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)


def message(key: str, **values: Any) -> OutboxMessage:
    return OutboxMessage(
        id=new_id(AT), key=key, channel="SMS", address="0901234567", kind="TRANSACTIONAL", texts={"vi": "Đã nhận “%s” {x}"},
        params={"n": None, "list": [1, "hai"]}, next_at=AT, created_at=AT, **values,
    )  # fmt: skip


def kept(key: str) -> dict[str, Any]:
    return OutboxMessage.objects.filter(key=key).values().get()


class TestInsert:
    def test_writes_what_the_orm_writes(self, company: Any) -> None:
        ours, theirs = message("ours", language="en"), message("theirs", language="en")

        rows.insert(ours)
        theirs.save(force_insert=True)

        assert kept("ours") | {"id": 0, "key": ""} == kept("theirs") | {"id": 0, "key": ""}

    def test_the_database_counts_its_own_keys(self, company: Any) -> None:
        one = new_id(AT)

        rows.insert(Changed(request_id=one), Changed(request_id=one))

        first, second = Changed.objects.filter(request_id=one).values_list("id", flat=True).order_by("id")
        assert first < second

    def test_the_first_refusal_is_raised_and_nothing_stands(self, company: Any) -> None:
        rows.insert(message("known"))

        with pytest.raises(IntegrityError, match="key"), transaction.atomic():
            rows.insert(message("new"), message("known"), Changed(request_id=new_id(AT)))

        assert not OutboxMessage.objects.filter(key="new").exists()
        rows.insert(message("after"))
        assert kept("after")["texts"] == {"vi": "Đã nhận “%s” {x}"}

    def test_a_refusal_leaves_nothing_behind_that_later_acts_would_miss(self, company: Any) -> None:
        """What the server never prepared, because a statement before it was refused, is prepared when it comes again."""
        rows.insert(message("known"))
        for number in range(4):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.insert(message("known"), DoneOnce(key="k", act="a", content="c", at=AT))
            with transaction.atomic():
                rows.insert(DoneOnce(key=f"k{number}", act="a", content="c", at=AT))

        assert DoneOnce.objects.filter(act="a").count() == 4

    def test_other_statements_are_not_kept(self, company: Any) -> None:
        rows.insert(message("a"))
        kept = connection.connection._prepared

        DoneOnce.objects.filter(key="a word of somebody's own").first()

        assert not any(b"a word of" in key[0] for key in [*kept._counts, *kept._names])
        assert connection.connection.prepare_threshold is None

    def test_follows_the_company_that_is_chosen(self, company: Any) -> None:
        """What the server keeps prepared belongs to words, not to a company's table."""
        from motcua.companies.context import using_company

        for number in range(6):
            rows.insert(Changed(request_id=new_id(AT)))
            with using_company("NPC"):
                before = Changed.objects.count()
                rows.insert(Changed(request_id=new_id(AT)))
                assert Changed.objects.count() == before + 1, number

    def test_needs_a_transaction(self, committed_company: Any) -> None:
        with pytest.raises(RuntimeError, match="inside a transaction"):
            rows.insert(message("x"))


class TestInsertNew:
    def test_tells_whether_it_was_written(self, company: Any) -> None:
        assert rows.insert_new(message("k"))
        assert not rows.insert_new(message("k", language="en"))
        assert kept("k")["language"] == "vi"


class TestReplacement:
    def test_changes_every_column(self, company: Any) -> None:
        row = DoneOnce(key="k", act="submit", content="c", at=AT)
        rows.insert(row)
        row.answer, row.request_id, row.content = {"số": 1}, new_id(AT), "d"

        rows.say(rows.replacement(row))

        assert DoneOnce.objects.filter(key="k").values().get() == {
            "key": "k", "act": "submit", "content": "d", "request_id": row.request_id, "answer": {"số": 1}, "at": AT,
        }  # fmt: skip


def test_one_round_trip_is_seen_as_its_statements(company: Any, django_assert_num_queries: Any) -> None:
    rows.insert(message("before"))
    with django_assert_num_queries(3):
        rows.insert(message("a"), message("b"), Changed(request_id=new_id(AT)))
