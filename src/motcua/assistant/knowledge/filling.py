"""Facts that change are not written into answers: they are named, and put in when the answer is shown. Pure.

`{hotline}`, `{brand}`, `{site}`: the company's. `{service:CODE}` its name and address, `{promise:CODE}` how long it
takes, `{fee:CODE}` what it costs, as declared today. `{page:gia-dien}`: the address of a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from motcua.services.declaration import Service

_NAMED = re.compile(r"\{([a-z]+)(?::([A-Za-z0-9-]{1,40}))?\}")
OWN = frozenset({"hotline", "brand", "site"})
OF_SERVICE = frozenset({"service", "promise", "fee"})
PAGES = frozenset({"gia-dien", "mat-dien", "thanh-toan", "theo-doi", "lien-he", "dich-vu", "cua-toi"})


@dataclass(frozen=True)
class Facts:
    """What may be put in. `site`: the customers' address without a slash at its end."""

    brand: str
    hotline: str
    site: str
    services: Mapping[str, Service]
    language: str = "vi"


def unknown(text: str, services: Mapping[str, Service]) -> list[str]:
    """The names in the text that nothing can be put in for, in order."""
    return [found[0] for found in _NAMED.finditer(text) if not _is_known(found[1], found[2] or "", services)]


def _is_known(name: str, about: str, services: Mapping[str, Service]) -> bool:
    if name in OWN:
        return not about
    if name == "page":
        return about in PAGES
    return name in OF_SERVICE and about in services


def fill(text: str, facts: Facts) -> str:
    """The text with its facts; what is no longer known leaves a gap."""
    return _NAMED.sub(lambda found: _fact(found[1], found[2] or "", facts), text)


def _fact(name: str, about: str, facts: Facts) -> str:
    if name in OWN and not about:
        return str(getattr(facts, name))
    if name == "page" and about in PAGES:
        return f"{facts.site}/{about}/"
    service = facts.services.get(about)
    if service is None:
        return ""
    if name == "service":
        return f"{service.name.get(facts.language)} ({facts.site}/dich-vu/{service.code}/)"
    if name == "promise":
        return service.promise.text.get(facts.language)
    if name == "fee":
        return service.fee.text.get(facts.language) if service.fee else ""
    return ""
