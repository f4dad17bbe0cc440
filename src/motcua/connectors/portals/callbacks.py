"""Telling portals what becomes of their dossiers: a row with each journal entry, a signed call for each row.

One call a dossier is under way at a time, in the order of the journal; every call carries the entry's place in it
(`seq`), so that a portal that hears things twice or in another order never falls back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx
import structlog
from django.db import connection, transaction
from django.db.models import Count, Q

from motcua.companies import operations as company_ops
from motcua.config import jobs
from motcua.connectors import outside, signed_calls
from motcua.connectors.models import CallbackState, PortalCallback
from motcua.connectors.portals import dossiers, partners
from motcua.connectors.portals.partners import PortalView
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import canonical_json, sha256_hex
from motcua.kernel.ids import new_id
from motcua.kernel.results import NotFound, gettext_noop
from motcua.requests import queries as request_queries
from motcua.requests import registry
from motcua.requests.models import Entry
from motcua.requests.queries import RequestView
from motcua.requests.rules import Fact

log = structlog.get_logger(__name__)

JOB = "portal-callbacks"
CLAIM_FOR = timedelta(seconds=60)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=20), timedelta(hours=1)
MAX_ATTEMPTS = 30  # the last ones an hour apart: about a day
# What another try cannot mend. An unknown dossier (404) may be: the portal's own books may lag behind.
FINAL_ANSWERS = frozenset({400, 401, 403, 410, 413, 415, 422})
# Entries that tell something new without a status of their own.
TOLD_BESIDES = frozenset({"charge.paid", "charge.reopened", "promise.extended"})

# Chosen apart: the limit of a sub-select inside IN binds only its one run, and a plan may run it for each row.
_CLAIM = """
WITH due AS MATERIALIZED (
       SELECT c.id FROM connectors_portalcallback c JOIN connectors_portal p ON p.code = c.portal_id
        WHERE c.state IN ('PENDING', 'SENDING') AND c.next_at <= %(at)s
          AND (c.state = 'PENDING' OR c.claimed_until <= %(at)s)
          AND p.is_active AND p.callback_url <> '' AND NOT c.portal_id = ANY(%(silent)s)
          AND NOT EXISTS (
              SELECT 1 FROM connectors_portalcallback earlier
               WHERE earlier.request_id = c.request_id AND earlier.seq < c.seq
                 AND earlier.state IN ('PENDING', 'SENDING'))
        ORDER BY c.next_at, c.id LIMIT 1
          FOR UPDATE OF c SKIP LOCKED)
UPDATE connectors_portalcallback taken SET state = 'SENDING', claim = %(claim)s, claimed_until = %(until)s,
       attempts = attempts + 1
  FROM due WHERE taken.id = due.id
