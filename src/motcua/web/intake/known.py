"""What we know of somebody, as an employee sees it in the form: the derivation is `services.known`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from motcua.kernel import phones
from motcua.requests import knowing
from motcua.services import known
from motcua.services.declaration import QuestionType, Service
from motcua.supply.queries import ContractView


def answers(
    service: Service,
    *,
    customer_id: UUID | None = None,
    contract: ContractView | None = None,
    phone: str = "",
    is_private: bool = True,
) -> dict[str, Any]:
    """Answers to begin with; only those questions that we can answer, telephone numbers as people read them.

    Without `is_private` phone, e-mail and identity number stay out: whoever reads is no employee of the company.
    """
    about = knowing.known_of(
        customer_id=customer_id,
        contract=contract,
        phone=phones.normalise(phone) or phone,
        is_private=is_private,
    )
    found = known.answers(service, {}, about)
    for question in service.questions:
        if question.type is QuestionType.PHONE and question.name in found:
            found[question.name] = phones.display(str(found[question.name]))
    return found
