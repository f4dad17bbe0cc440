"""A public-service portal that exists only here: its citizens send dossiers, it passes them on by signed calls, and hears
from us what becomes of them.

The calls go over real HTTP to our own public address, at least once each; news comes back the same way. `deliver_due`
sends what is due; a short-lived thread does it after an act, and a job. Faults: see `Fault`.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import httpx
import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction

from motcua.companies import context
from motcua.config import clock
from motcua.config.env import ENV
from motcua.connectors import signed_calls
from motcua.connectors.portals import partners
from motcua.connectors.signed_calls import SignatureRefused, SignedCall
from motcua.kernel.actors import Actor
from motcua.kernel.clock import SystemClock
from motcua.kernel.local_time import to_local
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.sandbox import registry
from motcua.sandbox.models import DeliveryState
from motcua.sandbox.portal_models import SandboxPortalCall, SandboxPortalDossier, SandboxPortalNews

log = structlog.get_logger(__name__)

PORTAL = "DVC-THU"
NAME = gettext_noop("Cổng dịch vụ công thử")
FORMAT = "PROVINCIAL"
# Hà Nội's own agency code; elsewhere one that no province has.
AGENCIES = {"HANOI": "H26"}
AGENCY_ELSEWHERE = "H99"

# The stand-in is the outside world: its waiting is real waiting, whatever the demo's clock says.
OUTSIDE = SystemClock()
LATE_BY = timedelta(seconds=20)
HELD_AT_MOST = timedelta(seconds=15)
RETRY_FIRST = timedelta(seconds=2)
RETRY_LONGEST = timedelta(seconds=60)
LEASE = timedelta(seconds=45)
TIMEOUT_SECONDS = 20.0
SLOW_PIECES, SLOW_PAUSE_SECONDS, SLOW_ANSWER_SECONDS = 10, 0.3, 3.0
MOST_TRIES = 12
# Answers that a repeated call can never change.
FINAL_ANSWERS = frozenset({400, 403, 409, 413, 422})

registry.register(
    registry.StandIn(
        "portal", NAME, gettext_noop("Nộp hồ sơ như công dân trên cổng, xem trạng thái điện lực báo về."),
        "sandbox:portal",
    )
)  # fmt: skip


class Fault(StrEnum):
    """What can go wrong between a portal and us, in either direction."""

    LATE = "late"  # passed on after a while
    LOST = "lost"  # the first call never arrives, the portal calls again
    DOUBLED = "doubled"  # passed on twice more
    REORDERED = "reordered"  # passed on after something later
    SLOW = "slow"  # the body trickles in; news is answered slowly
    WRONG_SIGNATURE = "wrong_signature"  # a forged call comes first
    DOWN = "down"  # news is not taken the first time: 503
    ANSWER_LOST = "answer_lost"  # news is taken, and the answer says 500


class FaultUnknown(Refused):
    code = "FAULT_UNKNOWN"
    message = gettext_noop("Không có lỗi giả lập “%(fault)s”.")


def read_faults(names: Iterable[str]) -> list[str]:
    """The faults by their names. Refuses FaultUnknown."""
    found = sorted(set(names))
    for name in found:
        if name not in Fault._value2member_map_:
            raise FaultUnknown(field="faults", fault=name)
    return found


def demo_secret(company_code: str) -> str:
    """The secret the stand-in shares with a company: known to this installation alone."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"sandbox portal {company_code}".encode(), sha256).hexdigest()


def agency() -> str:
    return AGENCIES.get(context.current_company_code(), AGENCY_ELSEWHERE)


def ensure_partner(*, host: str, at: datetime) -> None:
    """Let the stand-in call the current company, and be told at the host it is seen at now."""
    actor, address = Actor.system("sandbox"), f"{ENV.scheme}://{host}/sandbox/portal/callbacks"
    partners.add_portal(
        code=PORTAL, name=str(NAME), format=FORMAT, agency=agency(), callback_url=address,
        secret=demo_secret(context.current_company_code()), actor=actor, at=at,
    )  # fmt: skip
    known = partners.find_portal(PORTAL)
    if known is not None and known.callback_url != address:
        partners.change_portal(code=PORTAL, callback_url=address, actor=actor, at=at)


