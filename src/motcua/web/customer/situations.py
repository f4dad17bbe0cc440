"""The services by what happens in a life, in plain words. A service nobody has placed stands under its category."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from motcua.services.declaration import Category, Service


@dataclass(frozen=True)
class Situation:
    """What has happened to somebody, the sign for it, and the services that belong to it."""

    code: str
    title: str | Promise
    icon: str
    services: tuple[Service, ...] = ()


_SITUATIONS = (
    Situation("NEW", _("Cần điện ở nơi mới"), "lamp"),
    Situation("BROKEN", _("Mất điện, có gì hỏng"), "outage"),
    Situation("PEOPLE", _("Đổi người đứng tên, đổi thông tin"), "user"),
    Situation("HOUSE", _("Xây sửa nhà, dùng nhiều điện hơn"), "tool"),
    Situation("AWAY", _("Đi vắng, chuyển đi, dùng lại"), "door"),
    Situation("ASK", _("Hỏi, góp ý, khiếu nại"), "chat"),
)
# Beginnings of codes, the longest that fits counts.
_PLACED = {
    "NEW": "NEW",
    "FAULT": "BROKEN",
    "METER-CHECK": "BROKEN",
    "CHG": "PEOPLE",
    "EXTEND": "PEOPLE",
    "CHG-CAPACITY": "HOUSE",
    "CHG-PURPOSE": "HOUSE",
    "MOVE": "HOUSE",
    "NEW-LV-SPLIT": "HOUSE",
    "RECONNECT": "AWAY",
    "SUSPEND": "AWAY",
    "PAUSE": "AWAY",
    "STOP": "AWAY",
    "TERMINATE": "AWAY",
    "INFO": "ASK",
    "COMPLAINT": "ASK",
}
_BY_CATEGORY = {
    Category.SUPPLY: "NEW",
    Category.CHANGE: "PEOPLE",
    Category.FAULT: "BROKEN",
    Category.HELP: "ASK",
}
# What nearly everybody means comes first in its group.
_FIRST = ("NEW-LV-RES", "FAULT", "CHG-HOLDER", "INFO")


def group(services: Iterable[Service]) -> list[Situation]:
    """The situations that have services, in the order in which people most often come."""
    offered = list(services)
    made = []
    for situation in _SITUATIONS:
        chosen = tuple(
            sorted(
                (service for service in offered if _code_of(service) == situation.code),
                key=lambda service: service.code not in _FIRST,
            )
        )
        if chosen:
            made.append(Situation(situation.code, situation.title, situation.icon, chosen))
    return made


def _code_of(service: Service) -> str:
    fitting = [start for start in _PLACED if f"{service.code}-".startswith(f"{start}-")]
    return _PLACED[max(fitting, key=len)] if fitting else _BY_CATEGORY[service.category]
