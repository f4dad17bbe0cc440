"""A bank that collects by auto-debit and exists only here. What becomes of a debit is told by the account's last two digits.

04: no funds (tried again later works, when the account's owner has money: it never has). 01: no such mandate.
44: the account is closed. 90: still in process, for ever. Everything else is paid.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from xml.etree.ElementTree import Element, fromstring

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from motcua.companies import context
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors import signed_calls
from motcua.connectors.banks import debits
from motcua.connectors.signed_calls import SignatureRefused, SignedCall
from motcua.kernel.actors import Actor
from motcua.payments import debit_files
from motcua.payments.debit_files import DEBITS, ResultLine
from motcua.payments.operations import gateways as gateway_ops
from motcua.sandbox import courier
from motcua.sandbox.gate import demo_only
from motcua.sandbox.wallets_models import SandboxDebitFile

CODE, NAME = "UNTHU", "Ngân hàng thử (trích tiền tự động)"
OUTCOMES = {"04": ("RJCT", "AM04"), "01": ("RJCT", "MD01"), "44": ("RJCT", "AC04"), "90": ("ACSP", "")}


def secret() -> str:
    return hashlib.sha256(
        f"{settings.SECRET_KEY}:debits:{context.current_company_code()}".encode()
    ).hexdigest()


def ensure_partner(*, host: str, at: datetime) -> None:
    """Let the stand-in collect for the current company, at the host it is seen at now."""
    address = f"{ENV.scheme}://{host}/sandbox/debits"
    known = gateway_ops.find_account(CODE)
    if known is None or ("/sandbox/" in known.address and known.address != address):
        gateway_ops.set_gateway(
            code=CODE, name=NAME, address=address, public={"kind": debits.KIND, "partner_id": "MOTCUA"},
            secrets={"key": secret()}, actor=Actor.system("sandbox"), at=at,
        )  # fmt: skip


@demo_only
@csrf_exempt
@require_POST
def take_file(request: HttpRequest, number: str) -> HttpResponse:
    """A file, once; one that breaks its shape is refused with the reasons."""
    _check(request)
    if problems := debit_files.check(request.body):
        return HttpResponse("\n".join(problems), status=422, content_type="text/plain")
    told = {"content": request.body.decode(), "received_at": courier.OUTSIDE.now()}
    SandboxDebitFile.objects.get_or_create(number=number, defaults=told)
    return HttpResponse(status=202)


@demo_only
@csrf_exempt
@require_POST
def results(request: HttpRequest, number: str) -> HttpResponse:
    """What became of a file: nothing at the first question, all of it at the second and ever after."""
    _check(request)
    file = SandboxDebitFile.objects.filter(number=number).first()
    if file is None:
        raise Http404
    file.asked += 1
    file.save(update_fields=["asked"])
    if file.asked < 2:
        return HttpResponse(status=404)
    lines = [_decided(element) for element in fromstring(file.content).iter(f"{{{DEBITS}}}DrctDbtTxInf")]  # noqa: S314  checked
    content = debit_files.write_results(
        number=f"R{number}"[:35], of_file=number, made_at=clock.now(), lines=lines
    )
    return HttpResponse(content, content_type="application/xml")


def _decided(element: Element) -> ResultLine:
    def text(path: str) -> str:
        names = "/".join(f"{{{DEBITS}}}{name}" for name in path.split("/"))
        return element.findtext(names) or ""

    status, reason = OUTCOMES.get(text("DbtrAcct/Id/Othr/Id")[-2:], ("ACSC", ""))
    end_to_end_id = text("PmtId/EndToEndId")
    reference = (
        f"FT{hashlib.sha256(end_to_end_id.encode()).hexdigest()[:12].upper()}" if status == "ACSC" else ""
    )
    return ResultLine(end_to_end_id, status, reason, reference, int(text("InstdAmt")))


def _check(request: HttpRequest) -> None:
    """Raises Http404 for a call that the company did not sign."""
    given = request.headers
    call = SignedCall(
        method="POST", path=request.path, partner_code=given.get(signed_calls.PARTNER_HEADER, ""),
        request_id=given.get(signed_calls.REQUEST_HEADER, ""), timestamp=given.get(signed_calls.TIME_HEADER, ""),
        signature=given.get(signed_calls.SIGNATURE_HEADER, ""), nonce=given.get(signed_calls.NONCE_HEADER, ""),
        body=request.body,
    )  # fmt: skip
    try:
        signed_calls.check_form(call, at=clock.now())
        signed_calls.check_signature(call, secret=secret())
    except SignatureRefused:
        raise Http404 from None
