"""How the dossiers of a kind of portal look: number, form names, papers and scheme of provinces, each by day.

One YAML file a kind; a portal's row names the kind and its agency code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from motcua.services.declaration import Service, Text

PLACE = "place."
# What may be said of somebody who hands a dossier in for the applicant.
REPRESENTATIVE = ("name", "phone", "ground", "id_number", "note")


class Scheme(StrEnum):
    """Which list of provinces a code is of; codes were reused in 2025, so a code alone names nothing."""

    OLD_63 = "OLD_63"
    NEW_34 = "NEW_34"


@dataclass(frozen=True)
class Target:
    """The question (or part of a place, `place.commune`) that a form name answers, and what its codes mean."""

    to: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        return "place" if self.to.startswith(PLACE) else self.to


@dataclass(frozen=True)
class Period:
    valid_from: date
    valid_to: date | None
    number: str
    example: str
    provinces: Scheme

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def pattern(self, agency: str) -> re.Pattern[str]:
        return re.compile(self.number.replace("{agency}", re.escape(agency)))

    def example_of(self, agency: str) -> str:
        return self.example.replace("{agency}", agency)


@dataclass(frozen=True)
class Format:
    code: str
    name: Text
    sources: tuple[str, ...]
    periods: tuple[Period, ...]
    fields: Mapping[str, Target]
    # form names of whoever hands it in for the applicant, each with the part it tells
    representative: Mapping[str, Target]
    papers: Mapping[str, str]
    services: Mapping[str, Mapping[str, Target]]
    constants: Mapping[str, Mapping[str, Any]]

    def find_period(self, on: date) -> Period | None:
        return next((period for period in self.periods if period.holds(on)), None)

    def targets(self, service: Service) -> dict[str, Target]:
        """Form names that mean something for this service, our own question names among them."""
        asked = {question.name for question in service.questions}
        named = {name: Target(name) for name in asked}
        wanted = {**named, **self.fields, **self.services.get(service.code, {})}
        return {name: target for name, target in wanted.items() if target.question in asked}


def get(code: str) -> Format:
    """The format. Raises KeyError."""
    return list_formats()[code]


@cache
def list_formats() -> Mapping[str, Format]:
    folder = files("motcua.connectors.portals.formats")
    read = [
        _format(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted(folder.iterdir(), key=lambda found: found.name)
        if file.name.endswith(".yaml")
    ]
    return {format.code: format for format in read}


def _format(told: Mapping[str, Any]) -> Format:
    services = told.get("services") or {}
    return Format(
        code=told["code"],
        name=Text(told["name"]["vi"], told["name"]["en"]),
        sources=tuple(told["sources"]),
        periods=tuple(_period(row) for row in told["periods"]),
        fields=_targets(told["fields"]),
        representative=_targets(told.get("representative") or {}),
        papers=dict(told["papers"]),
        services={code: _targets(row.get("fields") or {}) for code, row in services.items()},
        constants={code: dict(row.get("constants") or {}) for code, row in services.items()},
    )


def _period(row: Mapping[str, Any]) -> Period:
    return Period(
        row["valid_from"], row.get("valid_to"), row["number"], row["example"], Scheme(row["provinces"])
    )


def _targets(rows: Mapping[str, Any]) -> dict[str, Target]:
    return {
        name: Target(row) if isinstance(row, str) else Target(row["to"], dict(row["values"]))
        for name, row in rows.items()
    }
