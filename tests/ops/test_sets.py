"""Many rows as one text: what is read back is what was written, whatever stood in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from motcua.config import sets
from motcua.reports.models import Contribution
from motcua.requests.models import Changed, DoneOnce

pytestmark = pytest.mark.usefixtures("company")
AT = datetime(2018, 6, 1, 2, 30, 15, 123456, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def done(key: str, **more: object) -> DoneOnce:
    return DoneOnce(
        **{"key": key, "act": "try", "content": "x", "at": AT, "request_id": None, "answer": None, **more}
    )


def test_reads_back_what_was_written():
    answer = {"lời": 'dấu " ngoặc, \\ và %s; – ✓', "số": [1, 2.5, None, True], "rỗng": {}}
    sets.write([done("a", answer=answer, request_id=ONE), done("b%", content="dấu ' và \\n")])

    a, b = DoneOnce.objects.filter(act="try").order_by("key")
    assert (a.answer, a.request_id, a.at) == (answer, ONE, AT)
    assert (b.key, b.content, b.answer, b.request_id) == ("b%", "dấu ' và \\n", None, None)


def test_counts_keys_that_the_database_counts():
    sets.write([Changed(request_id=ONE), Changed(request_id=TWO)])

    assert list(Changed.objects.order_by("id").values_list("request_id", flat=True)) == [ONE, TWO]


def test_changes_what_is_named_alone():
    sets.write([done("a", answer={"n": 1})])
    sets.write(
        [done("a", answer={"n": 2}, at=AT + timedelta(days=1)), done("b")], unique=["key"], update=["answer"]
    )

    row = DoneOnce.objects.get(key="a")
    assert (row.answer, row.at) == ({"n": 2}, AT)
    assert DoneOnce.objects.filter(key="b").exists()


def test_leaves_what_is_there_when_told_to():
    sets.write([Contribution(request_id=ONE, parts=[1], seq=4)])
    sets.write([Contribution(request_id=ONE, parts=[]), Contribution(request_id=TWO, parts=[])], ignore=True)

    assert list(Contribution.objects.order_by("request_id").values_list("parts", "seq")) == [
        ([1], 4),
        ([], 0),
    ]


def test_what_the_database_refuses_is_raised_and_nothing_stands():
    with pytest.raises(IntegrityError), transaction.atomic():
        sets.write([done("a"), done("a")])

    assert not DoneOnce.objects.filter(act="try").exists()


def test_nothing_is_nothing():
    sets.write([])
