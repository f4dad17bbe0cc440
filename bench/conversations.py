"""The desk's lists of conversations as the tables grow: `python -m bench.conversations --sizes 100000 1000000`.

A durable embedded server of its own, one company. Conversations, their addresses, lines and hand-overs are made by plain
SQL: three in a hundred open (with the assistant, waiting, held by one of two hundred colleagues), the rest ended within a
year. Then pages are opened through the whole stack as an agent and as a supervisor. Printed: p50 and p95 for each size, by
what factor p95 grew, and beside it the bare limit in the same run: the list's own fifty rows read by one prepared query.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from bench import installation, pages

HELD_BY = 200
PLAN: tuple[tuple[str, str, str], ...] = (
    ("mine", "agent", "/ban-viec/hoi-thoai/"),
    ("waiting, one unit", "agent", "/ban-viec/hoi-thoai/?xem=cho"),
    ("beside a conversation", "agent", "/ban-viec/hoi-thoai/?phan=ben"),
    ("waiting, whole company", "chief", "/ban-viec/hoi-thoai/?xem=cho"),
    ("being answered", "chief", "/ban-viec/hoi-thoai/?xem=dang-tra-loi"),
    ("put off", "chief", "/ban-viec/hoi-thoai/?xem=hen"),
    ("late", "chief", "/ban-viec/hoi-thoai/?xem=qua-han"),
    ("all open", "chief", "/ban-viec/hoi-thoai/?xem=mo"),
    ("over, newest first", "chief", "/ban-viec/hoi-thoai/?xem=xong"),
    ("over, of one unit", "chief", "/ban-viec/hoi-thoai/?xem=xong&don-vi={unit}"),
    ("over, a colleague's", "chief", "/ban-viec/hoi-thoai/?xem=xong&nguoi={staff}"),
)
FILL = """
WITH made AS (
    SELECT n, uuidv7() AS id, uuidv7() AS leg, uuidv7() AS episode, random() AS c, random() AS d, now() - random() * interval '365 days' AS at,
           (%(units)s::text[])[1 + floor(random() * random() * %(many)s::int)::int] AS unit, (ARRAY['ZALO', 'MESSENGER', 'WEBCHAT', 'EMAIL'])[1 + n %% 4] AS channel
      FROM generate_series(%(first)s::int, %(last)s::int) n
), told AS (
    SELECT *, c < .03 AS is_open, CASE WHEN c < .012 THEN 'BOT' WHEN c < .021 THEN 'QUEUE' WHEN c < .03 THEN 'STAFF' ELSE 'BOT' END AS owner,
           CASE WHEN c >= .012 AND c < .03 THEN now() - random() * interval '2 days' ELSE at END AS begun,
           (%(staff)s::text[])[1 + floor(random() * %(held_by)s::int)::int] AS holder
      FROM made
), talks AS (
    INSERT INTO messaging_conversation (id, leg_id, channel, address, unit_code, owner, staff_id, owned_at, is_urgent, status, language,
           last_seq, customer_read_seq, staff_read_seq, opened_at, last_in_at, closed_at)
    SELECT id, leg, channel, 'bench-' || n, unit, owner, CASE WHEN owner = 'STAFF' THEN holder ELSE '' END, begun, d < .05 AND is_open,
           CASE WHEN is_open THEN 'OPEN' ELSE 'CLOSED' END, 'vi', 2, 2, 2, begun, begun, CASE WHEN is_open THEN NULL ELSE begun + interval '1 hour' END
      FROM told
), legs AS (
    INSERT INTO messaging_leg (id, conversation_id, channel, address, began_at, last_in_at, ended_at)
    SELECT leg, id, channel, 'bench-' || n, begun, begun, CASE WHEN is_open THEN NULL ELSE begun + interval '1 hour' END FROM told
), lines AS (
    INSERT INTO messaging_message (conversation_id, seq, leg_id, channel, direction, kind, author, author_name, text, payload, is_internal, at)
    SELECT id, seq, leg, channel, CASE seq WHEN 1 THEN 'IN' ELSE 'OUT' END, 'TEXT', CASE seq WHEN 1 THEN 'customer' ELSE 'bot' END, '',
           'nhà tôi ở số ' || n || ' mất điện từ sáng', '{}', false, begun + seq * interval '1 minute'
      FROM told CROSS JOIN generate_series(1, 2) seq
)
INSERT INTO messaging_deskepisode (id, conversation_id, queue_id, unit_code, topic, state, is_urgent, staff_id, not_to, begun_at, waiting_since,
       assigned_at, snoozed_until, first_due_at, first_answered_at, first_answered_by, resolve_due_at, first_minutes, resolve_minutes, ended_at, end_reason)
