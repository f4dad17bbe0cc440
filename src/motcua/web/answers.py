"""Articles as they are shown: facts put in, addresses made into links, in the reader's language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from motcua.assistant.knowledge import filling
from motcua.assistant.knowledge import queries as knowledge
from motcua.assistant.models import Article
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.kernel.local_time import local_date
from motcua.services import catalogue

_ADDRESS = re.compile(r"https?://[^\s)]+")


@dataclass(frozen=True)
class Shown:
    """An article in the reader's language, its facts put in."""

    id: str
    title: str
    text: str
    html: SafeString


def facts_of(request: HttpRequest) -> filling.Facts:
    """What may be put in, for this company and reader."""
    company = request.company  # type: ignore[attr-defined]
    services = {service.code: service for service in catalogue.list_services(local_date(clock.now()))}
    site = company_queries.public_address("/").rstrip("/")
    return filling.Facts(company.brand, company.hotline, site, services, _language())


def show(article: Article, facts: filling.Facts) -> Shown:
    """The article; in Vietnamese where it was not written in the reader's language."""
    english = facts.language == "en"
    text = filling.fill((english and article.answer_en) or article.answer, facts)
    return Shown(
        str(article.id), (english and article.title_en) or article.title, text, _html(text, facts.site)
    )


def find(request: HttpRequest, text: str) -> list[Shown]:
    """The articles that a question in somebody's words may mean, best first."""
    facts = facts_of(request)
    return [show(article, facts) for article in knowledge.ask(text)[1]]


def _language() -> str:
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def _html(text: str, site: str) -> SafeString:
    return format_html_join(
        "", "<p>{}</p>", ((_linked(line, site),) for line in text.splitlines() if line.strip())
    )


def _linked(line: str, site: str) -> SafeString:
    """Addresses of our own site as links, told without the site; everything else as it is."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        address = found[0].rstrip(".,;:")
        if not address.startswith(f"{site}/"):
            continue
        path = address.removeprefix(site)
        parts += [escape(line[end : found.start()]), format_html('<a href="{}">{}</a>', path, path)]
        end = found.start() + len(address)
    parts.append(escape(line[end:]))
    return SafeString("".join(parts))
