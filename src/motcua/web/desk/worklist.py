"""What waits for whom, the soonest due first; pages by key, nothing counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from motcua.companies import queries as company_queries
from motcua.companies.roles import LABELS, Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.requests import queries as request_queries
from motcua.requests.models import Request
from motcua.requests.states import State
from motcua.services import catalogue
from motcua.services.declaration import CUSTOMER, SYSTEM
from motcua.web.desk.words import state_words
from motcua.web.staff.signed_in import StaffRequest, staff_page

PAGE = 50
SOON = timedelta(hours=24)
NO_DEADLINE = "-"
HEAVY = ("inputs", "representative", "due_lines", "step_due_lines", "papers_asked", "code_word_hash")
WORKERS = (Role.INTAKE, Role.BUSINESS, Role.CREW, Role.SUPERVISOR)
SEES_LISTS = (*WORKERS, Role.ADMIN, Role.DIRECTOR)
SEES_ALL_ROLES = (Role.SUPERVISOR, Role.ADMIN, Role.DIRECTOR)
TURN_CUSTOMER = "khach"
TURN_TAKEN_BACK = "rut-tien"
LATE, DUE_SOON = "qua", "sap"


@dataclass(frozen=True)
class Filters:
    """What the reader chose; every field has a value that is offered."""

    turn: str = ""
    role: str = ""
    step: str = ""
    service: str = ""
    lateness: str = ""
    unit: str = ""
    mine: bool = False

    @classmethod
    def of(cls, data: QueryDict, actor: Actor) -> Filters:
        unit = data.get("don-vi", "")
        role = data.get("vai", "")
        return cls(
            turn=data["luot"] if data.get("luot") in {TURN_CUSTOMER, TURN_TAKEN_BACK} else "",
            role=role if role in roles_shown(actor) else "",
            step=data.get("buoc", "")[:20],
            service=data.get("dich-vu", "")[:20],
            lateness=data.get("han", "") if data.get("han") in {LATE, DUE_SOON} else "",
            unit=unit if unit in actor.unit_codes else "",
            mine=data.get("cua-toi") == "1",
        )

    def query(self, **more: str) -> str:
        """The address part that brings these filters back."""
        chosen = {
            "luot": self.turn, "vai": self.role, "buoc": self.step, "dich-vu": self.service, "han": self.lateness,
            "don-vi": self.unit, "cua-toi": "1" if self.mine else "", **more,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in chosen.items() if value})


@dataclass(frozen=True)
class Line:
    """One request as a list shows it."""

    request: Request
    customer: str
    service: str
    step: str
    unit: str
    assignee: str
    is_late: bool
    is_soon: bool
    is_over_promise: bool
    state: str
    tone: str


def roles_shown(actor: Actor) -> list[str]:
    """Whose work this person looks at: their own roles', or everybody's."""
    if actor.has_role(*SEES_ALL_ROLES):
        return [role.value for role in WORKERS]
    return [role.value for role in WORKERS if role in actor.roles]


@require_safe
@staff_page(*SEES_LISTS)
def worklist(request: StaffRequest) -> HttpResponse:
    """Requests that wait for my roles at my units, or for the customer."""
    actor, at = request.actor, clock.now()
    filters = Filters.of(request.GET, actor)
    shown = _page(_rows(actor, filters, at), request.GET.get("sau", ""))
    context = {
        "filters": filters,
        "lines": lines_of(shown[:PAGE], at),
        "next": filters.query(sau=_key(shown[PAGE - 1])) if len(shown) > PAGE else "",
        "is_first": not request.GET.get("sau"),
        "choices": _choices(actor, filters),
        "tabs": tabs({TURN_CUSTOMER: "customer", TURN_TAKEN_BACK: "taken-back"}.get(filters.turn, "mine")),
        "is_taken_back": filters.turn == TURN_TAKEN_BACK,
    }
    return render(request, "desk/worklist.html", context)


def tabs(here: str) -> list[dict[str, Any]]:
    return [
        {"label": gettext("Chờ chúng tôi"), "href": "/ban-viec/", "here": here == "mine"},
        {
            "label": gettext("Chờ khách hàng"),
            "href": f"/ban-viec/?luot={TURN_CUSTOMER}",
            "here": here == "customer",
        },
        {
            "label": gettext("Tiền bị rút lại"),
            "href": f"/ban-viec/?luot={TURN_TAKEN_BACK}",
            "here": here == "taken-back",
        },
        {"label": gettext("Mới nhất"), "href": "/ban-viec/gan-day/", "here": here == "recent"},
    ]


def _rows(actor: Actor, filters: Filters, at: datetime) -> QuerySet[Request]:
    if filters.turn == TURN_TAKEN_BACK:
        units = frozenset({filters.unit}) if filters.unit else actor.unit_codes
        return request_queries.list_taken_back(unit_codes=units)
    roles = [CUSTOMER] if filters.turn else ([filters.role] if filters.role else roles_shown(actor))
    late_at = {LATE: at, DUE_SOON: at + SOON}.get(filters.lateness)
    return request_queries.work_list(
        unit_codes=frozenset({filters.unit}) if filters.unit else actor.unit_codes,
        roles=roles,
        step=filters.step,
        service=filters.service,
        late_at=late_at,
        assignee=actor.ref if filters.mine else "",
    )


def _page(rows: QuerySet[Request], key: str) -> list[Request]:
    """A page behind the key, and one more row that tells whether there is a next."""
    if found := _read_key(key):
        rows = request_queries.after(rows, *found)
    return list(_light(rows)[: PAGE + 1])


def _light(rows: QuerySet[Request]) -> QuerySet[Request]:
    """With the answers (who asks stands in them) and without the rest of the data."""
    return rows.select_related("data").defer(*(f"data__{name}" for name in HEAVY))


def _key(row: Request) -> str:
    return f"{row.step_due_at.isoformat() if row.step_due_at else NO_DEADLINE}~{row.id}"


def _read_key(key: str) -> tuple[datetime | None, UUID] | None:
    instant, _, id = key.partition("~")
    try:
        return (None if instant == NO_DEADLINE else datetime.fromisoformat(instant)), UUID(id)
    except ValueError:
        return None


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


def newest_page(rows: QuerySet[Request], key: str) -> list[Request]:
    """A page of a list of the newest first, and one row more."""
    found = _read_key(key)
    if found and found[0]:
        rows = request_queries.older_than(rows, found[0], found[1])
    return list(_light(rows)[: PAGE + 1])


def newest_link(shown: Sequence[Request], query: Mapping[str, str]) -> str:
    """The address of the next page of the newest first, or nothing."""
    if len(shown) <= PAGE:
        return ""
    last = shown[PAGE - 1]
    key = f"{last.submitted_at.isoformat()}~{last.id}"
    return "?" + urlencode({name: value for name, value in {**query, "sau": key}.items() if value})


def lines_of(rows: Iterable[Request], at: datetime) -> list[Line]:
    """Rows with the names of everything they point to: three queries, whatever their number."""
    listed = list(rows)
    language = get_language()
    units = company_queries.unit_names({row.unit_code for row in listed})
    people = company_queries.staff_names({_staff_id(row.assignee) for row in listed if row.assignee} - {""})
    customers = customer_queries.list_names({row.customer_id for row in listed if row.customer_id})
    made = []
    for row in listed:
        service = catalogue.get(row.service_code, row.service_version)
        is_late = row.closed_at is None and row.step_due_at is not None and row.step_due_at < at
        made.append(
            Line(
                request=row,
                customer=str(row.data.answers.get("full_name") or customers.get(row.customer_id) or ""),  # type: ignore[arg-type]
                service=service.name.get(language),
                step=service.step(row.step).name.get(language),
                unit=units.get(row.unit_code, row.unit_code),
                assignee=people.get(_staff_id(row.assignee), ""),
                is_late=is_late,
                is_soon=not is_late
                and row.closed_at is None
                and row.step_due_at is not None
                and row.step_due_at < at + SOON,
                is_over_promise=row.closed_at is None
                and row.paused_at is None
                and row.due_at is not None
                and row.due_at < at,
                state=state_words(row.state),
                tone=TONES.get(State(row.state), "neutral"),
            )
        )
    return made


TONES = {
    State.OPEN: "go", State.WAITING_PAPERS: "wait", State.SETTLED: "good", State.REJECTED: "bad", State.CANCELLED: "neutral",
}  # fmt: skip


def _staff_id(ref: str) -> str:
    kind, _, id = ref.partition(":")
    return id if kind == "staff" and _is_uuid(id) else ""


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _choices(actor: Actor, filters: Filters) -> dict[str, Any]:
    """What the filters offer."""
    units = company_queries.unit_names(actor.unit_codes) if len(actor.unit_codes) > 1 else {}
    roles = roles_shown(actor)
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
