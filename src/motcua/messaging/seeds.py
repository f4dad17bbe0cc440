"""The dated rules of the channels we ship with, each with its source. Later rules are further rows, not
edits.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any

from motcua.messaging.rules import Kind

START = date(2018, 1, 1)
OWN = "own channel: the customer reads it on the company's own pages"
OWN_PUSH = (
    "own channel: the browser asked its owner, who can end it there at any time; no advertising is sent"
)
SERVICE = "customer-care messages are no advertising (Decree 91/2020/ND-CP, article 3)"
ADVERTISING = "Decree 91/2020/ND-CP, articles 13 and 15: label, consent, 07:00-22:00, three a day"


def _row(channel: str, kind: Kind, source: str, **values: Any) -> dict[str, Any]:
    return {
        "channel": channel,
        "kind": kind.value,
        "is_allowed": True,
        "needs_consent": False,
        "valid_from": START,
        "source": source,
        **values,
    }


RULES: tuple[dict[str, Any], ...] = (
    *(_row("WEBCHAT", kind, OWN) for kind in (Kind.TRANSACTIONAL, Kind.CODE, Kind.REPLY)),
    _row("WEBCHAT", Kind.ADVERTISING, OWN, needs_consent=True),
    *(_row("WEBPUSH", kind, OWN_PUSH) for kind in (Kind.TRANSACTIONAL, Kind.REPLY)),
    _row("WEBPUSH", Kind.ADVERTISING, OWN_PUSH, is_allowed=False),
    *(_row("SMS", kind, SERVICE) for kind in (Kind.TRANSACTIONAL, Kind.CODE, Kind.REPLY)),
    _row("SMS", Kind.ADVERTISING, SERVICE, is_allowed=False, valid_to=date(2020, 10, 1)),
    _row(
        "SMS",
        Kind.ADVERTISING,
        ADVERTISING,
        needs_consent=True,
        day_from=time(7),
        day_to=time(22),
        max_per_day=3,
        label="[QC]",
        valid_from=date(2020, 10, 1),
    ),
)

ZALO_END = date(2026, 3, 1)
ZALO_WINDOW = (
    "Zalo OA: free for 48 hours after the customer's last sign, paid up to 7 days, then refused (-230)"
)
ZALO_TEMPLATE = (
    "Zalo OA: messages by user id outside 7 days ended on 2026-03-01; approved templates (ZBS) alone go then"
)
ZALO_CODES = "codes go to the phone they prove; the company sends no advertising by Zalo"
ZBS = "Zalo ZBS (before 2026 ZNS): approved templates to a phone number, no consent for service messages"

ZALO_RULES: tuple[dict[str, Any], ...] = (
    *(
        _row("ZALO", kind, ZALO_WINDOW, window_hours=168, free_hours=48, valid_to=ZALO_END)
        for kind in (Kind.TRANSACTIONAL, Kind.REPLY)
    ),
    *(
        _row(
            "ZALO",
            kind,
            ZALO_TEMPLATE,
            window_hours=168,
            free_hours=48,
            after_window="TEMPLATE",
            valid_from=ZALO_END,
        )
        for kind in (Kind.TRANSACTIONAL, Kind.REPLY)
    ),
    *(_row("ZALO", kind, ZALO_CODES, is_allowed=False) for kind in (Kind.CODE, Kind.ADVERTISING)),
    *(_row("ZBS", kind, ZBS) for kind in (Kind.TRANSACTIONAL, Kind.CODE)),
    *(_row("ZBS", kind, ZBS, is_allowed=False) for kind in (Kind.REPLY, Kind.ADVERTISING)),
)


MAIL = "e-mail: service mail is no advertising (Decree 91/2020/ND-CP, article 3); no reply window"
MAIL_ADVERTISING = (
    "Decree 91/2020/ND-CP, articles 13 and 20: label, consent, one e-mail an address in 24 hours"
)

MAIL_RULES: tuple[dict[str, Any], ...] = (
    *(_row("EMAIL", kind, MAIL) for kind in (Kind.TRANSACTIONAL, Kind.CODE, Kind.REPLY)),
    _row("EMAIL", Kind.ADVERTISING, MAIL, is_allowed=False, valid_to=date(2020, 10, 1)),
    _row(
        "EMAIL",
        Kind.ADVERTISING,
        MAIL_ADVERTISING,
        needs_consent=True,
        max_per_day=1,
        label="[QC]",
        valid_from=date(2020, 10, 1),
    ),
)


UTILITY_START = date(2026, 2, 10)
MESSENGER_WINDOW = (
    "Messenger: 24 hours after the customer's last sign; then HUMAN_AGENT for 7 days, on words a person wrote"
)
MESSENGER_UTILITY = "Messenger: 24 hours, HUMAN_AGENT for 7 days; recurring notices ended on 2026-02-10, utility templates go instead"
MESSENGER_CODES = "codes go to the phone they prove; the company sends no advertising by Messenger"

MESSENGER_RULES: tuple[dict[str, Any], ...] = (
    *(
        _row("MESSENGER", kind, MESSENGER_WINDOW, window_hours=24, person_hours=168, valid_to=UTILITY_START)
        for kind in (Kind.TRANSACTIONAL, Kind.REPLY)
    ),
    *(
        _row(
            "MESSENGER",
            kind,
            MESSENGER_UTILITY,
            window_hours=24,
            person_hours=168,
            after_window="TEMPLATE",
            valid_from=UTILITY_START,
        )
        for kind in (Kind.TRANSACTIONAL, Kind.REPLY)
    ),
    *(_row("MESSENGER", kind, MESSENGER_CODES, is_allowed=False) for kind in (Kind.CODE, Kind.ADVERTISING)),
)


def put_rules(model: Any, rows: tuple[dict[str, Any], ...] = RULES) -> None:
    """Add the rules that are missing (by channel, kind and first day)."""
    for row in rows:
        model.objects.get_or_create(
            channel=row["channel"], kind=row["kind"], valid_from=row["valid_from"], defaults=row
        )
