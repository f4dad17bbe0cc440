"""Names under many documents at once: the same signatures as by the single act, the copies made afterwards and just so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from motcua.documents import operations, packs, queries, signing, signing_many
from motcua.documents.models import Document, Signature
from motcua.kernel.results import NotFound
from tests.documents.test_packs import CONTRACT

ALL = (("CUSTOMER", "Nguyễn Thị Hoa"), ("STAFF", "Hùng"), ("STAFF", "Dũng"))
COLUMNS = ("signer_kind", "signer_name", "method", "strokes_id", "sha256", "actor", "signed_at")


@pytest.fixture
def contracts(company: Any, crew: Any, at: Any) -> list[queries.DocumentView]:
    return [
        signing.prepare_contract(
            data={**CONTRACT, "request_number": f"HN-{n}"}, subject_type="request", subject_id=f"r-{n}", actor=crew, at=at
        )
        for n in range(3)
    ]  # fmt: skip


def typed(contracts: list[queries.DocumentView], crew: Any, at: Any, names: Any = ALL) -> list[Any]:
    return [
        signing_many.Typed(contract.id, kind, name, crew, at + timedelta(minutes=n))
        for contract in contracts
        for n, (kind, name) in enumerate(names)
    ]


def written() -> list[tuple[Any, ...]]:
    return list(Signature.objects.order_by("document_id", "signed_at").values_list("document_id", *COLUMNS))


def signed_singly(names: list[Any]) -> tuple[list[Any], list[str]]:
    """What the single act writes, and the copies it makes; taken back again."""
    with transaction.atomic():
        for name in names:
            signing.sign(
                document_id=name.document_id, signer_kind=name.signer_kind, signer_name=name.signer_name, strokes=None,
                typed_name=name.signer_name, actor=name.actor, at=name.at,
            )  # fmt: skip
        ids = sorted({name.document_id for name in names})
        copies = [
            signing.signed_copy(document_id=id, actor=names[0].actor, at=names[0].at).sha256 for id in ids
        ]
        found = written()
        transaction.set_rollback(True)
    return found, copies


def test_writes_what_the_single_act_writes(contracts: Any, crew: Any, at: Any) -> None:
    names = typed(contracts, crew, at)
    singly, copies = signed_singly(names)

    signing_many.sign_many(names)
    signing_many.sign_many(names)  # again is no harm

    assert written() == singly
    assert all(queries.is_signed(contract.id) for contract in contracts)
    assert not Document.objects.filter(kind=signing.SIGNED_CONTRACT).exists()
    while signing_many.make_copies(limit=2):
        pass
    made = Document.objects.filter(kind=signing.SIGNED_CONTRACT).order_by("made_from")
    assert [copy.sha256 for copy in made] == copies
    assert {copy.uploaded_at for copy in made} == {at + timedelta(minutes=2)}
    assert not Document.objects.filter(copy_due=True).exists()


def test_plans_a_copy_only_when_all_have_signed_and_there_is_none(contracts: Any, crew: Any, at: Any) -> None:
    signing_many.sign_many(typed(contracts[:1], crew, at, ALL[:2]))
    assert signing_many.make_copies() == 0

    signing_many.sign_many(typed(contracts[:2], crew, at))
    assert signing_many.make_copies() == 2
    signing_many.sign_many(typed(contracts[:2], crew, at))
    assert signing_many.make_copies() == 0


def test_refuses_what_was_replaced_or_changed_and_signs_none(
    contracts: Any, crew: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing.prepare_contract(data=CONTRACT, subject_type="request", subject_id="r-2", actor=crew, at=at)
    with pytest.raises(signing.DocumentReplaced):
        signing_many.sign_many(typed(contracts, crew, at))
    with pytest.raises(NotFound):
        signing_many.sign_many([signing_many.Typed(signing.new_id(at), "STAFF", "Hùng", crew, at)])
    with pytest.raises(signing.SignerNameMissing):
        signing_many.sign_many(typed(contracts[:1], crew, at, [("STAFF", " ")]))
    monkeypatch.setattr(operations, "read_for_machine", lambda id: b"another")
    with pytest.raises(signing.DocumentChanged):
        signing_many.sign_many(typed(contracts[:2], crew, at))

    assert not Signature.objects.exists()


def test_the_same_data_is_not_typeset_again(
    contracts: Any, crew: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "contract_pack", None)

    again = signing.prepare_contract(
        data={**CONTRACT, "request_number": "HN-1"}, subject_type="request", subject_id="r-1", actor=crew, at=at
    )  # fmt: skip

    assert again == contracts[1]
