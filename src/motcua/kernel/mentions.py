"""Colleagues named in a text as "@username"."""

from __future__ import annotations

import re

MOST = 20
_NAME = re.compile(r"(?<![\w.@])@([A-Za-z0-9](?:[\w.-]{0,58}\w)?)")


def names_in(text: str) -> list[str]:
    """Usernames that a text names, each once, in order."""
    return list(dict.fromkeys(name.lower() for name in _NAME.findall(text)))[:MOST]
