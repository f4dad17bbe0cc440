"""Messages the assistant answers in a second of one core: `python -m bench.answering [--messages 1000]`.

From the row in the inbox to the answered row, as the worker does it, on one core: read, understood, answered, written,
committed. Beside it in the same run the bare limits: understanding alone, and the same number of rows moved from NEW to DONE with
one line in and one out, each conversation in a transaction of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import date
from typing import Any

from bench import installation

TODAY = date(2026, 11, 23)
ROWS = """
INSERT INTO hanoi.messaging_inboxevent (channel, event_id, sender, payload, received_at, state)
SELECT 'WEBCHAT', %(mark)s || n, gen_random_uuid()::text, jsonb_build_object('text', (%(texts)s::text[])[1 + n %% %(many)s::int], 'client_msg_id', 'b' || n),
       now(), 'NEW' FROM generate_series(1, %(count)s::int) n
"""
BARE = """
WITH talk AS (
    INSERT INTO hanoi.messaging_conversation (id, channel, address, unit_code, owner, staff_id, owned_at, is_urgent, status, language,
           last_seq, customer_read_seq, staff_read_seq, opened_at)
    SELECT uuidv7(), 'WEBCHAT', 'bare-' || %(id)s, '', 'BOT', '', now(), false, 'OPEN', 'vi', 2, 0, 0, now() RETURNING id
), said AS (
    INSERT INTO hanoi.messaging_message (conversation_id, seq, direction, kind, author, author_name, text, payload, is_internal, at)
    SELECT id, seq, 'IN', 'TEXT', 'customer', '', 'nhà em mất điện', '{}', false, now() FROM talk, generate_series(1, 2) seq
)
UPDATE hanoi.messaging_inboxevent SET state = 'DONE', done_at = now() WHERE id = %(id)s
"""


def texts() -> list[str]:
    from motcua.assistant.understanding import evaluating

    return [message.text for message in evaluating.held_out()]


def understood(said: list[str], seconds: float) -> float:
    from motcua.assistant.understanding import meaning, store

    model, done, begun = store.model(), 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        meaning.understand(said[done % len(said)], TODAY, model)
        done += 1
    return done / (time.perf_counter() - begun)


def moved(owner: Any, count: int) -> float:
    rows = [
        row[0]
        for row in owner.execute(
            "SELECT id FROM hanoi.messaging_inboxevent WHERE event_id LIKE 'bare-%'"
        ).fetchall()
    ]
    owner.commit()
    begun = time.perf_counter()
    for row in rows:
        owner.execute(BARE, {"id": row}, prepare=True)
        owner.commit()
    return count / (time.perf_counter() - begun)


def answered(count: int) -> tuple[float, float]:
    """Messages a second by the clock, and of the processor's time of this process."""
    from motcua.companies.context import using_company
    from motcua.config import clock
    from motcua.messaging import operations

    with using_company("HANOI"):
        done, begun, work = 0, time.perf_counter(), time.process_time()
        while done < count and (some := operations.drain_inbox(at=clock.now())):
            done += some
        return done / (time.perf_counter() - begun), done / (time.process_time() - work)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.answering")
    parser.add_argument("--messages", type=int, default=1000)
    told = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("MOTCUA_MODELS", str(installation.ROOT / ".cache" / "understanding"))
    with installation.made() as server:
        import psycopg

        said = texts()
        understood(said, 1)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        with psycopg.connect(server.owner_url) as owner:
            for mark, count in (("bench-", told.messages), ("warm-", 50)):
                owner.execute(ROWS, {"mark": mark, "count": count, "texts": said, "many": len(said)})
            owner.execute(
                ROWS.replace("'NEW' FROM", "'DROPPED' FROM"),
                {"mark": "bare-", "count": told.messages, "texts": said, "many": len(said)},
            )
            owner.commit()
            alone = understood(said, 3)
            answered(50)
            by_clock, by_work = answered(told.messages)
            bare = moved(owner, told.messages)
            counted = owner.execute(
                "SELECT state, count(*) FROM hanoi.messaging_inboxevent WHERE event_id NOT LIKE 'bare-%' GROUP BY 1"
            ).fetchall()
    print(
        f"the assistant on one core, {told.messages:,} messages of as many people; load {os.getloadavg()[0]:.1f}"
    )
    print(f"  understanding alone              {alone:8,.0f}/s")
    print(f"  the same rows, moved and written {bare:8,.0f}/s")
    print(
        f"  from inbox row to answered row   {by_clock:8,.0f}/s by the clock, {by_work:,.0f}/s of this process's own time"
    )
    print(f"  answered / bare rows {by_clock / bare:.3f}; {dict(counted)}")
    return int(dict(counted).keys() != {"DONE"})


if __name__ == "__main__":
    sys.exit(main())
