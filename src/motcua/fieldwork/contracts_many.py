"""The set-based twin of `sign_contract`: the names under the contracts of many requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from motcua.documents import queries as document_queries
from motcua.documents import signing, signing_many
from motcua.fieldwork.contracts import SUBJECT, ContractMissing
from motcua.kernel.actors import Actor


@dataclass(frozen=True)
class Signing:
    """Who puts their names to the contract of a request, at one visit: pairs of kind of signer and name."""

    request_id: UUID
    names: Sequence[tuple[str, str]]
    actor: Actor
    at: datetime


def sign_contracts(signings: Sequence[Signing]) -> None:
    """Type the names under the present contracts of many requests; all or, when one is refused, none.

    What differs from the single act: the copies with the signatures follow by a job. Raises ContractMissing and what
    `signing_many.sign_many` raises.
    """
    found = document_queries.list_documents_of(
        SUBJECT, [one.request_id for one in signings], kinds=(signing.CONTRACT,)
    )
    contracts = {document.subject_id: document for document in reversed(found)}
    typed: list[signing_many.Typed] = []
    for one in signings:
        contract = contracts.get(str(one.request_id))
        if contract is None:
            raise ContractMissing()
        typed += [signing_many.Typed(contract.id, kind, name, one.actor, one.at) for kind, name in one.names]
    signing_many.sign_many(typed)
