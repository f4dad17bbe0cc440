"""One act on one locked request: entries go through `rules.apply`, and the row is what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from motcua.companies import queries as company_queries
from motcua.config import jobs, rows
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import fingerprint
from motcua.kernel.ids import new_id
from motcua.kernel.worktime import Calendar, Deadline
from motcua.requests import queries, registry, rules
from motcua.requests.models import Changed, Entry, Note, Request, RequestData
from motcua.requests.operations import telling
from motcua.requests.operations.refusals import AlreadyClosed, RequestUnknown
from motcua.requests.states import State
from motcua.services import catalogue, flow
from motcua.services.declaration import SYSTEM, Action, Service, Step

ROLLUP_JOB = "rollups"
SYSTEM_ACTOR = Actor.system("steps")


class Work:
    """A request under lock for the length of one act. Nothing is written before `save`, except what effects write."""

    def __init__(
        self,
        *,
        row: Request,
        data: RequestData,
        actor: Actor,
        at: datetime,
        key: str,
        is_new: bool = False,
        calendar: Calendar | None = None,
    ):
        self.row = row
        self.data = data
        self.actor = actor
        self.at = at
        self.key = key
        self.is_new = is_new
        self.state = rules.RequestState() if is_new else queries.state_of(row)
        self.entries: list[Entry] = []
        self.calendar: Calendar = calendar or company_queries.get_calendar()
        self.notes: list[Note] = []
        self._notices: list[tuple[str, int]] = []
        self.is_closing = False

    @property
    def service(self) -> Service:
        return catalogue.get(self.state.service_code, self.state.service_version)

    @property
    def step(self) -> Step:
        return self.service.step(self.state.step)

    @property
    def values(self) -> dict[str, Any]:
        return {**self.data.answers, **self.data.inputs}

    def view(self) -> queries.RequestView:
        for name in queries.STATE_FIELDS:
            setattr(self.row, name, getattr(self.state, name))
        return queries.view_of(self.row, self.data)

    def append(self, name: str, payload: Mapping[str, Any], actor: Actor | None = None) -> None:
        """One more entry, and what it makes of the state."""
        who = (actor or self.actor).ref
        fact = rules.Fact(name, self.at, who, payload)
        self.state = rules.apply(self.state, fact)
        self.entries.append(
            Entry(
                request_id=self.row.id,
                seq=self.state.seq,
                name=name,
                at=self.at,
                actor=who,
                payload=dict(payload),
            )
        )

    # steps

    def enter(self, step: Step, actor: Actor | None = None) -> None:
        """Begin a step: its deadline, whose clock runs, its effects, its notices."""
        due_at, paused_at = self._clock_into(step)
        deadline = self.calendar.add(self.at, step.within) if step.within else None
        self.data.step_due_lines = _lines(deadline)
        self.append(
            "step.entered",
            {
                "step": step.code,
                "role": "" if step.final else step.role,
                "step_due_at": _iso(deadline.at if deadline else None),
                "due_at": _iso(due_at),
                "paused_at": _iso(paused_at),
                "portal_status": rules.portal_status_of(step, self.state),
            },
            actor,
        )
        self.run_effects(step.on_enter, action="", inputs={}, where=f"enter:{step.code}")
        self.plan_notices(step.notices)

    def _clock_into(self, step: Step) -> tuple[datetime | None, datetime | None]:
        """The promise and the pause after this step begins: the customer's time stops ours."""
        if rules.stops_clock(step) and not step.final:
            return self.state.due_at, self.state.paused_at or self.at
        return self.resumed_due_at(), None

    def resumed_due_at(self) -> datetime | None:
        """The promise after the pause that stands, if any."""
        if self.state.paused_at is None or self.state.due_at is None:
            return self.state.due_at
        unit = self.promise_span().unit
        moved = self.calendar.after_pause(self.state.due_at, self.state.paused_at, self.at, unit)
        self.data.due_lines = [*self.data.due_lines, *_lines(moved)]
        return moved.at

    def promise_span(self) -> Any:
        promise = self.service.promise
        return promise.extension(self.state.extension).within if self.state.extension else promise.within

    def finish_step(self, action: Action, inputs: Mapping[str, Any]) -> None:
        """Do the action: keep its inputs, run its effects, go where it leads, and on through the system's own steps."""
        step = self.step
        self.data.inputs = {**self.data.inputs, **inputs}
        actor = SYSTEM_ACTOR if step.role_of(action) == SYSTEM else self.actor
        target = flow.next_step(self.service, step, action, self.values)
        self.append(
            "step.done",
            {
                "step": step.code,
                "action": action.code,
                "to": target.code,
                "inputs": fingerprint(dict(inputs)),
            },
            actor,
        )
        self._extend_promise(action)
        self.run_effects(
            action.effects, action=action.code, inputs=inputs, where=f"{step.code}:{action.code}"
        )
        if step.settles and target is not step:
            self._settle()
        if target is not step:
            self.enter(target, actor)
        self.plan_notices(action.notices)
        self.go_on_alone()

    def go_on_alone(self) -> None:
        step = self.step
        if step.role == SYSTEM and not step.waits_for and not step.final and not self.state.closed_at:
            action = step.system_action()
            if action is not None:
                self.finish_step(action, {})

    def _extend_promise(self, action: Action) -> None:
        already = {self.state.extension} - {""}
        for extension in flow.list_extensions(self.service, action, self.values, already):
            assert self.state.submitted_at is not None
            longer = self.calendar.add(self.state.submitted_at, extension.within)
            if self.state.due_at is not None and longer.at > self.state.due_at:
                self.data.due_lines = _lines(longer)
                self.append("promise.extended", {"code": extension.code, "due_at": _iso(longer.at)})

    def _settle(self) -> None:
        state = self.state
        self.append(
            "request.settled",
            {
                "on_time": state.due_at is None or self.at <= state.due_at,
                "fully_online": rules.is_fully_online(
                    trips=state.trips,
                    paid_online=state.paid_online,
                    papers_online=state.papers_online,
                    reception=state.reception,
                ),
            },
        )
        self.is_closing = True

    def close(self, name: str, payload: Mapping[str, Any]) -> None:
        self.append(name, payload)
        self.is_closing = True

    # effects and notices

    def run_effects(
        self, names: Sequence[str], *, action: str, inputs: Mapping[str, Any], where: str
    ) -> None:
        for name in names:
            registry.run_effect(
                name,
                registry.EffectContext(
                    request=self.view(),
                    action=action,
                    inputs=inputs,
                    actor=self.actor,
                    at=self.at,
                    key=f"{self.key}:{where}:{name}",
                    journal=self.append,
                    answer=self._correct_answers,
                ),
            )

    def _correct_answers(self, values: Mapping[str, Any]) -> None:
        self.data.answers = {**self.data.answers, **values}

    def plan_notices(self, codes: Sequence[str]) -> None:
        self._notices += [(code, self.state.seq) for code in codes]

    def add_note(self, text: str, *, for_customer: bool) -> UUID:
        note = Note(
            id=new_id(self.at),
            request_id=self.row.id,
            text=text,
            for_customer=for_customer,
            author=self.actor.ref,
            at=self.at,
        )
        self.notes.append(note)
        return note.id

    # writing

    def save(self, telling_facts: Mapping[str, object] | None = None) -> queries.RequestView:
        """Write row, data, journal, notes; then tell whom it concerns. The end of the act."""
        view = self.view()
        written = rows.insertion if self.is_new else rows.replacement
        news = (*self.entries, *self.notes, Changed(request_id=self.row.id))
        rows.say(written(self.row), written(self.data), *(rows.insertion(row) for row in news))
        self.follow(view, telling_facts)
        return view

    def follow(self, view: queries.RequestView, telling_facts: Mapping[str, object] | None = None) -> None:
        """What comes after the writing: rooms that listen, then the customer. Many at once: `many._follow`."""
        act = self.written(view)
        registry.tell_journaled(act.request, act.facts, act.at)
        jobs.wake(ROLLUP_JOB)
        if self.is_closing:
            registry.tell_closed(act.request, act.actor, act.at)
        for code, key in self.notices():
            telling.tell(view, code, key=key, at=self.at, more=telling_facts or {})

    def written(self, view: queries.RequestView) -> registry.Written:
        """What rooms that listen hear of this act."""
        facts = [(entry.seq, queries.fact_of(entry)) for entry in self.entries]
        return registry.Written(view, facts, self.actor, self.at)

    def notices(self) -> list[tuple[str, str]]:
        """What the customer is told: the notice's code, and the key under which it goes out once."""
        return [(code, f"{self.row.id}:{seq}:{code}") for code, seq in self._notices]


def open_work(*, request_id: UUID, actor: Actor, at: datetime, key: str, may_be_closed: bool = False) -> Work:
    """Lock the request's row for this transaction. Raises RequestUnknown, AlreadyClosed."""
    row = Request.objects.select_for_update().filter(id=request_id).first()
    if row is None:
        raise RequestUnknown()
    if State(row.state).is_closed and not may_be_closed:
        raise AlreadyClosed(number=row.number)
    data = RequestData.objects.get(request_id=request_id)
    return Work(row=row, data=data, actor=actor, at=at, key=key)


def next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('requests_number_seq')")
        return int(cursor.fetchone()[0])


def _lines(deadline: Deadline | None) -> list[dict[str, object]]:
    return [line.as_json() for line in deadline.lines] if deadline else []


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