SELECT episode, id, %(queue)s::bigint, unit, '', CASE WHEN NOT is_open THEN 'ENDED' WHEN owner = 'QUEUE' THEN 'WAITING' ELSE 'HELD' END,
       d < .05 AND is_open, CASE WHEN owner = 'QUEUE' THEN '' ELSE holder END, '', begun, begun,
       CASE WHEN owner = 'QUEUE' THEN NULL ELSE begun END, CASE WHEN owner = 'STAFF' AND d > .9 THEN now() + interval '1 day' END,
       begun + interval '5 minutes', CASE WHEN is_open AND d > .5 THEN NULL ELSE begun + d * interval '8 minutes' END, '',
       begun + interval '1 day', 3, CASE WHEN is_open THEN NULL ELSE 55 END, CASE WHEN is_open THEN NULL ELSE begun + interval '1 hour' END,
       CASE WHEN is_open THEN '' ELSE 'CLOSED' END
  FROM told WHERE NOT is_open OR owner <> 'BOT'
"""
FILLED = ("messaging_conversation", "messaging_leg", "messaging_message", "messaging_deskepisode")
BARE = """
SELECT e.id, c.id, c.channel, c.address FROM messaging_deskepisode e JOIN messaging_conversation c ON c.id = e.conversation_id
 WHERE e.state = 'ENDED' ORDER BY e.ended_at DESC, e.id DESC LIMIT 51
"""


def fill(owner: Any, told: dict[str, Any], first: int, last: int) -> None:
    begun = time.perf_counter()
    with pages.without_indexes(owner, FILLED):
        for start, end in pages.batches(first, last):
            owner.execute(FILL, {**told, "first": start, "last": end})
            owner.commit()
    print(f"  {last - 1:,} conversations made in {time.perf_counter() - begun:.0f} s", flush=True)


def bare(owner: Any) -> float:
    """p95 of the fifty newest ended ones by one prepared query, in milliseconds."""
    took = []
    for _ in range(pages.ROUNDS):
        begun = time.perf_counter()
        owner.execute(BARE, prepare=True).fetchall()
        took.append((time.perf_counter() - begun) * 1000)
    owner.rollback()
    return sorted(took)[int(len(took) * 0.95)]


def run(server: Any, sizes: list[int]) -> int:
    import psycopg
    from tests.web import people

    from motcua.companies import queries as company_queries
    from motcua.companies.context import using_company
    from motcua.companies.roles import Role
    from motcua.config import clock
    from motcua.kernel import ids
    from motcua.messaging.desk import administered

    with using_company("HANOI"):
        units = [unit.code for unit in company_queries.list_units()]
        who = {
            "agent": people.add_staff("bench-agent", Role.INTAKE, unit=units[3]),
            "chief": people.add_staff("bench-chief", *Role),
        }
        queue = administered.list_queues()[0].id
        browsers = {name: pages.browser_of(person) for name, person in who.items()}
    staff = [str(who["agent"].pk), *(str(ids.new_id(clock.now())) for _ in range(HELD_BY - 1))]
    told = {"units": units, "many": len(units), "staff": staff, "held_by": HELD_BY, "queue": queue}
    owner = psycopg.connect(server.owner_url, options="-c search_path=hanoi,public -c synchronous_commit=off")
    before: dict[str, float] = {}
    made = 1
    for size in sizes:
        fill(owner, told, made, size + 1)
        made, limit = size + 1, bare(owner)
        print(f"{size:,} conversations; bare query p95 {limit:.1f} ms; load {os.getloadavg()[0]:.1f}")
        print(f"  {'':40}   p50 ms    p95 ms    of the bare    growth of p95")
        now = {}
        for title, name, path in PLAN:
            address = path.format(unit=units[3], staff=staff[0])
            p50, p95 = pages.measure(lambda _, name=name, address=address: browsers[name].get(address))  # type: ignore[misc]
            now[title] = p95
            grown = pages.grown(title, p95, before)
            print(f"  {title:<40} {p50:8.0f} {p95:9.0f} {p95 / limit:11.0f}x    {grown}", flush=True)
        before = now
    owner.close()
    return 0


def main() -> int:
    sizes = pages.sizes("conversations")
    with installation.made() as server:
        return run(server, sizes)


if __name__ == "__main__":
    sys.exit(main())
