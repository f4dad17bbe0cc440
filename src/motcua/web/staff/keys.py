"""Keys that partners sign their calls with: made here, shown once, kept sealed."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext


def new_key() -> str:
    """A key no one can guess: 43 letters, 256 bits."""
    return secrets.token_urlsafe(32)


def as_code(text: str) -> SafeString:
    """An address or a number in a list of facts: in letters of a machine, and broken anywhere on a narrow screen."""
    return format_html("<code>{}</code>", text)


def age(since: datetime, at: datetime) -> str:
    """How long ago, in the largest unit that says it."""
    minutes = max(int((at - since).total_seconds()) // 60, 0)
    if minutes < 1:
        return gettext("vừa xong")
    if minutes < 60:
        return gettext("%(n)s phút trước") % {"n": minutes}
    if minutes < 48 * 60:
        return gettext("%(n)s giờ trước") % {"n": minutes // 60}
    return gettext("%(n)s ngày trước") % {"n": minutes // (24 * 60)}
