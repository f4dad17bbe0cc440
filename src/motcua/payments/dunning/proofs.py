"""The papers that show why an account is spared. They may tell of an illness: sensitive, sealed, each opening written down,
and gone some days after the exemption has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from motcua.companies import operations as company_ops
from motcua.documents import access as document_access
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.documents import rules as document_rules
from motcua.documents.queries import DocumentView
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from motcua.payments.models import DunningExemption
from motcua.payments.operations.statement_refusals import TooManyPapers

SUBJECT, KIND = "debt_exemption", "DEBT_PROOF"
MOST = 5  # of one exemption


@dataclass(frozen=True)
class Paper:
    """A file as it was sent; documents judge it by its content."""

    name: str
    content: bytes


def keep(row: DunningExemption, papers: Sequence[Paper], *, actor: Actor, at: datetime) -> None:
    """Keep what shows it, in the exemption's own transaction. Refuses TooManyPapers, and what documents refuse of a file."""
    if len(papers) > MOST:
        raise TooManyPapers(field="papers", most=MOST)
    last = document_rules.after_end(row.valid_to) if row.valid_to else None
    for paper in papers:
        try:
            document_ops.store(
                content=paper.content, name=paper.name, kind=KIND, subject_type=SUBJECT, subject_id=row.id, sensitive=True,
                actor=actor, at=at, delete_after=last,
            )  # fmt: skip
        except Refused as refusal:
            refusal.field = "papers"
            raise


def of_exemptions(ids: Sequence[int]) -> dict[int, list[DocumentView]]:
    """The papers of each of these exemptions that has some, oldest first."""
    found: dict[int, list[DocumentView]] = {}
    for one in reversed(document_queries.list_documents_of(SUBJECT, ids, kinds=(KIND,))):
        found.setdefault(int(one.subject_id), []).append(one)
    return found


def open_one(
    *, exemption_id: int, document_id: UUID, actor: Actor, at: datetime
) -> tuple[DocumentView, bytes]:
    """A paper and its content, for somebody who may see the exemption; that they opened it is written down first.

    Refuses NotFound (also for another exemption's), NotYetScanned.
    """
    found = document_access.access_document(
        document_id=document_id, subject_type=SUBJECT, subject_id=exemption_id
    )
    content = document_ops.open_document(document_id=found.id, actor=actor, at=at, purpose="debt-proof")
    company_ops.record_audit(
        actor=actor, verb="document.opened", subject_type="document", subject_id=str(found.id), at=at,
        facts={"exemption": str(exemption_id), "kind": KIND},
    )  # fmt: skip
    return found, content


def end(exemption_id: int, on: date) -> None:
    """The exemption ended: its papers get their last day."""
    document_ops.schedule_deletion(subject_type=SUBJECT, subject_id=exemption_id, ended_on=on)


def erase(ids: Sequence[int], at: datetime) -> None:
    """Delete the papers of these exemptions now: their customer is erased."""
    for papers in of_exemptions(ids).values():
        for one in papers:
            document_ops.delete_now(document_id=one.id, at=at)
