"""Auto-debit's other side: files of debits go to the bank that collects, what became of them is fetched.

Signed calls as with every partner: POST `ADDRESS/files/NUMBER` takes a file once (again: the same), POST
`ADDRESS/files/NUMBER/result` answers 200 with the results so far, 404 while there are none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import structlog

from motcua.connectors import outside, signed_calls
from motcua.kernel import local_time
from motcua.payments import online_queries
from motcua.payments.debit_files import FileUnfit
from motcua.payments.models import DebitFile
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations import mandates as mandate_ops
from motcua.payments.operations.gateways import GatewayAccount

log = structlog.get_logger(__name__)

JOB = "debits"
KIND = "DEBIT"
# Files are made once a day, from this hour on: customers see their bill before it is collected.
FILES_FROM_HOUR = 8
COLLECT_AFTER = timedelta(days=1)


def list_partners() -> list[str]:
    """The banks that collect for this company: accounts whose settings say so."""
    return [g.code for g in online_queries.list_gateways() if g.is_active and g.settings.get("kind") == KIND]


def run(*, at: datetime) -> int:
    """Plan what is due, make the day's files, send what is made, fetch results; how many things were done."""
    partners = list_partners()
    if not partners:
        return 0
    done = 0
    today = local_time.local_date(at)
    if local_time.to_local(at).hour >= FILES_FROM_HOUR:
        for partner in partners:
            if not online_queries.has_debit_file(partner, today):
                mandate_ops.plan_debits(at=at)
                done += (
                    mandate_ops.make_file(partner=partner, collect_on=today + COLLECT_AFTER, at=at)
                    is not None
                )
    while (file := mandate_ops.claim_file(at=at, partners=partners)) is not None:
        _carry(file, at=at)
        done += 1
    return done


def _carry(file: DebitFile, *, at: datetime) -> None:
    """Send a file, or fetch its results. No answer is no answer: the next round asks again."""
    account = gateway_ops.find_account(file.partner)
    if account is None:
        return
    try:
        if file.state == "MADE":
            if _call(account, file.number, "", file.content.encode(), at).is_success:
                mandate_ops.note_sent(file_id=file.id, at=at)
        else:
            answer = _call(account, file.number, "/result", b"", at)
            if answer.is_success and answer.content:
                mandate_ops.take_results(partner=file.partner, content=answer.content, at=at)
    except httpx.HTTPError as error:
        log.info("debits.no-answer", partner=file.partner, error=type(error).__name__)
    except FileUnfit as unfit:
        log.error("debits.result-unfit", partner=file.partner, problems=len(unfit.problems))


def _call(account: GatewayAccount, number: str, what: str, body: bytes, at: datetime) -> httpx.Response:
    url = f"{account.address}/files/{number}{what}"
    headers = signed_calls.signed_headers(
        partner_code=account.settings["partner_id"], secret=account.secrets["key"], method="POST", path=urlsplit(url).path,
        request_id=f"{number}{what.replace('/', '-')}-{int(at.timestamp())}", body=body, at=at,
    )  # fmt: skip
    return outside.call("POST", url, content=body, headers={**headers, "Content-Type": "application/xml"})
