"""The declared services at a start: whole, known by their effects, and unchanged where requests are open."""

from __future__ import annotations

from datetime import datetime

from motcua.ops.trouble import Exit, Trouble


def check() -> list[str]:
    """What is wrong with the declarations, each with file and line. Django must be ready (rooms register
    effects).
    """
    from motcua.requests import registry
    from motcua.services import catalogue

    return [str(error) for error in catalogue.check_all(registry.known_effects())]


def publish(at: datetime) -> None:
    """Record what is declared. Raises Trouble for a wrong declaration, and for a changed one with open
    requests.
    """
    from motcua.companies.context import in_public
    from motcua.services import operations as service_ops

    wrong = check()
    if wrong:
        raise Trouble("The declared services cannot be used:\n" + "\n".join(wrong), Exit.SETTINGS)
    try:
        with in_public():
            service_ops.publish_declarations(at=at, has_open_requests=_has_open_requests)
    except service_ops.DeclarationChanged as refused:
        raise Trouble(
            f"{refused.facts['files']} changed while requests are open under that version. "
            "Put the file back and declare a new version beside it.",
            Exit.SETTINGS,
        ) from None


def _has_open_requests(code: str, version: int) -> bool:
    """In any company."""
    from motcua.companies.context import in_public, using_company
    from motcua.companies.models import Company
    from motcua.requests import queries as request_queries

    with in_public():
        companies = list(Company.objects.order_by("id").values_list("code", flat=True))
    for company in companies:
        with using_company(company):
            if request_queries.has_open_requests(code, version):
                return True
    return False
