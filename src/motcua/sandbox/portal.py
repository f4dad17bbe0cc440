"""A public-service portal that exists only here: its citizens send dossiers, it passes them on by signed calls, and hears
from us what becomes of them.

How the calls come to us is in `courier`; news comes back the same way. Faults: see `Fault`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx
import orjson
from django.db import transaction

from motcua.companies import context
from motcua.config.env import ENV
from motcua.connectors import signed_calls
from motcua.connectors.portals import partners
from motcua.connectors.signed_calls import SignatureRefused, SignedCall
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import to_local
from motcua.kernel.results import NotFound, gettext_noop
from motcua.sandbox import courier, registry
from motcua.sandbox.portal_models import SandboxPortalCall, SandboxPortalDossier, SandboxPortalNews

PORTAL = "DVC-THU"
NAME = gettext_noop("Cổng dịch vụ công thử")
FORMAT = "PROVINCIAL"
# Hà Nội's own agency code; elsewhere one that no province has.
AGENCIES = {"HANOI": "H26"}
AGENCY_ELSEWHERE = "H99"

SLOW_ANSWER_SECONDS = 3.0

registry.register(
    registry.StandIn(
        "portal", NAME, gettext_noop("Nộp hồ sơ như công dân trên cổng, xem trạng thái điện lực báo về."),
        "sandbox:portal", icon="doc",
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


def read_faults(names: Iterable[str]) -> list[str]:
    """The faults by their names. Refuses FaultUnknown."""
    return sorted(courier.read_faults(Fault, names))


def agency() -> str:
    return AGENCIES.get(context.current_company_code(), AGENCY_ELSEWHERE)


def ensure_partner(*, host: str, at: datetime) -> None:
    """Let the stand-in call the current company, and be told at the host it is seen at now."""
    actor, address = Actor.system("sandbox"), f"{ENV.scheme}://{host}/sandbox/portal/callbacks"
    known = partners.find_portal(PORTAL)
    if known is None:
        partners.add_portal(
            code=PORTAL, name=str(NAME), format=FORMAT, agency=agency(), callback_url=address,
            secret=demo_secret(context.current_company_code()), actor=actor, at=at,
        )  # fmt: skip
    elif known.callback_url != address:
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
        created_at=courier.OUTSIDE.now(),
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


# calling us


class PortalCourier(courier.Courier[SandboxPortalCall]):
    """The portal's calls to our portal interface."""

    name = "portal"
    model = SandboxPortalCall
    final_answers = frozenset({400, 403, 409, 413, 422})
    most_tries = 12
    answer_length = 1000

    def call(self, owed: SandboxPortalCall, secret: str) -> httpx.Response:
        return courier.call_us(
            owed.method, owed.path, bytes(owed.body), host=owed.dossier.host, partner_code=PORTAL, secret=secret,
            request_id=owed.request_id, is_slow=owed.is_slow,
            content_type="application/octet-stream" if owed.method == "PUT" else "application/json",
        )  # fmt: skip

    def learn(self, owed: SandboxPortalCall, answer: httpx.Response) -> None:
        _learn(owed.dossier, answer)


COURIER = PortalCourier()
demo_secret, deliver_due, start_delivery = COURIER.demo_secret, COURIER.deliver_due, COURIER.start


def _plan(dossier: SandboxPortalDossier, what: str, method: str, name: str, body: bytes) -> None:
    path = f"/api/portals/{PORTAL}/{name}"
    COURIER.plan(dossier.faults, dossier=dossier, what=what, method=method, path=path, body=body)


def ask(number: str, name: str = "") -> dict[str, Any] | list[Any] | None:
    """Ask us now (poll): status, or `fees`, or `results`. None when we do not answer as hoped."""
    dossier = get_dossier(number)
    path = f"/api/portals/{PORTAL}/dossiers/{number}{f'/{name}' if name else ''}"
    try:
        answer = courier.call_us(
            "GET", path, b"", host=dossier.host, partner_code=PORTAL,
            secret=demo_secret(context.current_company_code()), request_id=secrets.token_hex(12),
        )  # fmt: skip
    except httpx.HTTPError:
        return None
    if not answer.is_success:
        return None
    told: dict[str, Any] | list[Any] = orjson.loads(answer.content)
    if isinstance(told, dict):
        _learn(dossier, answer)
    return told


def _learn(dossier: SandboxPortalDossier, answer: httpx.Response) -> None:
    """What an answer says of the dossier counts as news does."""
    told = orjson.loads(answer.content)
    if isinstance(told, dict) and "seq" in told and "status" in told:
        with transaction.atomic():
            _take_if_newer(dossier.number, told)


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
            dossier=dossier, seq=told["seq"], defaults={"body": told, "came_at": courier.OUTSIDE.now()}
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
        number=number,
        defaults={"host": host, "procedure": "", "form": {}, "created_at": courier.OUTSIDE.now()},
    )
