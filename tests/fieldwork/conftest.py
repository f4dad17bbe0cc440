"""Crews of the Đống Đa unit, and the way of a request to the door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from motcua.companies import operations as company_ops
from motcua.documents import operations as document_ops
from motcua.documents import storage
from motcua.fieldwork import operations
from motcua.kernel.actors import Actor
from motcua.requests import operations as request_ops
from motcua.supply import operations as supply_ops
from tests.requests.conftest import HOME_ANSWERS

UNIT = "PD0400"
SEED = Actor.system("seed")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> storage.FolderStorage:
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)
    return own


def make_people(at: Any, *names: str) -> list[Any]:
    return [
        company_ops.staff_add(
            username=name.lower(), name=name, unit_code=UNIT, roles={"CREW": UNIT}, password="a-long-password-1",
            actor=SEED, at=at,
        )
        for name in names
    ]  # fmt: skip


def make_crew(
    at: Any, code: str = "T1", people: tuple[str, str] = ("Hung", "Vinh"), visits_per_half: int = 8
) -> Any:
    return operations.add_crew(
        code=code, name=f"Tổ {code}", unit_code=UNIT, member_ids=[p.id for p in make_people(at, *people)],
        visits_per_half=visits_per_half, actor=SEED, at=at,
    )  # fmt: skip


@pytest.fixture
def team(company: Any, at: Any) -> Any:
    return make_crew(at)


@pytest.fixture
def worker(team: Any) -> Actor:
    """The leader of the crew."""
    return Actor.staff(team.members[0].staff_id, team.members[0].name, ["CREW"], [UNIT])


@pytest.fixture
def clerk() -> Actor:
    return Actor.staff("business-1", "Minh", ["BUSINESS"], [UNIT])


def submit(at: Any, key: str = "s", **answers: Any) -> Any:
    return request_ops.submit(
        service_code="NEW-LV-RES", answers={**HOME_ANSWERS, **answers}, channel="WEB", actor=Actor.anonymous("v"), at=at,
        key=key,
    )  # fmt: skip


@pytest.fixture
def to_sign(team: Any, clerk: Actor, at: Any) -> Any:
    """A free home supply that waits to be signed; its request's id."""

    def begin(key: str = "s", **answers: Any) -> Any:
        sent = submit(at, key, **answers)
        request_ops.advance(
            request_id=sent.request_id, action="accept", inputs={"needs_survey": False, "cost_vnd": 0}, actor=clerk, at=at,
            key=f"{key}:accept",
        )  # fmt: skip
        return sent.request_id

    return begin


@pytest.fixture
def stock(company: Any, at: Any) -> list[str]:
    serials = ["26000100001", "26000100002"]
    supply_ops.add_stock_meters(serials=serials, unit_code=UNIT, phases=1, actor=SEED, at=at)
    return serials