# what a citizen does


@transaction.atomic
def submit(
    *,
    procedure: str,
    province_code: str,
    form: Mapping[str, Any],
    faults: Iterable[str] = (),
    host: str,
    at: datetime,
    number: str = "",
) -> str:
    """A citizen sends a dossier: its number. Call `start_delivery` after the commit."""
    ensure_partner(host=host, at=at)
    given = number or new_number(at)
    dossier = SandboxPortalDossier.objects.create(
        number=given, host=host, procedure=procedure, form=dict(form), faults=read_faults(faults),
        created_at=OUTSIDE.now(),
    )  # fmt: skip
    body = {
        "dossier_number": given, "procedure": procedure, "province_code": province_code,
        "submitted_at": at.isoformat(), "form": dict(form),
    }  # fmt: skip
    _plan(dossier, "SUBMIT", "POST", "dossiers", orjson.dumps(body))
    return given


def new_number(at: datetime) -> str:
    """The next number a citizen is given, in the format in force."""
    return f"{agency()}.17.15-{to_local(at):%y%m%d}-{secrets.randbelow(10**7):07d}"


@transaction.atomic
def attach(*, number: str, paper: str, content: bytes) -> str:
    """A citizen adds a paper: the portal's id of the file."""
    dossier = get_dossier(number)
    file_id = f"tep-{secrets.token_hex(6)}"
    _plan(dossier, "PAPER", "PUT", f"dossiers/{number}/papers/{paper}/{file_id}", content)
    return file_id


@transaction.atomic
def supplement(*, number: str, remark: str) -> None:
    """A citizen says that everything asked for was sent."""
    dossier = get_dossier(number)
    sent = dossier.calls.filter(what="PAPER").order_by("id").values_list("path", flat=True)
    body = {
        "supplement_id": secrets.token_hex(6), "file_ids": [path.rsplit("/", 1)[-1] for path in sent],
        "remark": remark,
    }  # fmt: skip
    _plan(dossier, "SUPPLEMENT", "POST", f"dossiers/{number}/supplement", orjson.dumps(body))


@transaction.atomic
def withdraw(*, number: str, reason: str) -> None:
    """A citizen wants it no more."""
    dossier = get_dossier(number)
    _plan(dossier, "WITHDRAW", "POST", f"dossiers/{number}/withdrawal", orjson.dumps({"reason": reason}))


def switch_faults(*, number: str, faults: Iterable[str]) -> None:
    """From now on these things go wrong with the dossier."""
    SandboxPortalDossier.objects.filter(number=number).update(faults=read_faults(faults))


def get_dossier(number: str) -> SandboxPortalDossier:
    """Raises NotFound."""
    dossier = SandboxPortalDossier.objects.filter(number=number).first()
    if dossier is None:
        raise NotFound(field="number")
    return dossier


def _plan(dossier: SandboxPortalDossier, what: str, method: str, name: str, body: bytes) -> None:
    faults, now = set(dossier.faults), OUTSIDE.now()
    wait = LATE_BY if Fault.LATE in faults else HELD_AT_MOST if Fault.REORDERED in faults else timedelta(0)
    path = f"/api/portals/{PORTAL}/{name}"
    made = [
        SandboxPortalCall(
            dossier=dossier, what=what, method=method, path=path, body=body, request_id=secrets.token_hex(12),
            is_lost_at_first=Fault.LOST in faults, is_forged_at_first=Fault.WRONG_SIGNATURE in faults,
            is_slow=Fault.SLOW in faults, is_held=Fault.REORDERED in faults, next_at=now + wait,
        )
    ]  # fmt: skip
    if Fault.DOUBLED in faults:
        made += [
            SandboxPortalCall(
                dossier=dossier, what=what, method=method, path=path, body=body, next_at=now + wait,
                request_id=request_id,
            )
            for request_id in (made[0].request_id, secrets.token_hex(12))
        ]  # fmt: skip
    SandboxPortalCall.objects.bulk_create(made)


