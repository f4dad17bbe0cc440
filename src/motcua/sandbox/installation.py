"""The installation that the stand-ins call: the one they run in, or, with `motcua sandbox`, another one that was named."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from motcua.config.env import ENV

NOTE = "installation.json"
DEMO_COMPANIES = ("HANOI", "NPC", "CPC", "SPC", "HCMC")


@dataclass(frozen=True)
class Installation:
    """Where another installation's webhooks are, and the company there that the stand-ins serve.

    `hooks`: scheme, host and port to connect to. `host`: the company's own host name, sent as Host header.
    """

    hooks: str
    host: str
    company: str
    brand: str
    push_key: str = ""


def find() -> Installation | None:
    """The installation named for this home; None in a demonstration, whose stand-ins serve it alone."""
    note = _note(ENV.home)
    return Installation(**json.loads(note.read_text())) if note.exists() else None


def name(home: Path, told: Installation) -> None:
    """The stand-ins of this home serve that installation from now on."""
    note = _note(home)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note.write_text(json.dumps(asdict(told)))


def company_codes() -> tuple[str, ...]:
    """Whose accounts there are."""
    told = find()
    return (told.company,) if told else DEMO_COMPANIES


def hook_url(channel: str) -> str:
    """Where a channel's provider calls. NAME.localhost does not resolve everywhere, so at home the address is the machine's own."""
    told = find()
    base = told.hooks if told else f"{ENV.scheme}://127.0.0.1:{ENV.edge_port}"
    return f"{base}/hooks/{channel.lower()}"


def host_of(asked: str) -> str:
    """The company's host name, for a page that was asked at `asked` (with or without a port)."""
    told = find()
    return told.host if told else asked.rsplit(":", 1)[0]


def _note(home: Path) -> Path:
    return home / "sandbox" / NOTE
