"""Reads: a dossier is the request with the portal's number, and this is what its portal may know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from motcua.connectors.models import PortalFile
from motcua.connectors.portals import partners
from motcua.connectors.portals.partners import PortalView
from motcua.connectors.portals.statuses import NAMES
from motcua.documents import queries as document_queries
from motcua.documents.queries import DocumentView
from motcua.kernel.results import NotFound, gettext_noop
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.payments import queries as payment_queries
from motcua.requests import queries as request_queries
from motcua.requests.models import Entry
from motcua.requests.operations import telling
from motcua.requests.queries import RequestView

# Under which a clerk of an administration centre files a number that is of no known portal.
DESK_PORTAL = "HCC"
# What the citizen gets at the end; of the papers they sent themselves the portal has its own.
RESULTS = ("CONTRACT_SIGNED", "ANSWER", "RECEIPT")


class DossierUnknown(NotFound):
    code = "DOSSIER_UNKNOWN"
    message = gettext_noop("Không có hồ sơ này của cổng.")


class ResultUnknown(NotFound):
    code = "RESULT_UNKNOWN"
    message = gettext_noop("Hồ sơ không có kết quả này.")


def find_dossier(portal: PortalView, number: str) -> RequestView | None:
    """The request with this dossier number, whether the portal sent it in or a clerk did."""
    found = request_queries.find_by_external_number(portal.code, number)
    if found is None and portal.gave(number):
        found = request_queries.find_by_external_number(DESK_PORTAL, number)
    return found


def get_dossier(portal: PortalView, number: str) -> RequestView:
    """Raises DossierUnknown: of another portal and not there are the same."""
    view = find_dossier(portal, number)
    if view is None:
        raise DossierUnknown(field="dossier_number")
    return view


def filed_under(number: str) -> str:
    """The portal that a clerk's dossier number is of; the administration centre's own when no known portal gives such."""
    portal = partners.find_portal_of_number(number) if number else None
    return portal.code if portal else DESK_PORTAL


def find_filed(number: str) -> RequestView | None:
    """The request with this dossier number, under the portal that gives such or under the administration centre."""
    for portal in dict.fromkeys((filed_under(number), DESK_PORTAL)):
        found = request_queries.find_by_external_number(portal, number)
        if found is not None:
            return found
    return None


def receipt(view: RequestView) -> dict[str, Any]:
    """Where the dossier stands, in few words."""
    state = view.state
    return {
        "dossier_number": state.external_number,
        "request_number": state.number,
        "service": state.service_code,
        "status": state.portal_status,
        "status_name": gettext(NAMES[state.portal_status]),
        "seq": state.seq,
        "received_at": state.submitted_at,
        "due_at": state.due_at,
        "follow_link": telling.follow_link(state.number),
    }


def whole(view: RequestView) -> dict[str, Any]:
    """Everything the portal may show its citizen."""
    entries = request_queries.list_entries(view.id)
    return {
        **receipt(view),
        "step": view.step,
        "step_name": view.current_step.name.vi,
        "is_closed": view.is_closed,
        "closed_at": view.state.closed_at,
        "on_time": view.state.on_time,
        "papers_asked": asked_papers(view, entries),
        "history": [moment(view, entry) for entry in entries if "portal_status" in entry.payload],
        "fees": fees(view),
        "results": results(view),
    }


def moment(view: RequestView, entry: Entry) -> dict[str, Any]:
    """One change of status, as the history and the callback tell it."""
    status = int(entry.payload["portal_status"])
    step = str(entry.payload.get("step") or "")
    return {
        "seq": entry.seq,
        "status": status,
        "status_name": gettext(NAMES[status]),
        "step": step,
        "step_name": view.service.step(step).name.vi if step else "",
        "at": entry.at,
    }


def asked_papers(view: RequestView, entries: Sequence[Entry]) -> list[dict[str, str]]:
    """What is still missing, with the reason it was last asked for."""
    if not view.papers_asked:
        return []
    last = next((entry for entry in reversed(entries) if entry.name == "papers.asked"), None)
    reason = reason_of(view.id, last.payload) if last else ""
    return [
        {"paper": code, "name": view.service.paper(code).name.vi, "reason": reason}
        for code in view.papers_asked
    ]


def reason_of(request_id: UUID, payload: Mapping[str, Any]) -> str:
    """The words for the citizen that a journal entry names; empty once erased."""
    note_id = str(payload.get("note") or "")
    notes = request_queries.list_notes(request_id, for_customer=True) if note_id else []
    return next((note.text for note in notes if str(note.id) == note_id), "")


def fees(view: RequestView) -> list[dict[str, Any]]:
    """What is to be paid and how, and what was."""
    return [_fee(view, charge) for charge in ledger_queries.list_charges(view.id)]


def _fee(view: RequestView, charge: ChargeView) -> dict[str, Any]:
    pay = payment_queries.payment_of(charge)
    return {
        "fee_id": str(charge.id),
        "kind": charge.kind,
        "name": view.service.fee.text.vi if view.service.fee else "",
        "state": charge.status,
        "net_vnd": charge.net_vnd,
        "vat_rate": str(charge.vat_rate),
        "vat_vnd": charge.vat_vnd,
        "total_vnd": charge.total_vnd,
        "paid_vnd": charge.paid_vnd,
        "remaining_vnd": charge.remaining_vnd,
        "payment_code": charge.payment_code if charge.is_open else "",
        "qr_text": pay.qr_text,
        "bank_bin": pay.bank_bin,
        "bank_account": pay.bank_account,
        "account_name": pay.account_name,
        "due_at": charge.due_at,
        "paid_at": pay.paid_at,
    }


def results(view: RequestView) -> list[dict[str, Any]]:
    """Documents that the dossier led to."""
    return [
        {
            "document_id": str(document.id),
            "kind": document.kind,
            "mime": document.mime,
            "size": document.size,
            "sha256": document.sha256,
            "made_at": document.uploaded_at,
        }
        for document in list_results(view)
    ]


def list_results(view: RequestView) -> list[DocumentView]:
    return document_queries.list_documents("request", view.id, kinds=RESULTS)


def get_result(view: RequestView, document_id: UUID) -> DocumentView:
    """Raises ResultUnknown, also for a document of the dossier that is no result."""
    found = next((document for document in list_results(view) if document.id == document_id), None)
    if found is None:
        raise ResultUnknown(field="document_id")
    return found


def find_files(portal: PortalView, number: str, file_ids: Sequence[str]) -> dict[str, PortalFile]:
    """Those of the portal's files that have arrived, by its id."""
    rows = PortalFile.objects.filter(portal_id=portal.code, dossier_number=number, file_id__in=file_ids)
    return {row.file_id: row for row in rows}