# calling us


def deliver_due(*, limit: int = 100) -> int:
    """Send the calls that are due in the current company; returns how many were tried."""
    tried = 0
    while tried < limit and (call := _claim()):
        _send(call)
        tried += 1
    return tried


@transaction.atomic
def _claim() -> SandboxPortalCall | None:
    """The next due call, leased: if this process dies while sending, it is due again after the lease."""
    now = OUTSIDE.now()
    call = (
        SandboxPortalCall.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("dossier")
        .filter(state=DeliveryState.PENDING, next_at__lte=now)
        .order_by("next_at", "id")
        .first()
    )
    if call is not None:
        call.attempts += 1
        call.next_at = now + LEASE
        call.save(update_fields=["attempts", "next_at"])
    return call


def _send(call: SandboxPortalCall) -> None:
    is_first = call.attempts == 1
    if is_first and call.is_lost_at_first:
        return _again(call, status=None, answer="")
    secret = demo_secret(context.current_company_code())
    if is_first and call.is_forged_at_first:
        secret = secrets.token_hex(16)
    body = bytes(call.body)
    try:
        answer = _http(
            call.method, call.path, body, host=call.dossier.host, secret=secret, request_id=call.request_id,
            is_slow=call.is_slow,
        )  # fmt: skip
    except httpx.HTTPError as error:
        log.info("sandbox-portal.no-answer", error=type(error).__name__)
        return _again(call, status=None, answer=type(error).__name__)
    if answer.is_success:
        _learn(call.dossier, answer)
        return _done(call, DeliveryState.DELIVERED, answer.status_code, answer.text[:1000])
    if answer.status_code in FINAL_ANSWERS or call.attempts >= MOST_TRIES:
        return _done(call, DeliveryState.REFUSED, answer.status_code, answer.text[:1000])
    return _again(call, status=answer.status_code, answer=answer.text[:1000])


def ask(number: str, name: str = "") -> dict[str, Any] | list[Any] | None:
    """Ask us now (poll): status, or `fees`, or `results`. None when we do not answer as hoped."""
    dossier = get_dossier(number)
    path = f"/api/portals/{PORTAL}/dossiers/{number}{f'/{name}' if name else ''}"
    try:
        answer = _http(
            "GET", path, b"", host=dossier.host, secret=demo_secret(context.current_company_code()),
            request_id=secrets.token_hex(12),
        )  # fmt: skip
    except httpx.HTTPError:
        return None
    if not answer.is_success:
        return None
    told: dict[str, Any] | list[Any] = orjson.loads(answer.content)
    if isinstance(told, dict):
        _learn(dossier, answer)
    return told


def _http(
    method: str, path: str, body: bytes, *, host: str, secret: str, request_id: str, is_slow: bool = False
) -> httpx.Response:
    headers = signed_calls.signed_headers(
        partner_code=PORTAL, secret=secret, method=method, path=path, request_id=request_id, body=body, at=clock.now()
    )  # fmt: skip
    kind = "application/octet-stream" if method == "PUT" else "application/json"
    headers |= {"Content-Type": kind, "Host": host, "Content-Length": str(len(body))}
    # A demo's certificate is its own; the call never leaves this machine.
    with httpx.Client(timeout=TIMEOUT_SECONDS, verify=False, trust_env=False) as client:  # noqa: S501
        content = _trickle(body) if is_slow else body
        return client.request(method, public_address(host) + path, content=content, headers=headers)


def public_address(host: str) -> str:
    """Where the pages answer. NAME.localhost does not resolve everywhere, so the address is the machine's own."""
    return f"{ENV.scheme}://127.0.0.1:{ENV.port}"


