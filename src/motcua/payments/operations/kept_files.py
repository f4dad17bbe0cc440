"""A kept file of a bank or a wallet, read once more from its own bytes. Locks nothing."""

from __future__ import annotations

from motcua.documents import operations as document_ops
from motcua.payments.models import SheetFormat, StatementFile
from motcua.payments.statements import mapping, reading


def read_kept(file: StatementFile) -> reading.FileRead:
    """What it says today, by the mappings of today."""
    content = document_ops.read_for_machine(file.document_id)
    return reading.read(content, file.name, _mappings())


def _mappings() -> list[mapping.SheetMapping]:
    return [mapping.mapping_of(data) for data in SheetFormat.objects.values_list("mapping", flat=True)]
