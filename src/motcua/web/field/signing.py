"""Signatures on the screen: the customer's and both staff's, drawn or typed, over the hash of the contract shown."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from motcua.config import clock
from motcua.documents import queries as document_queries
from motcua.documents import signing as document_signing
from motcua.documents.queries import DocumentView, SignatureView
from motcua.fieldwork import contracts
from motcua.kernel.results import Refused
from motcua.web.errors import refused_text
from motcua.web.field import acting
from motcua.web.field.here import CREW, Here, needs_signatures, stand_at
from motcua.web.staff_pages import StaffRequest, staff_page

STAFF_SIGNERS = 2
MAX_PNG = 400_000


@dataclass
class Signer:
    """Somebody who has to sign. `name` is fixed for staff of the crew, else written on the form."""

    prefix: str
    kind: str
    title: str
    name: str
    signed: SignatureView | None = None
    errors: list[str] = field(default_factory=list)
    typed: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*CREW)
def sign(request: StaffRequest, visit_id: UUID) -> HttpResponse:
    """Who has signed stays signed, whatever else is refused; with the last signature the step is done."""
    here = stand_at(request.actor, visit_id)
    action = next((action for action in here.actions if needs_signatures(action)), None)
    contract = contracts.find_contract(here.view.id)
    if action is None or contract is None:
        return redirect("field:visit", visit_id=visit_id)
    signers = _signers(here, contract)
    if request.method != "POST":
        return _page(request, here, contract, signers, [])
    general: list[str] = []
    shown = request.POST.get("sha256", "")
    if shown and shown != contract.sha256:
        general.append(refused_text(document_signing.DocumentReplaced()))
    else:
        for signer in signers:
            if signer.signed is None:
                _take(request, here, signer, contract)
    if general or any(signer.errors for signer in signers):
        return _page(request, here, contract, signers, general)
    if action.inputs:
        return redirect("field:act", visit_id=visit_id, action=action.code)
    try:
        acting.advance(
            here, action, {}, key=request.POST.get("key") or here.key(action.code), step=here.view.step
        )
    except Refused as refusal:
        return _page(request, here, contract, signers, [refused_text(refusal)])
    messages.success(request, gettext("Hợp đồng đã đủ chữ ký."))
    return acting.after(here)


def _signers(here: Here, contract: DocumentView) -> list[Signer]:
    given = document_queries.list_signatures(contract.id)
    customer = next((found for found in given if found.signer_kind == "CUSTOMER"), None)
    name = customer.signer_name if customer else here.visit.contact_name
    signers = [Signer("customer", "CUSTOMER", gettext("Khách hàng"), name, customer)]
    by_name = {found.signer_name: found for found in given if found.signer_kind == "STAFF"}
    crew = here.crew
    names = [*by_name, *(m.name for m in (crew.members if crew else ()) if m.name not in by_name)]
    for number in range(STAFF_SIGNERS):
        own = names[number] if number < len(names) else ""
        title = gettext("Nhân viên %(number)s") % {"number": number + 1}
        signers.append(Signer(f"staff{number + 1}", "STAFF", title, own, by_name.get(own)))
    return signers


def _take(request: StaffRequest, here: Here, signer: Signer, contract: DocumentView) -> None:
    """One signature from the form; what is wrong with it stands beside it."""
    signer.typed = request.POST.get(f"{signer.prefix}_typed", "").strip()[:120]
    is_confirmed = request.POST.get(f"{signer.prefix}_confirmed") == "yes"
    strokes = _png(request.POST.get(f"{signer.prefix}_png", ""))
    typed = signer.typed if is_confirmed and not strokes else ""
    # A customer may be represented by somebody else, who writes their own name; so may a colleague who stands in.
    name = signer.typed if signer.typed and (signer.kind == "CUSTOMER" or not signer.name) else signer.name
    try:
        signer.signed = contracts.sign_contract(
            request_id=here.view.id, signer_kind=signer.kind, signer_name=name, strokes=strokes, typed_name=typed,
            actor=here.actor, at=clock.now(), expected_sha256=contract.sha256,
        )  # fmt: skip
    except Refused as refusal:
        signer.errors.append(refused_text(refusal))


def _png(posted: str) -> bytes | None:
    """The picture of a data address, or None."""
    head, _, coded = posted.partition(",")
    if head != "data:image/png;base64" or len(coded) > MAX_PNG:
        return None
    try:
        return base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _page(
    request: StaffRequest, here: Here, contract: DocumentView, signers: list[Signer], general: list[str]
) -> HttpResponse:
    problems: list[Any] = [("", line) for line in general]
    problems += [(f"id_{s.prefix}", f"{s.title}: {error}") for s in signers for error in s.errors]
    action = next(action for action in here.actions if needs_signatures(action))
    context = {
        "visit": here.visit,
        "view": here.view,
        "contract": contract,
        "number": contracts.contract_number(here.view),
        "signers": signers,
        "problems": problems,
        "general": general,
        "has_errors": bool(problems),
        "label": action.label.get(get_language()),
        "key": request.POST.get("key") or here.key(action.code),
        "crew_name": here.visit.crew_name,
    }
    return render(request, "field/sign.html", context, status=422 if problems else 200)