def _trickle(body: bytes) -> Iterator[bytes]:
    step = max(1, len(body) // SLOW_PIECES)
    for start in range(0, len(body), step):
        time.sleep(SLOW_PAUSE_SECONDS)
        yield body[start : start + step]


def _learn(dossier: SandboxPortalDossier, answer: httpx.Response) -> None:
    """What an answer says of the dossier counts as news does."""
    told = orjson.loads(answer.content)
    if isinstance(told, dict) and "seq" in told and "status" in told:
        with transaction.atomic():
            _take_if_newer(dossier.number, told)


def _again(call: SandboxPortalCall, *, status: int | None, answer: str) -> None:
    """No answer that counts: unknown is not failed. Try later, twice as long each time."""
    wait = min(RETRY_FIRST * 2 ** min(call.attempts - 1, 8), RETRY_LONGEST)
    call.next_at = OUTSIDE.now() + wait
    call.answer_status, call.answer = status, answer
    call.save(update_fields=["next_at", "answer_status", "answer"])


def _done(call: SandboxPortalCall, state: DeliveryState, status: int, answer: str) -> None:
    call.state = state
    call.answer_status, call.answer = status, answer
    call.save(update_fields=["state", "answer_status", "answer"])
    # Something later has arrived: what was held back for that comes now.
    SandboxPortalCall.objects.filter(
        is_held=True, state=DeliveryState.PENDING, id__lt=call.id, attempts=0
    ).update(is_held=False, next_at=OUTSIDE.now())


def start_delivery() -> None:
    """Let this process send the current company's calls now, in the background. The job does it as well."""
    company_code = context.current_company_code()
    threading.Thread(target=_round, args=(company_code,), name=f"portal-{company_code}", daemon=True).start()


def _round(company_code: str) -> None:
    try:
        with context.using_company(company_code):
            deliver_due()
    except Exception as error:  # the database stops or restarts: the outside world goes on
        log.warning("sandbox-portal.round-failed", error=type(error).__name__)
    finally:
        connection.close()


# hearing from us


def hear(*, call: SignedCall, host: str, at: datetime) -> int:
    """Take a callback; the HTTP status to answer. Raises SignatureRefused. A number in the portal's own form is one it
    gave, to a citizen or to an administration centre.

    News is taken by its place in the dossier's story: what comes twice, late or in another order never leads back.
    """
    signed_calls.check_form(call, at=at)
    signed_calls.check_signature(call, secret=demo_secret(context.current_company_code()))
    if call.partner_code != PORTAL:
        raise SignatureRefused("portal-other")
    told = orjson.loads(call.body)
    number = str(told["dossier_number"])
    known = partners.find_portal(PORTAL)
    with transaction.atomic():
        if known is not None and known.gave(number):
            expect(number=number, host=host, at=at)
        dossier = SandboxPortalDossier.objects.select_for_update().filter(number=number).first()
        if dossier is None:
            return 404
        faults = set(dossier.faults)
        news, _ = SandboxPortalNews.objects.get_or_create(
            dossier=dossier, seq=told["seq"], defaults={"body": told, "came_at": OUTSIDE.now()}
        )
        news.times += 1
        is_down = Fault.DOWN in faults and news.times == 1
        news.is_taken = news.is_taken or not is_down
        news.save(update_fields=["times", "is_taken"])
        if not is_down:
            _take_if_newer(dossier.number, told)
    if Fault.SLOW in faults:
        time.sleep(SLOW_ANSWER_SECONDS)
    return 503 if is_down else 500 if Fault.ANSWER_LOST in faults and news.times == 1 else 200


def _take_if_newer(number: str, told: Mapping[str, Any]) -> None:
    SandboxPortalDossier.objects.filter(number=number, seq__lt=told["seq"]).update(
        seq=told["seq"], status=told["status"], status_name=told["status_name"], request_number=told["request_number"]
    )  # fmt: skip


def expect(*, number: str, host: str, at: datetime) -> None:
    """A clerk of an administration centre files this number: the portal knows it, and hears of it."""
    ensure_partner(host=host, at=at)
    SandboxPortalDossier.objects.get_or_create(
        number=number, defaults={"host": host, "procedure": "", "form": {}, "created_at": OUTSIDE.now()}
    )
