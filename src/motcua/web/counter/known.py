"""What we know of somebody, as answers to a service's questions: by the kind of question, never by its name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from motcua.customers import queries as customer_queries
from motcua.kernel import phones
from motcua.services.declaration import Category, QuestionType, Service
from motcua.supply import queries as supply_queries
from motcua.supply.queries import ContractView


def answers(
    service: Service,
    *,
    customer_id: UUID | None = None,
    contract: ContractView | None = None,
    phone: str = "",
    is_private: bool = True,
) -> dict[str, Any]:
    """Answers to begin with; only those questions that we can answer.

    Without `is_private` phone, e-mail and identity number stay out: whoever reads is no employee of the company.
    """
    customer = customer_queries.find_customer(customer_id) if customer_id else None
    if contract is None and customer_id:
        contracts = supply_queries.list_contracts(customer_queries.list_ids(customer_id))
        contract = contracts[0] if len(contracts) == 1 else None
    told: dict[QuestionType, Any] = {
        QuestionType.PHONE: phones.display(called) if (called := phones.normalise(phone)) else phone,
        QuestionType.ACCOUNT_CODE: contract.account_code if contract else "",
    }
    if customer is not None:
        told[QuestionType.PERSON_NAME] = customer.full_name
    if customer is not None and is_private:
        told |= {QuestionType.ID_NUMBER: customer.id_number, QuestionType.EMAIL: customer.email}
        told[QuestionType.PHONE] = told[QuestionType.PHONE] or (
            phones.display(customer.phone) if customer.phone else ""
        )
    if contract is not None and service.category is not Category.SUPPLY:  # a new supply is at another place
        told[QuestionType.PLACE] = {"text": contract.place_text, "pole_number": contract.pole_number}
    found: dict[str, Any] = {}
    for question in service.questions:
        value = told.pop(question.type, None)
        if value:
            found[question.name] = value
    return found
