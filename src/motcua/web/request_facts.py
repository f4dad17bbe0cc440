"""What a request's page shows of its papers, its representative and its money, at the desk and at the counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from motcua.documents.queries import DocumentView
from motcua.ledger.queries import ChargeView
from motcua.payments import queries as payment_queries
from motcua.requests.queries import RequestView
from motcua.services import flow
from motcua.services.declaration import Paper
from motcua.web import slips, words


@dataclass(frozen=True)
class PaperLine:
    """A paper of the checklist and what was given for it."""

    paper: Paper
    name: str
    documents: list[DocumentView]
    is_asked: bool

    @property
    def is_missing(self) -> bool:
        return not self.documents and (self.is_asked or self.paper.need == "MANDATORY")


def papers_of(view: RequestView) -> tuple[list[PaperLine], list[DocumentView]]:
    """The checklist with what was given, and the documents that belong to no paper of it."""
    documents = slips.papers_of(view)
    listed = flow.list_papers(view.service, view.values)
    codes = {paper.code for paper in listed}
    lines = [
        PaperLine(
            paper,
            paper.name.get(get_language()),
            [d for d in documents if d.kind == paper.code],
            paper.code in view.papers_asked,
        )
        for paper in listed
    ]
    return lines, [document for document in documents if document.kind not in codes]


def representative_lines(view: RequestView) -> list[dict[str, Any]]:
    """Who acts for the customer and by what right; nothing when nobody does."""
    told = view.representative
    if not told:
        return []
    ground = str(told.get("ground", ""))
    rows = [
        (gettext("Người đại diện"), told.get("name")),
        (gettext("Căn cứ"), gettext(words.GROUNDS[ground]) if ground in words.GROUNDS else ground),
        (gettext("Điện thoại"), told.get("phone")),
        (gettext("Số định danh"), told.get("id_number")),
        (gettext("Ghi chú"), told.get("note")),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def charge_line(charge: ChargeView) -> dict[str, Any]:
    """What is owed and where the money is."""
    state: str = charge.status
    if charge.is_open:
        state = payment_queries.payment_of(charge).state
    return {
        "charge": charge,
        "name": gettext(words.CHARGE_KINDS.get(charge.kind, charge.kind)),
        "state": gettext(words.CHARGE_STATES.get(state, state)),
        "tone": {"PAID": "good", "CANCELLED": "neutral", "CHECKING": "go"}.get(state, "wait"),
    }
