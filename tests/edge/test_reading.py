"""Streams that want to read at the same time are read for together, and each gets its own."""

import asyncio
from uuid import uuid4

import orjson
import psycopg
import pytest

from motcua.channels.live import Ticket
from motcua.edge import storing
from motcua.edge.database import Tenant
from motcua.edge.reading import MOST_TOGETHER, Reader
from motcua.edge.storing import Row, Storer


class Line:
    """A connection that answers after a while, and counts what it was asked."""

    tenant = Tenant("HANOI", "hanoi", "none")

    def __init__(self, fails=0):
        self.asked, self.fails = [], fails

    async def ask(self, statement, values):
        rows = orjson.loads(values[0]) if "INSERT" in statement else []
        self.asked.append(len(rows or values[0]))
        await asyncio.sleep(0.01)
        if len(self.asked) <= self.fails:
            raise psycopg.OperationalError("away")
        if "INSERT" in statement:
            return [(row["channel"], row["event_id"]) for row in rows]
        return [
            (number, seq, "OUT", str(conversation))
            for number, conversation, after in zip(*values[:3], strict=True)
            for seq in range(after + 1, after + 3)
        ]

    async def close(self):
        pass


def read(reader, tickets, after=0):
    async def together():
        return await asyncio.gather(*[reader.read(ticket, after) for ticket in tickets])

    return asyncio.run(together())


class TestReader:
    def test_thousands_are_a_few_statements_and_nobody_gets_anothers(self):
        line, tickets = Line(), [Ticket(uuid4(), "customer") for _ in range(1300)]

        found = read(Reader(line), tickets)

        assert line.asked == [MOST_TOGETHER, MOST_TOGETHER, 300]
        assert [[row[2] for row in rows] for rows in found] == [[str(t.conversation_id)] * 2 for t in tickets]
        assert all([row[0] for row in rows] == [1, 2] for rows in found)

    def test_while_the_database_is_away_there_is_nothing_and_afterwards_everything(self):
        line, tickets = Line(fails=1), [Ticket(uuid4(), "customer")]
        reader = Reader(line)

        assert read(reader, tickets) == [[]]
        assert len(read(reader, tickets)[0]) == 2


class TestStorer:
    def test_who_waits_together_is_stored_together(self):
        async def store():
            line = Line()
            storer = Storer(None, line.tenant, line)
            storer._wake_soon = lambda: None
            rows = [Row(f"e{n}", "s", "{}", None) for n in range(60)]
            return line, await asyncio.gather(*[storer.store("SMS", [row], None) for row in rows])

        line, new = asyncio.run(store())
        assert new == [1] * 60
        assert line.asked == [60]

    def test_who_waits_too_long_is_told_so_and_stored_all_the_same(self, monkeypatch):
        monkeypatch.setattr(storing, "WITHIN_SECONDS", 0.0)
        monkeypatch.setattr(storing, "WATCH_EVERY_SECONDS", 0.0)

        async def store():
            line = Line()
            storer = Storer(None, line.tenant, line)
            storer._wake_soon = lambda: None
            with pytest.raises(TimeoutError):
                await storer.store("SMS", [Row("e1", "s", "{}", None)], None)
            await storer.settle()
            return line

        assert asyncio.run(store()).asked == [1]
