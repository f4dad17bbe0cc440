"""Taking in a batch of a head-end: one transaction, set by set.

A reading is known by the head-end's own id of it. The same id with the same content is the same reading, however often and in
whatever order it comes; what could not be taken before is tried again. The same id with other content is refused by field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from motcua.connectors.meters.batches import Batch, Fault, Row
from motcua.connectors.meters.head_ends import HeadEndView
from motcua.connectors.models import ReadingBatch
from motcua.kernel.results import Conflict, gettext_noop
from motcua.supply import operations as supply_ops

SOURCES = {False: "HEAD_END", True: "RECHECK"}
OTHER_CONTENT = "OTHER_CONTENT"
COLUMNS = "n, own_id, serial, account_code, register, read_at, value"

STAGE = """
CREATE TEMPORARY TABLE handed_stage (
    n bigint PRIMARY KEY, own_id text NOT NULL, serial text NOT NULL, account_code text NOT NULL, register text NOT NULL,
    read_at timestamptz NOT NULL, value numeric(12, 3) NOT NULL
) ON COMMIT DROP
"""
KEEP = """
INSERT INTO connectors_handedreading (head_end_id, own_id, serial, account_code, register, read_at, value_kwh, is_recheck, code,
                                      received_at)
SELECT DISTINCT ON (own_id) %(head_end)s, own_id, serial, account_code, register, read_at, value, %(is_recheck)s, '', %(at)s
FROM handed_stage ORDER BY own_id, n
ON CONFLICT (head_end_id, own_id) DO NOTHING
"""
JUDGED = """
CREATE TEMPORARY TABLE handed_judged ON COMMIT DROP AS
SELECT s.n, CASE WHEN k.serial <> s.serial THEN 'meter'
                 WHEN k.account_code <> s.account_code THEN 'account' WHEN k.register <> s.register THEN 'register'
                 WHEN k.read_at <> s.read_at THEN 'at' WHEN k.value_kwh <> s.value THEN 'value'
                 WHEN k.is_recheck <> %(is_recheck)s THEN 'kind' ELSE '' END AS field
FROM handed_stage s JOIN connectors_handedreading k ON k.head_end_id = %(head_end)s AND k.own_id = s.own_id
"""
TO_TAKE = """
INSERT INTO reading_stage (n, row_no, serial, account_code, register, read_at, value)
SELECT s.n, s.n, s.serial, s.account_code, s.register, s.read_at, s.value
FROM handed_stage s JOIN handed_judged j USING (n) WHERE j.field = ''
"""
# Why each was not taken, or that it was: only rows whose answer is another than before are written.
NOTE = """
UPDATE connectors_handedreading k SET code = told.code
FROM handed_stage s JOIN handed_judged j USING (n)
LEFT JOIN unnest(%(places)s::bigint[], %(codes)s::text[]) AS f(n, code) ON f.n = s.n
CROSS JOIN LATERAL (SELECT coalesce(f.code, '') AS code) told
WHERE j.field = '' AND k.head_end_id = %(head_end)s AND k.own_id = s.own_id AND k.code <> told.code
"""


class BatchDiffers(Conflict):
    """The batch's id was used before with other rows, or with another kind."""

    code = "OTHER_CONTENT"
    message = gettext_noop("Mã lần gửi này đã dùng với nội dung khác.")


@dataclass(frozen=True)
class BatchTaken:
    """`new` were written now, `same` stood here before; `faults` by the row's place, those of its form among them."""

    new: int
    same: int
    faults: dict[int, Fault]


@transaction.atomic
def take_batch(here: HeadEndView, batch: Batch, *, at: datetime) -> BatchTaken:
    """Every reading of the batch is written, or stood here, or is told why not.

    Two calls with one batch at once go one after the other. Refuses BatchDiffers.
    """
    kept = _keep_batch(here, batch, at)
    if kept.content_sha256 != batch.content_sha256:
        raise BatchDiffers(field="readings")
    told: dict[str, Any] = {"head_end": here.code, "is_recheck": batch.is_recheck, "at": at}
    faults = dict(batch.faults)
    new = same = 0
    if batch.rows:
        with connection.cursor() as cursor:
            _stage(cursor, batch.rows)
            cursor.execute(KEEP, told)
            cursor.execute(JUDGED, told)
            cursor.execute("SELECT n, field FROM handed_judged WHERE field <> ''")
            faults |= {n: Fault(OTHER_CONTENT, field) for n, field in cursor.fetchall()}
            supply_ops.open_reading_stage()
            cursor.execute(TO_TAKE)
            taken = supply_ops.take_staged_readings(
                source=SOURCES[batch.is_recheck], unit_codes=here.unit_codes, actor=here.actor, at=at
            )
            new, same = taken.new, taken.same
            refused = {fault.row_no: Fault(fault.problem.code) for fault in taken.faults}
            faults |= refused
            places = list(refused)
            cursor.execute(
                NOTE, told | {"places": places, "codes": [refused[place].code for place in places]}
            )
            cursor.execute("DROP TABLE handed_stage, handed_judged")
    ReadingBatch.objects.filter(id=kept.id).update(
        times=kept.times + 1, refused=len(faults), rows=len(batch.ids), answered_at=at
    )
    return BatchTaken(new, same, faults)


def _keep_batch(here: HeadEndView, batch: Batch, at: datetime) -> ReadingBatch:
    """Its row, held: a second call with the same id waits for the first one's end."""
    ReadingBatch.objects.bulk_create(
        [
            ReadingBatch(
                head_end_id=here.code, own_id=batch.own_id, content_sha256=batch.content_sha256, rows=len(batch.ids),
                received_at=at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return ReadingBatch.objects.select_for_update().get(head_end_id=here.code, own_id=batch.own_id)


def _stage(cursor: Any, rows: list[Row]) -> None:
    cursor.execute(STAGE)
    with cursor.copy(f"COPY handed_stage ({COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                (row.n, row.own_id, row.serial, row.account_code, row.register, row.read_at, row.value)
            )
    cursor.execute("ANALYZE handed_stage")
