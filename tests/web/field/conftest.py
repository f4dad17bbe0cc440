"""A crew of two on their phones, a supervisor, a stranger of another unit; requests that wait at the door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.supply import operations as supply_ops
from tests.web import people

UNIT = "PD0400"
SEED = Actor.system("seed")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> storage.FolderStorage:
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)
    return own


@pytest.fixture
def crew_people(company: Any) -> list[Any]:
    return [people.add_staff(name, Role.CREW, unit=UNIT) for name in ("hung", "vinh")]


@pytest.fixture
def crew_page(crew_people: list[Any]) -> Any:
    fieldwork_ops.add_crew(
        code="T1",
        name="Tổ 1",
        unit_code=UNIT,
        member_ids=[p.id for p in crew_people],
        actor=SEED,
        at=clock.now(),
    )
    return people.browser(crew_people[0])


@pytest.fixture
def supervisor_page(company: Any) -> Any:
    return people.browser(people.add_staff("thao", Role.SUPERVISOR))


@pytest.fixture
def stranger_page(company: Any) -> Any:
    return people.browser(people.add_staff("la", Role.CREW, unit="PD0500"))


@pytest.fixture
def stock(company: Any) -> list[str]:
    serials = ["26000100001", "26000100002"]
    supply_ops.add_stock_meters(serials=serials, unit_code=UNIT, phases=1, actor=SEED, at=clock.now())
    return serials


@pytest.fixture
def to_sign(crew_page: Any) -> Any:
    """Send and accept a home supply; its id and its visit."""
    clerk = Actor.staff("b", "Minh", ["BUSINESS"], [UNIT])
    count = iter(range(1000))

    def begin(**answers: Any) -> Any:
        key = f"t{next(count)}"
        sent = request_ops.submit(
            service_code="NEW-LV-RES", answers={**people.HOME_ANSWERS, **answers}, channel="WEB",
            actor=Actor.anonymous("v"), at=clock.now(), key=key,
        )  # fmt: skip
        request_ops.advance(
            request_id=sent.request_id, action="accept", inputs={"needs_survey": "false", "cost_vnd": "0"}, actor=clerk,
            at=clock.now(), key=f"{key}:accept",
        )  # fmt: skip
        return request_queries.get_request(sent.request_id), fieldwork_queries.find_open_visit(
            sent.request_id
        )

    return begin
