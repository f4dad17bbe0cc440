"""Reading mass notices: which there are, what they would say to whom, what they cost, how far they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Count

from motcua.companies import access as company_access
from motcua.companies import queries as company_queries
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.messaging import forms, registry, rules
from motcua.messaging.mass import audiences, statements
from motcua.messaging.mass.models import DAY_FROM, DAY_TO, MassNotice, MassPolicy, MassRecipient, MassState
from motcua.messaging.mass.statements import Way
from motcua.messaging.models import OutboxMessage, OutboxState
from motcua.messaging.queries import find_rule

FOUR_EYES_ABOVE = 1000  # until a company says otherwise
PRICED = 200  # recipients whose texts are measured for the price


@dataclass(frozen=True)
class Policy:
    """What the company holds to now. `prices`: dong a message (of an SMS: a segment) by channel."""

    four_eyes_above: int
    prices: Mapping[str, int]
    source: str = ""
    set_at: datetime | None = None


@dataclass(frozen=True)
class Sample:
    """What one recipient would read, and how long that is as an SMS."""

    channel: str
    account_code: str
    text: str
    segments: int


@dataclass(frozen=True)
class Cost:
    """What goes by a channel: how many, how many segments each on average, and about how much; None without a price."""

    channel: str
    count: int
    segments: float
    vnd: int | None


@dataclass(frozen=True)
class Progress:
    """How far a notice is. `total` is everybody of the audience; the others are parts of it."""

    total: int
    to_send: int  # not handed to the outbox yet
    queued: int
    sent: int  # without a receipt so far
    delivered: int
    failed: int
    not_reached: Mapping[str, int]  # no message was made: by reason

    @property
    def percent(self) -> int:
        whole = self.to_send + self.queued + self.sent + self.delivered + self.failed
        return 100 * (self.sent + self.delivered + self.failed) // whole if whole else 100


def reaches_company(actor: Actor) -> bool:
    return company_access.reaches_company(actor)


def may_see(row: MassNotice, actor: Actor) -> bool:
    """A notice is seen by who reaches every unit it was held to."""
    within = row.audience_params.get("within")
    return reaches_company(actor) or (within is not None and set(within) <= actor.unit_codes)


def list_notices(actor: Actor, *, limit: int = 100) -> list[MassNotice]:
    """What this person may see, newest first."""
    return [row for row in MassNotice.objects.order_by("-created_at")[: limit * 2] if may_see(row, actor)][
        :limit
    ]


def find_notice(notice_id: UUID, actor: Actor) -> MassNotice | None:
    row = MassNotice.objects.filter(id=notice_id).first()
    return row if row is not None and may_see(row, actor) else None


def get_policy() -> Policy:
    row = MassPolicy.objects.order_by("-set_at", "-id").first()
    if row is None:
        return Policy(FOUR_EYES_ABOVE, {})
    return Policy(
        row.four_eyes_above, {code: int(price) for code, price in row.prices.items()}, row.source, row.set_at
    )


def facts_of_company() -> dict[str, str]:
    """What every text may say of the sender."""
    company = company_queries.get_company()
    return {"company": company.brand, "brand": company.brand, "hotline": company.hotline}


def variables_of(audience: str) -> list[str]:
    """What a text for this audience may say of each recipient."""
    own = audiences.get(audience).own
    if audiences.get(audience).names_accounts:
        return [*statements.OF_RECIPIENT, *(own.expressions if own else ())]
    return [name for name in statements.OF_RECIPIENT if name not in statements.PER_ACCOUNT]


def names_in(texts: Mapping[str, Mapping[str, str]]) -> set[str]:
    return {name for form in texts.values() for text in form.values() for name in rules.placeholders(text)}


def ways_of(row: MassNotice, at: datetime) -> list[Way]:
    """The channels a notice can take on the day, in its order: there is one, and its rule lets this kind of message go."""
    found = []
    for code in row.channels:
        channel = registry.get_channel(code)
        rule = find_rule(code, row.kind, local_time.local_date(at))
        if channel is None or rule is None or not rule.is_allowed:
            continue
        if code == "ZBS" and not registry.carries_template(channel, row.template):
            continue
        found.append(Way(code, rule))
    return found


def values_of(row: MassNotice, ways: Sequence[Way], at: datetime) -> dict[str, Any]:
    """What the statements are filled with."""
    texts = {
        way.channel: {lang: row.texts[forms.form_of(way.channel)][lang] for lang in forms.LANGUAGES}
        for way in ways
    }
    since = {
        way.channel: at - timedelta(hours=way.rule.window_hours)
        for way in ways
        if way.rule.window_hours is not None
    }
    return {
        "notice": row.id, "topic": row.topic, "purpose": row.purpose, "params": _json(row.params), "texts": _json(texts),
        "versions": _json({way.channel: _version(row, way) for way in ways}), **_own_values(row),
        "kind": row.kind, "template": row.template, "key": f"mass:{row.id}:", "at": at, "expires_at": row.expires_at,
        **statements.values_of(ways, since),
    }  # fmt: skip


def _version(row: MassNotice, way: Way) -> int:
    """Which version of its template a notice says on a channel; 0 is as declared, or no template's at all."""
    versions: Mapping[str, int] = row.audience_params.get("versions", {})
    return versions.get(forms.form_of(way.channel), 0)


