"""Utility templates: texts approved at Meta that may go when the reply window is closed.

Which of our declared texts has which template of the Page, and which of our placeholders fill it in which order, is a
setting of the account: {"request.received": {"name": "request_received", "language": "vi", "params": ["number", "due"]}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motcua.channels.accounts import Account
from motcua.channels.messenger import api
from motcua.messaging import templates as declared
from motcua.messaging.rules import SendFailed

CATEGORY = "UTILITY"


@dataclass(frozen=True)
class Template:
    """A text approved at Meta. `params`: our facts that fill its numbered gaps, in order."""

    name: str
    language: str
    params: tuple[str, ...]

    def message(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What is sent. Raises SendFailed when a fact is missing: such a message is refused anyway."""
        if any(not given.get(name) for name in self.params):
            raise SendFailed("TEMPLATE_DATA_MISSING", is_final=True)
        filled = [{"type": "text", "text": given[name]} for name in self.params]
        payload = {
            "template_type": "utility_messages",
            "name": self.name,
            "language": {"code": self.language},
            "components": [{"type": "body", "parameters": filled}] if filled else [],
        }
        return {"attachment": {"type": "template", "payload": payload}}


def find(account: Account | None, template: str) -> Template | None:
    """The Page's template for one of our texts."""
    told = (account.settings.get("templates") or {}).get(template) if account is not None else None
    if not isinstance(told, dict) or not told.get("name"):
        return None
    params = tuple(str(name) for name in told.get("params") or ())
    return Template(str(told["name"]), str(told.get("language") or "vi"), params)


def list_states(account: Account) -> dict[str, str]:
    """The Page's templates and whether they are approved. Raises api.MetaError, outbound.NoAnswer."""
    told = api.call(account, api.page_path(account, api.TEMPLATES), query={"fields": "name,status"})
    rows = told.get("data")
    return {
        str(row.get("name", "")): str(row.get("status", ""))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    }


def submit(account: Account) -> list[str]:
    """Hand in the templates of the settings that the Page does not have yet; their names. The words are our declared ones.

    Raises api.MetaError, outbound.NoAnswer.
    """
    known = list_states(account)
    handed = []
    for ours in sorted(account.settings.get("templates") or {}):
        template = find(account, ours)
        if template is None or template.name in known:
            continue
        api.call(account, api.page_path(account, api.TEMPLATES), body=_application(account, ours, template))
        handed.append(template.name)
    return handed


def _application(account: Account, ours: str, template: Template) -> dict[str, Any]:
    text = declared.get(ours).texts().get(template.language) or declared.get(ours).vi
    text = text.replace("{brand}", account.sender_name)
    for number, name in enumerate(template.params, 1):
        text = text.replace(f"{{{name}}}", f"{{{{{number}}}}}")
    body: dict[str, Any] = {"type": "BODY", "text": text}
    if template.params:
        body["example"] = {"body_text": [list(template.params)]}
    return {"name": template.name, "language": template.language, "category": CATEGORY, "components": [body]}
