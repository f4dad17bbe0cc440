"""What a reader of the work list chose, as an address says it and as the list understands it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict

from motcua.companies import absences
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.requests.worklists import Sort, Wanted
from motcua.services.declaration import CUSTOMER
from motcua.web.request_lines import SOON

WORKERS = (Role.INTAKE, Role.BUSINESS, Role.CREW, Role.SUPERVISOR)
SEES_LISTS = (*WORKERS, Role.ADMIN, Role.DIRECTOR)
SEES_ALL_ROLES = (Role.SUPERVISOR, Role.ADMIN, Role.DIRECTOR)
TURN_CUSTOMER = "khach"
TURN_TAKEN_BACK = "rut-tien"
LATE, DUE_SOON = "qua", "sap"
UNHELD = "chua-giao"
BY_PROMISE = "cam-ket"


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
    holder: str = ""  # an id of staff, or UNHELD
    sort: str = ""

    @classmethod
    def of(cls, data: QueryDict, actor: Actor) -> Filters:
        unit = data.get("don-vi", "")
        role = data.get("vai", "")
        holder = data.get("nguoi", "")
        return cls(
            turn=data.get("luot", "") if data.get("luot") in {TURN_CUSTOMER, TURN_TAKEN_BACK} else "",
            role=role if role in roles_shown(actor) else "",
            step=data.get("buoc", "")[:20],
            service=data.get("dich-vu", "")[:20],
            lateness=data.get("han", "") if data.get("han") in {LATE, DUE_SOON} else "",
            unit=unit if unit in actor.unit_codes else "",
            mine=data.get("cua-toi") == "1",
            holder=holder if holder == UNHELD or parse_id(holder) else "",
            sort=BY_PROMISE if data.get("xep") == BY_PROMISE else "",
        )

    def query(self, **more: str) -> str:
        """The address part that brings these filters back."""
        chosen = {
            "luot": self.turn, "vai": self.role, "buoc": self.step, "dich-vu": self.service, "han": self.lateness,
            "don-vi": self.unit, "cua-toi": "1" if self.mine else "", "nguoi": self.holder, "xep": self.sort, **more,
        }  # fmt: skip
        return "?" + urlencode({name: value for name, value in chosen.items() if value})

    def wanted(self, actor: Actor, at: datetime, own: tuple[str, ...]) -> Wanted:
        """The list these filters mean for this person; `own`: whose work is theirs (`holders_of`)."""
        roles = [CUSTOMER] if self.turn else ([self.role] if self.role else roles_shown(actor))
        holders = own if self.mine else ()
        if self.holder and self.holder != UNHELD and not self.mine:
            holders = (f"staff:{self.holder}",)
        return Wanted(
            unit_codes=frozenset({self.unit}) if self.unit else actor.unit_codes,
            roles=tuple(roles),
            step=self.step,
            service=self.service,
            due_before={LATE: at, DUE_SOON: at + SOON}.get(self.lateness),
            holders=holders,
            unheld=self.holder == UNHELD and not self.mine,
            sort=Sort.PROMISE if self.sort else Sort.STEP,
        )


def holders_of(actor: Actor, at: datetime) -> tuple[str, ...]:
    """Whose work is this person's today: their own, and that of those they stand in for."""
    absent = absences.stood_in_for(actor.id, local_date(at))
    return (actor.ref, *(f"staff:{id}" for id in absent))


def roles_shown(actor: Actor) -> list[str]:
    """Whose work this person looks at: their own roles', or everybody's."""
    if actor.has_role(*SEES_ALL_ROLES):
        return [role.value for role in WORKERS]
    return [role.value for role in WORKERS if role in actor.roles]
