"""What a portal's form may hold for each service of the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from motcua.connectors.portals.formats import PLACE
from motcua.connectors.portals.partners import PortalView
from motcua.kernel.expressions import Always
from motcua.services import catalogue
from motcua.services.declaration import Service


def describe(portal: PortalView, on: date) -> dict[str, Any]:
    period = portal.format.find_period(on)
    named = {service: procedure for procedure, service in portal.procedures.items()}
    return {
        "number_example": period.example_of(portal.agency) if period else "",
        "provinces": period.provinces.value if period else "",
        "representative": [
            {"name": name, "part": target.to, "values": [str(code) for code in target.values]}
            for name, target in sorted(portal.format.representative.items())
        ],
        "procedures": [
            {
                "procedure": named.get(service.code, service.code), "service": service.code, "name": service.name.vi,
                "fields": _fields(portal, service), "papers": _papers(portal, service),
            }
            for service in catalogue.list_services(on)
        ],
    }  # fmt: skip


def _fields(portal: PortalView, service: Service) -> list[dict[str, Any]]:
    questions = {question.name: question for question in service.questions}
    given = portal.format.constants.get(service.code, {})
    found = []
    for name, target in sorted(portal.format.targets(service).items()):
        question = questions[target.question]
        options = [str(code) for code in target.values] or [option.value for option in question.options]
        always = isinstance(question.when, Always) and question.required
        found.append(
            {
                "name": name, "question": question.name, "type": question.type.value, "label": question.label.vi,
                "part": target.to.removeprefix(PLACE) if target.to.startswith(PLACE) else "", "values": options,
                "required": always and question.name not in given,
            }
        )  # fmt: skip
    return found


def _papers(portal: PortalView, service: Service) -> list[dict[str, Any]]:
    named = {code: name for name, code in portal.format.papers.items()}
    return [
        {
            "paper": named.get(paper.code, paper.code), "code": paper.code, "name": paper.name.vi,
            "need": paper.need.value,
        }
        for paper in service.papers
    ]  # fmt: skip
