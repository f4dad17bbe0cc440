"""The statements that gather, price and release a mass notice: each is one INSERT ... SELECT of a page of recipients.

Where somebody is reached is decided by one and the same piece, `reach`, when they are written down (so that it can be
shown and priced) and again when their message is made (so that what they changed since then holds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motcua.messaging.mass.audiences import Own
from motcua.messaging.rules import Rule

# What a mass text may say of each recipient, and where that stands; the last two need the place of supply.
OF_RECIPIENT = {
    "customer_name": "cust.full_name",
    "account_code": "who.account_code",
    "address": "place.text",
    "unit_name": "unit.name",
}
_PLACED = frozenset({"address", "unit_name"})
PER_ACCOUNT = frozenset({"account_code", "address", "unit_name"})
_PLACE = """
  LEFT JOIN supply_contract contract ON contract.account_code = who.account_code
  LEFT JOIN supply_servicepoint point ON point.id = contract.service_point_id
  LEFT JOIN supply_place place ON place.id = point.place_id
  LEFT JOIN companies_unit unit ON unit.code = point.unit_code"""
_SURVIVORS = """
WITH RECURSIVE merged AS (
    SELECT id, merged_into_id AS into_id, 1 AS depth FROM customers_customer WHERE merged_into_id IS NOT NULL
    UNION ALL
    SELECT merged.id, c.merged_into_id, depth + 1 FROM merged JOIN customers_customer c ON c.id = merged.into_id
     WHERE c.merged_into_id IS NOT NULL AND depth < 20
), survivor AS (SELECT DISTINCT ON (id) id, into_id FROM merged ORDER BY id, depth DESC)"""


@dataclass(frozen=True)
class Way:
    """A channel that a notice may take, with the rule of the day for its kind."""

    channel: str
    rule: Rule


def _address(channel: str) -> str:
    return {
        "SMS": "nullif(cust.phone, '')",
        "ZBS": "nullif(cust.phone, '')",
        "EMAIL": "nullif(cust.email, '')",
    }.get(channel, f"way_{channel.lower()}.address")


def _lookup(way: Way) -> str:
    """The join that finds the address on a channel where it does not stand with the customer."""
    name = f"way_{way.channel.lower()}"
    if way.channel == "WEBPUSH":
        return f"""
  LEFT JOIN LATERAL (SELECT s.id::text AS address FROM messaging_pushsubscription s
    WHERE s.customer_id = cust.id AND s.ended_at IS NULL ORDER BY s.created_at DESC LIMIT 1) {name} ON true"""  # noqa: S608 - a channel's name
    if way.channel in {"SMS", "ZBS", "EMAIL"}:
        return ""
    since = f" AND leg.last_in_at > %(since_{way.channel})s" if way.rule.window_hours is not None else ""
    return f"""
  LEFT JOIN LATERAL (SELECT leg.address FROM messaging_leg leg JOIN messaging_conversation t ON t.id = leg.conversation_id
    WHERE t.customer_id = cust.id AND leg.channel = '{way.channel}'{since}
    ORDER BY leg.last_in_at DESC LIMIT 1) {name} ON true"""  # noqa: S608 - a channel's code


def _agreed(way: Way) -> str:
    if not way.rule.needs_consent:
        return "true"
    return f"""EXISTS (SELECT 1 FROM customers_consent k WHERE k.customer_id = cust.id AND k.purpose = %(purpose)s
        AND k.channel = '{way.channel}' AND k.withdrawn_at IS NULL)"""  # noqa: S608 - a channel's code


def reach(ways: Sequence[Way]) -> tuple[str, str, str]:
    """For rows `who(customer_id)`: the joins, the channel and the state. What a customer chose for the topic comes first;
    where that reaches nobody, the order of the notice holds.
    """
    joins = """
  LEFT JOIN customers_customer cust ON cust.id = who.customer_id
  LEFT JOIN customers_noticechoice choice ON choice.customer_id = cust.id AND choice.topic = %(topic)s"""
    joins += "".join(_lookup(way) for way in ways)
    able = [(way.channel, f"{_address(way.channel)} IS NOT NULL AND {_agreed(way)}") for way in ways]
    chosen = " ".join(f"WHEN choice.channels ? '{code}' AND {can} THEN '{code}'" for code, can in able)
    any_way = " ".join(f"WHEN {can} THEN '{code}'" for code, can in able)
    channel = f"CASE {chosen} {any_way} ELSE '' END"
    addressed = " OR ".join(f"{_address(way.channel)} IS NOT NULL" for way in ways)
    state = f"""CASE WHEN cust.id IS NULL OR cust.status <> 'ACTIVE' THEN 'UNKNOWN'
        WHEN choice.channels = '[]'::jsonb THEN 'DECLINED'
        WHEN {" OR ".join(f"({can})" for _, can in able)} THEN 'TO_SEND'
        WHEN {addressed} THEN 'NO_CONSENT' ELSE 'NO_ADDRESS' END"""
    return joins, channel, state


def gather(audience: str, ways: Sequence[Way], *, per_account: bool) -> str:
    """One page of an audience becomes recipients; answers how many rows there were and the last of them."""
    joins, channel, state = reach(ways)
    if per_account:
        page = "SELECT DISTINCT ON (a.account_code) a.customer_id, a.account_code, a.account_code AS found"
        after, order = "a.account_code > %(after)s", "a.account_code"
        page = f"{page} FROM ({audience}) a WHERE {after} ORDER BY {order} LIMIT %(limit)s"
        subject = "who.account_code"
    else:
        page = f"""SELECT a.customer_id, min(a.account_code) AS account_code, a.customer_id::text AS found FROM ({audience}) a
            WHERE a.customer_id > %(after)s::uuid GROUP BY a.customer_id ORDER BY a.customer_id LIMIT %(limit)s"""  # noqa: S608
        subject = "who.customer_id::text"
    return f"""{_SURVIVORS}, page AS MATERIALIZED ({page}), who AS (
    SELECT coalesce(s.into_id, page.customer_id) AS customer_id, page.account_code, page.found
      FROM page LEFT JOIN survivor s ON s.id = page.customer_id
), put AS (
    INSERT INTO messaging_massrecipient (notice_id, subject, customer_id, account_code, channel, state)
    SELECT %(notice)s, {subject}, who.customer_id, coalesce(who.account_code, ''),
           CASE WHEN cust.status = 'ACTIVE' AND choice.channels IS DISTINCT FROM '[]'::jsonb THEN {channel} ELSE '' END, {state}
      FROM who{joins}
     ORDER BY who.found
    ON CONFLICT DO NOTHING
)
SELECT count(*), max(found COLLATE "C") FROM page"""  # noqa: S608 - our own words


def params_of(names: Sequence[str], own: Own | None = None) -> tuple[str, str]:
    """What the texts say of each recipient: the expression, and the joins it needs."""
    known = {**OF_RECIPIENT, **(own.expressions if own else {})}
    told = [name for name in known if name in names]
    pairs = ", ".join(f"'{name}', coalesce({known[name]}, '')" for name in told)
    joins = (_PLACE if _PLACED & set(told) else "") + (f"\n  {own.join}" if own else "")
    return (f"%(params)s::jsonb || jsonb_build_object({pairs})" if pairs else "%(params)s::jsonb"), joins


def _now(ways: Sequence[Way], names: Sequence[str], own: Own | None) -> str:
    """The next recipients, with where they are reached at this moment and what they are told."""
    joins, channel, state = reach(ways)
    params, placed = params_of(names, own)
    if own is not None:
        state = f"CASE WHEN ({own.still}) IS NOT TRUE THEN 'OVER' ELSE {state} END"
    return f"""page AS MATERIALIZED (
    SELECT r.id, r.subject, r.customer_id, r.account_code, r.channel AS was, r.state AS stood FROM messaging_massrecipient r
     WHERE r.notice_id = %(notice)s AND r.state = 'TO_SEND' AND r.id > %(after)s ORDER BY r.id LIMIT %(limit)s
), found AS (
    SELECT who.*, CASE WHEN cust.language = 'en' THEN 'en' ELSE 'vi' END AS language, {channel} AS way, {state} AS state, {params} AS params, {_addresses(ways)}
      FROM page who{joins}{placed}
), now AS MATERIALIZED (
    SELECT found.*, CASE way {_by_channel(ways)} END AS address FROM found
)"""  # noqa: S608 - our own words


def _addresses(ways: Sequence[Way]) -> str:
    return ", ".join(f"{_address(way.channel)} AS address_{way.channel.lower()}" for way in ways)


def _by_channel(ways: Sequence[Way]) -> str:
    return " ".join(f"WHEN '{way.channel}' THEN address_{way.channel.lower()}" for way in ways)


def release(ways: Sequence[Way], names: Sequence[str], own: Own | None = None) -> str:
    """The next recipients' messages go into the outbox; answers how many were looked at, the last of them, how many
    messages were made. Those who cannot be reached any more are written down as such.
    """
    return f"""WITH {_now(ways, names, own)}, put AS (
    INSERT INTO messaging_outboxmessage (id, key, channel, address, kind, template, texts, params, language, text, buttons,
        customer_id, has_consent, is_by_person, lane, mass_id, purpose, template_version, state, attempts, next_at, provider_ref,
        refs, parts_done, is_doubtful, reason, created_at, expires_at)
    SELECT uuidv7(%(at)s - clock_timestamp()), %(key)s || now.subject, way, address, %(kind)s, %(template)s,
           jsonb_build_object(language, %(texts)s::jsonb -> way -> language), params, language, '', '[]'::jsonb,
           customer_id, false, false, 1, %(notice)s, %(purpose)s,
           coalesce((%(versions)s::jsonb ->> way)::int, 0), 'QUEUED', 0, %(at)s, '', '[]'::jsonb, 0, false, '', %(at)s,
           %(expires_at)s
      FROM now WHERE state = 'TO_SEND' ORDER BY id
    ON CONFLICT DO NOTHING RETURNING 1
), moved AS (
    UPDATE messaging_massrecipient r SET state = now.state, channel = CASE WHEN now.state = 'TO_SEND' THEN now.way ELSE '' END
      FROM now WHERE r.id = now.id AND (now.state <> now.stood OR now.way <> now.was)
)
SELECT (SELECT count(*) FROM now), (SELECT max(id) FROM now), (SELECT count(*) FROM put)"""  # noqa: S608


def sample(ways: Sequence[Way], names: Sequence[str], own: Own | None = None) -> str:
    """Some recipients as they would be told: channel, language, params, account."""
    return f"WITH {_now(ways, names, own)} SELECT way, language, params, account_code FROM now WHERE state = 'TO_SEND' ORDER BY id"  # noqa: S608


def values_of(ways: Sequence[Way], since: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `reach`: since when a sign opens a channel's window."""
    return {f"since_{way.channel}": since[way.channel] for way in ways if way.channel in since}