def _own_values(row: MassNotice) -> Mapping[str, Any]:
    own = audiences.get(row.audience).own
    return own.values(row.audience_params) if own else {}


def _labelled(text: str, label: str) -> str:
    return f"{label} {text}" if label else text


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def list_samples(row: MassNotice, at: datetime, *, limit: int = 3) -> list[Sample]:
    """The first recipients' real texts."""
    ways = ways_of(row, at)
    if not ways:
        return []
    names = sorted(names_in(row.texts))
    with connection.cursor() as cursor:
        cursor.execute(
            statements.sample(ways, names, audiences.get(row.audience).own),
            {**values_of(row, ways, at), "after": 0, "limit": limit},
        )
        found = cursor.fetchall()
    labels = {way.channel: way.rule.label for way in ways}
    samples = []
    for channel, language, params, account_code in found:
        facts = orjson.loads(params) if isinstance(params, str) else params
        text = rules.render(row.texts[forms.form_of(channel)][language], facts)
        text = _labelled(text, labels[channel])
        segments = forms.measure_sms(text).segments if channel == "SMS" else 1
        samples.append(Sample(channel, account_code, text, segments))
    return samples


def list_costs(row: MassNotice, at: datetime) -> list[Cost]:
    """What it costs by channel, measured on the texts of the first two hundred recipients."""
    prices, samples = get_policy().prices, list_samples(row, at, limit=PRICED)
    costs = []
    for channel, count in row.counts.get("channels", {}).items():
        lengths = [one.segments for one in samples if one.channel == channel] or [1]
        each = sum(lengths) / len(lengths)
        price = prices.get(channel, 0 if channel in {"WEBPUSH", "EMAIL", "MESSENGER"} else None)
        costs.append(
            Cost(channel, count, round(each, 2), None if price is None else round(count * each * price))
        )
    return sorted(costs, key=lambda cost: -cost.count)


def count_recipients(notice_id: UUID) -> dict[str, dict[str, int]]:
    """Recipients by state, and those with a way by channel. Reads them all: for the worker, not for a page."""
    rows = (
        MassRecipient.objects.filter(notice_id=notice_id)
        .values_list("state", "channel")
        .annotate(n=Count("id"))
    )
    states: dict[str, int] = {}
    channels: dict[str, int] = {}
    for state, channel, n in rows.order_by():
        states[state] = states.get(state, 0) + n
        if state == "TO_SEND":
            channels[channel] = channels.get(channel, 0) + n
    return {"recipients": states, "channels": channels}


def count_messages(notice_id: UUID) -> dict[str, int]:
    """The notice's messages by state; from the index alone."""
    rows = OutboxMessage.objects.filter(mass_id=notice_id).values_list("state").annotate(n=Count("id"))
    return dict(rows.order_by())


def progress_of(row: MassNotice) -> Progress:
    """How far it is, by what was last counted."""
    recipients: dict[str, int] = row.counts.get("recipients", {})
    messages: dict[str, int] = row.counts.get("messages", {})
    queued = messages.get(OutboxState.QUEUED, 0) + messages.get(OutboxState.SENDING, 0)
    delivered = messages.get(OutboxState.DELIVERED, 0) + messages.get(OutboxState.READ, 0)
    failed = sum(
        messages.get(state, 0) for state in (OutboxState.FAILED, OutboxState.HELD, OutboxState.EXPIRED)
    )
    to_send = recipients.get("TO_SEND", 0)
    return Progress(
        total=sum(recipients.values()),
        to_send=max(0, to_send - sum(messages.values())),
        queued=queued,
        sent=messages.get(OutboxState.SENT, 0),
        delivered=delivered,
        failed=failed,
        not_reached={state: n for state, n in recipients.items() if state != "TO_SEND" and n},
    )


def list_failures(notice_id: UUID, *, limit: int = 10) -> list[tuple[str, str, int]]:
    """Why messages of the notice did not go: channel, reason, how many."""
    stopped = [OutboxState.FAILED, OutboxState.HELD, OutboxState.EXPIRED]
    rows = OutboxMessage.objects.filter(mass_id=notice_id, state__in=stopped)
    counted = (
        rows.values_list("channel", "reason").annotate(n=Count("id")).order_by("-n", "channel", "reason")
    )
    return [(channel, reason, n) for channel, reason, n in counted[:limit]]


def first_sending(at: datetime) -> datetime:
    """When a notice that the house itself plans at an instant begins to go: then, or when the night is over."""
    return rules.first_in_hours(at, DAY_FROM, DAY_TO)


def list_sending(at: datetime) -> list[UUID]:
    """The notices whose messages may go now: running, and within their hours of the day."""
    now = local_time.to_local(at).time()
    rows = MassNotice.objects.filter(state=MassState.RUNNING, day_from__lte=now, day_to__gt=now)
    return list(rows.values_list("id", flat=True))
