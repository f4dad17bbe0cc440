"""What the assistant may know beside the conversation, gathered for a turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motcua.assistant import texts
from motcua.assistant.here import OWN_CHANNEL, Here
from motcua.assistant.knowledge import queries as knowledge
from motcua.assistant.knowledge.filling import Facts
from motcua.assistant.knowledge.library import Library, Written
from motcua.assistant.state import Draft, World
from motcua.companies import queries as company_queries
from motcua.kernel import local_time
from motcua.messaging.rules import render
from motcua.outages import queries as outage_queries
from motcua.requests import knowing
from motcua.services import catalogue
from motcua.services.known import NOTHING


def gather(here: Here) -> World:
    """All of it. What is on record of the customer only when it is proven who writes."""
    bare = bare_world(here)
    drafts = {
        draft.service_code: Draft(draft.service, draft.answers, draft.resume_code) for draft in here.drafts()
    }
    is_proven = here.customer_id is not None
    return World(
        services=catalogue.list_services(here.today),
        drafts=drafts,
        now=here.at,
        language=bare.language,
        brand=bare.brand,
        hotline=bare.hotline,
        waiting=_waiting(bare, here.at),
        follow_address=company_queries.public_address("").rstrip("/"),
        known_phone=here.conversation.address if here.conversation.channel == "SMS" else "",
        known=knowing.known_to(here.actor) if is_proven else NOTHING,
        library=_library(bare, here),
        takes_files=here.conversation.channel == OWN_CHANNEL,
        is_proven=is_proven,
        has_outages=outage_queries.is_any_known(here.at),
    )


def bare_world(here: Here) -> World:
    """Only what a warning needs."""
    company = company_queries.get_company()
    return World(
        services=(),
        drafts={},
        now=here.at,
        language=here.language,
        brand=company.brand,
        hotline=company.hotline,
    )


def _library(world: World, here: Here) -> Library:
    """The company's own answers, with today's facts."""
    known = knowledge.known()
    services = {service.code: service for service in catalogue.list_services(here.today)}
    site = company_queries.public_address("").rstrip("/")
    written = {
        id: Written(row.title, row.answer, row.title_en, row.answer_en) for id, row in known.articles.items()
    }
    return Library(known.index, written, Facts(world.brand, world.hotline, site, services))


def _waiting(world: World, at: datetime) -> str:
    calendar = company_queries.get_calendar()
    if calendar.is_open(at):
        return texts.WAIT_OPEN.get(world.language)
    facts: dict[str, Any] = {"opening": day_and_hour(calendar.next_opening(at)), "hotline": world.hotline}
    return render(texts.WAIT_CLOSED.get(world.language), facts)


def day_and_hour(at: datetime) -> str:
    return local_time.to_local(at).strftime("%H:%M %d/%m/%Y")
