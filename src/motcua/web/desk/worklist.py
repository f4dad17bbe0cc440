"""What waits for whom, the soonest due first; pages by key, counts with a lid, choices that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.companies.models import Staff
from motcua.companies.roles import LABELS, Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.messaging.talk import mentions as talk_mentions
from motcua.requests import overseeing, worklists
from motcua.requests import queries as request_queries
from motcua.requests.models import Request, SavedList
from motcua.requests.states import State
from motcua.requests.worklists import Key
from motcua.services import catalogue
from motcua.services.declaration import CUSTOMER, SYSTEM
from motcua.web import request_lines as lines
from motcua.web.desk import many
from motcua.web.desk.filters import (
    BY_PROMISE,
    DUE_SOON,
    LATE,
    SEES_LISTS,
    TURN_CUSTOMER,
    TURN_TAKEN_BACK,
    UNHELD,
    WORKERS,
    Filters,
    holders_of,
    roles_shown,
)
from motcua.web.newest import NO_DEADLINE, PAGE, light, newest_link, newest_page, read_key
from motcua.web.request_lines import HEAVY, TONES, lines_of
from motcua.web.staff_pages import StaffRequest, staff_page
from motcua.web.words import state_words

__all__ = ["SEES_LISTS", "TONES", "lines_of", "recent", "worklist"]

MOST_PEOPLE = 300


@require_safe
@staff_page(*SEES_LISTS)
def worklist(request: StaffRequest) -> HttpResponse:
    """Requests that wait for my roles at my units, or for the customer."""
    actor, at = request.actor, clock.now()
    filters = Filters.of(request.GET, actor)
    own = holders_of(actor, at)
    shown = _page(actor, filters, at, own, request.GET.get("sau", ""))
    columns = lines.columns_of(_asked_columns(request) or worklists.list_columns(UUID(actor.id)))
    may_act = actor.has_role(*WORKERS) and filters.turn != TURN_TAKEN_BACK
    people = _people(actor, filters) if may_act else []
    saved = worklists.list_saved(staff_id=UUID(actor.id), unit_codes=actor.unit_codes)
    context = {
        "filters": filters,
        "lines": lines_of(shown[:PAGE], at, columns),
        "columns": lines.labels_of(columns),
        "column_options": [(code, gettext(label), code in columns) for code, label in lines.COLUMNS.items()],
        "next": filters.query(sau=_key(shown[PAGE - 1], filters), cot=request.GET.get("cot", ""))
        if len(shown) > PAGE
        else "",
        "is_first": not request.GET.get("sau"),
        "choices": _choices(actor, filters, people),
        "is_taken_back": filters.turn == TURN_TAKEN_BACK,
        "may_act": may_act,
        "may_remind": actor.has_role(Role.INTAKE, Role.BUSINESS, Role.SUPERVISOR),
        "people": [(f"staff:{person.id}", person.name, False) for person in people],
        "bulk": many.banner(request),
        "key": many.new_key(),
        "my_ref": actor.ref,
        "here": filters.query(),
        **_counted(actor, filters, saved, at, own),
    }
    return render(request, "desk/worklist.html", context)


def _asked_columns(request: StaffRequest) -> list[str]:
    return [code for code in request.GET.get("cot", "").split(",") if code]


def tabs(here: str, counts: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
    shown: list[tuple[str, str, str]] = [
        ("mine", gettext("Chờ chúng tôi"), "/ban-viec/"),
        ("held", gettext("Giao cho tôi"), "/ban-viec/?cua-toi=1"),
        ("late", gettext("Quá hạn"), f"/ban-viec/?han={LATE}"),
        ("customer", gettext("Chờ khách hàng"), f"/ban-viec/?luot={TURN_CUSTOMER}"),
        ("taken-back", gettext("Tiền bị rút lại"), f"/ban-viec/?luot={TURN_TAKEN_BACK}"),
        ("recent", gettext("Mới nhất"), "/ban-viec/gan-day/"),
        ("for-me", gettext("Cho tôi"), "/ban-viec/cho-toi/"),
    ]
    told = counts or {}
    return [
        {"label": label, "href": href, "here": name == here, "count": str(told[name]) if name in told else ""}
        for name, label, href in shown
    ]


def _counted(
    actor: Actor, filters: Filters, saved: Sequence[SavedList], at: datetime, own: tuple[str, ...]
) -> dict[str, Any]:
    """The tabs and the kept lists, each with its number: one query for all of them."""
    named = {
        "mine": Filters(), "held": Filters(mine=True), "late": Filters(lateness=LATE), "customer": Filters(turn=TURN_CUSTOMER),
    }  # fmt: skip
    kept = [Filters.of(QueryDict(row.query), actor) for row in saved]
    plain = [kept_filters for kept_filters in kept if kept_filters.turn != TURN_TAKEN_BACK]
    numbers = worklists.count([filter_.wanted(actor, at, own) for filter_ in (*named.values(), *plain)])
    of_tabs: dict[str, object] = dict(zip(named, numbers, strict=False))
    of_tabs["for-me"] = overseeing.count_unread(actor.id) + talk_mentions.count_unread(actor.id)
    of_kept = dict(zip(plain, numbers[len(named) :], strict=True))
    unsorted = replace(filters, sort="")
    here = next((name for name, wanted in named.items() if wanted == unsorted), "")
    if filters.turn:
        here = {TURN_CUSTOMER: "customer", TURN_TAKEN_BACK: "taken-back"}[filters.turn]
    lists = [
        {
            "id": row.id, "name": row.name, "count": of_kept.get(wanted, ""), "is_mine": str(row.staff_id) == actor.id,
            "is_shared": bool(row.unit_code), "here": wanted == filters,
            "href": "/ban-viec/" + wanted.query(cot=",".join(row.columns)),
        }
        for row, wanted in zip(saved, kept, strict=True)
    ]  # fmt: skip
    is_kept = any(listed["here"] for listed in lists)
    return {"tabs": tabs("" if is_kept else here or "mine", of_tabs), "saved": lists}


def _page(actor: Actor, filters: Filters, at: datetime, own: tuple[str, ...], key: str) -> list[Request]:
    """A page behind the key, and one more row that tells whether there is a next."""
    found = read_key(key)
    if filters.turn == TURN_TAKEN_BACK:
        units = frozenset({filters.unit}) if filters.unit else actor.unit_codes
        rows = request_queries.list_taken_back(unit_codes=units)
        return list(light(request_queries.after(rows, *found) if found else rows)[: PAGE + 1])
    ids = worklists.page(filters.wanted(actor, at, own), limit=PAGE + 1, after=Key(*found) if found else None)
    return worklists.list_rows(ids, deferred=[f"data__{name}" for name in HEAVY])


def _key(row: Request, filters: Filters) -> str:
    due = row.due_at if filters.sort else row.step_due_at
    return f"{due.isoformat() if due else NO_DEADLINE}~{row.id}"


@require_safe
@staff_page(*SEES_LISTS)
def recent(request: StaffRequest) -> HttpResponse:
    """The newest requests of my units, closed ones too."""
    actor, at = request.actor, clock.now()
    service, state = request.GET.get("dich-vu", "")[:20], request.GET.get("trang-thai", "")
    state = state if state in set(State) else ""
    rows = request_queries.list_recent(unit_codes=actor.unit_codes, service=service, state=state)
    shown = newest_page(rows, request.GET.get("sau", ""))
    query = {"dich-vu": service, "trang-thai": state}
    context = {
        "lines": lines_of(shown[:PAGE], at),
        "next": newest_link(shown, query),
        "is_first": not request.GET.get("sau"),
        "services": _service_options(service),
        "states": [(name.value, state_words(name), name.value == state) for name in State],
        "tabs": tabs("recent"),
    }
    return render(request, "desk/recent.html", context)


def _people(actor: Actor, filters: Filters) -> list[Staff]:
    """Who may be given work of these units."""
    units = worklists.reach(frozenset({filters.unit}) if filters.unit else actor.unit_codes)
    listed = company_queries.list_staff_with_role(roles=[role.value for role in WORKERS], unit_codes=units)
    return listed[:MOST_PEOPLE]


def _choices(actor: Actor, filters: Filters, people: Sequence[Staff]) -> dict[str, Any]:
    """What the filters offer."""
    units = company_queries.unit_names(actor.unit_codes) if len(actor.unit_codes) > 1 else {}
    roles = roles_shown(actor)
    holders = [(UNHELD, gettext("Chưa giao cho ai"), filters.holder == UNHELD)]
    holders += [(str(person.id), person.name, filters.holder == str(person.id)) for person in people]
    return {
        "roles": [(role, gettext(LABELS[Role(role)]), role == filters.role) for role in roles]
        if len(roles) > 1
        else [],
        "services": _service_options(filters.service),
        "steps": _step_options(filters, [CUSTOMER] if filters.turn else roles),
        "units": [
            (code, name, code == filters.unit)
            for code, name in sorted(units.items(), key=lambda unit: unit[1])
        ],
        "lateness": [
            (LATE, gettext("Quá hạn"), filters.lateness == LATE),
            (DUE_SOON, gettext("Quá hạn hoặc trong 24 giờ tới"), filters.lateness == DUE_SOON),
        ],
        "holders": holders,
        "sorts": [(BY_PROMISE, gettext("Hạn cam kết với khách"), bool(filters.sort))],
    }


def _service_options(chosen: str) -> list[tuple[str, str, bool]]:
    listed = catalogue.list_services(local_date(clock.now()))
    return [(service.code, service.name.get(get_language()), service.code == chosen) for service in listed]


def _step_options(filters: Filters, roles: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Steps of these roles, of the chosen service or of all; a step of the same code and name stands once."""
    found: dict[str, str] = {}
    for service in catalogue.list_services(local_date(clock.now())):
        if filters.service and service.code != filters.service:
            continue
        for step in service.steps:
            if step.role in roles and step.role != SYSTEM and not step.final:
                found.setdefault(step.code, step.name.get(get_language()))
    return [(code, name, code == filters.step) for code, name in found.items()]
