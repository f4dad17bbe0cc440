"""Which conversations somebody wants to see, as an address says it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import ZONE
from motcua.messaging.desk.lists import Key, Lateness, Shown, Wanted

VIEWS = {
    "cua-toi": Shown.MINE, "cho": Shown.WAITING, "dang-tra-loi": Shown.HELD, "hen": Shown.SNOOZED, "qua-han": Shown.LATE,
    "mo": Shown.OPEN, "xong": Shown.ENDED, "bat-dau": Shown.BEGUN,
}  # fmt: skip
OF_ALL = frozenset({"cho"})  # what an agent sees of everybody's; a supervisor sees all
LATENESS = {
    "tra-loi-tre": Lateness.FIRST_LATE, "tra-loi-kip": Lateness.FIRST_IN_TIME, "xong-tre": Lateness.RESOLVED_LATE,
    "xong-kip": Lateness.RESOLVED_IN_TIME,
}  # fmt: skip
RATED = "co"
ASKED = "hoi"


@dataclass(frozen=True)
class TalkFilters:
    """What the reader chose; every field has a value that means something, or is empty."""

    xem: str = ""
    hang: str = ""
    nhan: str = ""
    don_vi: str = ""
    nguoi: str = ""
    tra_loi: str = ""
    tu: str = ""
    den: str = ""
    tre: str = ""
    sao: str = ""

    @classmethod
    def of(cls, data: QueryDict, actor: Actor) -> TalkFilters:
        is_chief = actor.has_role(Role.SUPERVISOR)
        view = data.get("xem", "")
        unit = data.get("don-vi", "")
        return cls(
            xem=view if view in VIEWS and (is_chief or view != "bat-dau") else "",
            hang=_number(data.get("hang", "")),
            nhan=_number(data.get("nhan", "")),
            don_vi=unit if unit in actor.unit_codes else "",
            nguoi=_id(data.get("nguoi", "")) if is_chief else "",
            tra_loi=_id(data.get("tra-loi", "")) if is_chief else "",
            tu=_day(data.get("tu", "")),
            den=_day(data.get("den", "")),
            tre=data.get("tre", "") if data.get("tre") in LATENESS else "",
            sao=data.get("sao", "") if data.get("sao") in {"1", "2", "3", "4", "5", RATED, ASKED} else "",
        )

    def query(self, **more: str) -> str:
        """The address part that brings these back."""
        chosen = {one.name.replace("_", "-"): getattr(self, one.name) for one in fields(self)}
        return "?" + urlencode({name: value for name, value in {**chosen, **more}.items() if value})

    def only(self, view: str) -> TalkFilters:
        """Another view of the same queue, label and unit."""
        return replace(TalkFilters(hang=self.hang, nhan=self.nhan, don_vi=self.don_vi), xem=view)

    def wanted(self, actor: Actor, at: datetime) -> Wanted:
        """The list these mean for this person. Who is no supervisor sees what waits, and their own."""
        shown = VIEWS[self.xem or "cua-toi"]
        own = shown == Shown.MINE or not (actor.has_role(Role.SUPERVISOR) or self.xem in OF_ALL)
        return Wanted(
            shown, at,
            unit_codes=frozenset({self.don_vi}) if self.don_vi else actor.unit_codes,
            staff_id=actor.id if own else self.nguoi,
            queue_id=int(self.hang) if self.hang else None,
            label_id=int(self.nhan) if self.nhan else None,
            since=_instant(self.tu), until=_instant(self.den, days=1),
            lateness=LATENESS.get(self.tre), answered_by=self.tra_loi,
            score=int(self.sao) if self.sao.isdigit() else None, is_rated=self.sao == RATED, is_asked=self.sao == ASKED,
        )  # fmt: skip


def _number(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


def _id(text: str) -> str:
    return text if parse_id(text) else ""


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _instant(day: str, *, days: int = 0) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), ZONE) + timedelta(days=days) if day else None


def write_key(key: Key) -> str:
    """Where a page ended, for an address."""
    return f"{'k' if key.is_urgent else 't'}~{key.at.isoformat()}~{key.id}"


def read_key(text: str) -> Key | None:
    """Where a page ended; None for nonsense."""
    parts = text.split("~")
    try:
        return Key(datetime.fromisoformat(parts[1]), UUID(parts[2]), parts[0] == "k")
    except (ValueError, IndexError):
        return None
