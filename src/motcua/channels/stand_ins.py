"""What an account of our own stand-ins looks like, by company: ids and settings made of its code. Pure: the edge and the
stand-ins use it too. Demonstrations alone.
"""

from __future__ import annotations

import hashlib
from typing import Any

# Providers whose interface has headers that pages cannot see: their stand-ins are served beside the edge.
BESIDE_THE_EDGE = frozenset({"ZALO"})


def number_of(*parts: str, digits: int = 19) -> str:
    """An id as providers give them: long digits, the same for the same words."""
    return str(int(hashlib.sha256(":".join(parts).encode()).hexdigest(), 16))[:digits]


def settings_of(channel: str, company_code: str) -> dict[str, Any]:
    """The settings of a company's account with the stand-in of a channel."""
    if channel != "ZALO":
        return {}
    return {
        "app_id": number_of("zalo-app", company_code),
        "oa_id": number_of("zalo-oa", company_code),
        "mac": "app_id",
        "pkce_mode": "per_request",
        "buttons": True,
    }
