"""What an account of our own stand-ins looks like, by company: ids and settings made of its code. Pure: the edge and the
stand-ins use it too. Demonstrations alone.
"""

from __future__ import annotations

import hashlib
from typing import Any

# Providers whose interface has headers that pages cannot see: their stand-ins are served beside the edge.
BESIDE_THE_EDGE = frozenset({"ZALO", "MESSENGER"})


# What the page has templates for in a demonstration: our text, its name there, and the words that fill it, in order.
DEMO_TEMPLATES = {
    "request.received": {
        "name": "request_received",
        "language": "vi",
        "params": ["number", "service", "due", "link"],
    }
}


def mailbox_of(company_code: str) -> str:
    """The company's mailbox at the stand-in of a mail server."""
    return f"cskh@{company_code.lower()}.example"


def mail_ports(edge_port: int) -> tuple[int, int]:
    """Where that server listens, IMAP and SMTP: beside the edge, 8143 and 8025 as a rule."""
    return edge_port + 142, edge_port + 24


def mail_settings(company_code: str, edge_port: int) -> dict[str, Any]:
    """The settings of a company's mailbox there. Not encrypted: it never leaves this machine."""
    imap_port, smtp_port = mail_ports(edge_port)
    return {
        "mailbox": mailbox_of(company_code), "username": mailbox_of(company_code), "plus": True,
        "imap_host": "127.0.0.1", "imap_port": imap_port, "imap_security": "plain",
        "smtp_host": "127.0.0.1", "smtp_port": smtp_port, "smtp_security": "plain", "per_minute": 600,
    }  # fmt: skip


SMPP_NUMBER = "8055"  # the number that people write to there


def smpp_port(edge_port: int) -> int:
    """Where the stand-in of a text message centre listens: beside the edge, 8275 as a rule."""
    return edge_port + 274


def number_of(*parts: str, digits: int = 19) -> str:
    """An id as providers give them: long digits, the same for the same words."""
    return str(int(hashlib.sha256(":".join(parts).encode()).hexdigest(), 16))[:digits]


def settings_of(channel: str, company_code: str) -> dict[str, Any]:
    """The settings of a company's account with the stand-in of a channel."""
    if channel == "MESSENGER":
        return {
            "app_id": number_of("meta-app", company_code),
            "page_id": number_of("meta-page", company_code, digits=15),
            "human_agent": True,
            "templates": DEMO_TEMPLATES,
        }
    if channel != "ZALO":
        return {}
    return {
        "app_id": number_of("zalo-app", company_code),
        "oa_id": number_of("zalo-oa", company_code),
        "mac": "app_id",
        "pkce_mode": "per_request",
        "buttons": True,
    }