"""


class CallbackUnknown(NotFound):
    code = "CALLBACK_UNKNOWN"
    message = gettext_noop("Không tìm thấy lần báo này.")


@registry.on_journaled
def plan(view: RequestView, facts: Sequence[tuple[int, Fact]], at: datetime) -> None:
    """Write what the portal is to be told, in the transaction of the act that it tells of."""
    if not view.state.external_number:
        return
    told = [
        (seq, fact) for seq, fact in facts if "portal_status" in fact.payload or fact.name in TOLD_BESIDES
    ]
    portal = _portal_of(view) if told else None
    if portal is None:
        return
    status = _status_before(view, told[0][0])
    rows = []
    for seq, fact in told:
        status = int(fact.payload.get("portal_status", status))
        rows.append(
            PortalCallback(
                id=new_id(at), portal_id=portal.code, request_id=view.id, dossier_number=view.state.external_number,
                seq=seq, name=fact.name, status=status, next_at=at, created_at=at,
            )
        )  # fmt: skip
    PortalCallback.objects.bulk_create(rows)
    jobs.wake(JOB)


def _portal_of(view: RequestView) -> PortalView | None:
    """The portal whose dossier it is, also where a clerk filed its number under the administration centre."""
    portal = partners.find_portal(view.state.portal)
    if portal is None and view.state.portal == dossiers.DESK_PORTAL:
        portal = partners.find_portal_of_number(view.state.external_number)
    return portal


def _status_before(view: RequestView, seq: int) -> int:
    """The status that stood before this place of the journal; an entry without one leaves it."""
    before = PortalCallback.objects.filter(request_id=view.id, seq__lt=seq).order_by("-seq")
    known = before.values_list("status", flat=True).first()
    return known if known is not None else view.state.portal_status


@dataclass(frozen=True)
class _Call:
    id: UUID
    portal: str
    url: str
    headers: dict[str, str]
    body: bytes


def send_due(*, at: datetime, limit: int = 50) -> int:
    """Tell what is due; how many calls were made. No transaction is open and no connection held while calling."""
    done, silent = 0, set[str]()
    while done < limit and (call := _claim(claim := uuid4(), silent, at)):
        answer = _send(call)
        if isinstance(answer, str) or answer.is_server_error:
            silent.add(call.portal)  # one portal that is down must not keep the others waiting
        _record(call.id, claim, answer, at)
        done += 1
    return done


def _claim(claim: UUID, silent: Collection[str], at: datetime) -> _Call | None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _CLAIM, {"claim": claim, "until": at + CLAIM_FOR, "at": at, "silent": sorted(silent)}
            )
        row = PortalCallback.objects.filter(claim=claim).select_related("portal").first()
        return _prepare(row, at) if row else None


def _prepare(row: PortalCallback, at: datetime) -> _Call:
    """The words are made now, from the journal and what is known today: nothing personal waits in the outbox."""
    body = canonical_json(body_of(row))
    url = row.portal.callback_url
    headers = signed_calls.signed_headers(
        partner_code=row.portal_id, secret=partners.get_secret(row.portal_id), method="POST",
        path=httpx.URL(url).path, request_id=f"{row.request_id}.{row.seq}", body=body, at=at,
    )  # fmt: skip
    return _Call(row.id, row.portal_id, url, {**headers, "Content-Type": "application/json"}, body)


def body_of(row: PortalCallback) -> dict[str, object]:
    """What the portal is told of this change. A repeated call may know of fees and results that came since."""
    view = request_queries.get_request(row.request_id)
    entry = next(entry for entry in request_queries.list_entries(view.id) if entry.seq == row.seq)
    told: dict[str, object] = {
        "portal": row.portal_id,
        "dossier_number": row.dossier_number,
        "request_number": view.number,
        "change": row.name,
        **(dossiers.moment(view, _with_status(entry, row.status))),
        "due_at": view.state.due_at,
        "reason": dossiers.reason_of(view.id, entry.payload),
        "papers_asked": [
            {"paper": code, "name": view.service.paper(code).name.vi} for code in entry.payload.get("papers", ())
        ],
        "fees": dossiers.fees(view),
        "results": dossiers.results(view),
    }  # fmt: skip
    return told


def _with_status(entry: Entry, status: int) -> Entry:
    entry.payload = {**entry.payload, "portal_status": status}
    return entry


def _send(call: _Call) -> httpx.Response | str:
    try:
        return outside.call("POST", call.url, content=call.body, headers=call.headers)
    except httpx.HTTPError as error:
        return type(error).__name__
    except Exception as error:  # a misshapen address, say: this row must not stop the others
        log.error("portal-callback.crashed", error=type(error).__name__)
        return type(error).__name__


def _record(callback_id: UUID, claim: UUID, answer: httpx.Response | str, at: datetime) -> None:
    with transaction.atomic():
        row = PortalCallback.objects.select_for_update().filter(id=callback_id, claim=claim).first()
        if row is None:  # our claim ran out and another worker took it; its word counts
            return
        row.claim, row.claimed_until = None, None
        row.answer_status = answer.status_code if isinstance(answer, httpx.Response) else None
        row.reason = f"HTTP_{answer.status_code}" if isinstance(answer, httpx.Response) else answer[:80]
        if isinstance(answer, httpx.Response) and answer.is_success:
            row.state, row.delivered_at, row.reason = CallbackState.DELIVERED, at, ""
        elif row.answer_status in FINAL_ANSWERS or row.attempts >= MAX_ATTEMPTS:
            row.state = CallbackState.DEAD
            log.warning(
                "portal-callback.dead", portal=row.portal_id, callback_id=str(row.id), reason=row.reason
            )
        else:
            row.state, row.next_at = CallbackState.PENDING, at + retry_delay(row.attempts, str(row.id))
        row.save()
        if row.state != CallbackState.PENDING:
            jobs.wake(JOB)  # the dossier's next change waited for this one


def retry_delay(attempts: int, seed: str) -> timedelta:
    """Doubling up to an hour, with jitter of up to half that the seed decides."""
    base: timedelta = min(FIRST_DELAY * 2 ** min(max(attempts - 1, 0), 20), LONGEST_DELAY)
    share = int(sha256_hex(f"{seed}:{attempts}")[:2], 16) / 255
    return base * (1 + share / 2)


def retry_dead(*, callback_id: UUID, actor: Actor, at: datetime) -> None:
    """Tell again what was given up. Raises CallbackUnknown when it was not."""
    with transaction.atomic():
        changed = PortalCallback.objects.filter(id=callback_id, state=CallbackState.DEAD).update(
            state=CallbackState.PENDING, attempts=0, next_at=at, reason="", claim=None
        )
        if not changed:
            raise CallbackUnknown
        company_ops.record_audit(
            actor=actor, verb="portal.retried", subject_type="portal_callback", subject_id=str(callback_id), at=at,
            facts={},
        )  # fmt: skip
    jobs.wake(JOB)


def list_dead(limit: int = 100, *, portal: str = "") -> list[PortalCallback]:
    """What portals (or this one) could not be told, newest first: for a person to look at."""
    rows = PortalCallback.objects.filter(state=CallbackState.DEAD).order_by("-created_at", "-id")
    return list((rows.filter(portal_id=portal) if portal else rows)[:limit])


def list_last(portal: str, limit: int = 20) -> list[PortalCallback]:
    """What a portal was last told, or is to be, newest first."""
    return list(PortalCallback.objects.filter(portal_id=portal).order_by("-id")[:limit])


def count_untold() -> dict[str, tuple[int, int]]:
    """How many callbacks wait and how many were given up, by portal; those all told are left out."""
    rows = PortalCallback.objects.exclude(state=CallbackState.DELIVERED).values("portal_id")
    is_dead = Q(state=CallbackState.DEAD)
    counted = rows.annotate(dead=Count("id", filter=is_dead), waiting=Count("id", filter=~is_dead))
    return {row["portal_id"]: (row["waiting"], row["dead"]) for row in counted}


def list_callbacks(request_id: UUID) -> list[PortalCallback]:
    """How far the portal of a request has been told, in order."""
    return list(PortalCallback.objects.filter(request_id=request_id).order_by("seq"))
