"""Reads: the chain of seals, and whether what was sealed still stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from motcua.ledger.models import Seal

BEGINNING = "0" * 64


@dataclass(frozen=True)
class SealView:
    """A link: over which numbers, and the hash that the next one holds on to."""

    number: int
    after_number: int
    up_to_number: int
    missing: tuple[int, ...]
    late: tuple[int, ...]
    bookings: int
    digest: str
    previous: str
    hash: str
    at: datetime


@dataclass(frozen=True)
class Broken:
    """A seal that no longer fits: which, and how."""

    number: int
    how: str


def view_of(seal: Seal) -> SealView:
    return SealView(
        number=seal.number, after_number=seal.after_number, up_to_number=seal.up_to_number, missing=tuple(seal.missing),
        late=tuple(seal.late), bookings=seal.bookings, digest=seal.digest, previous=seal.previous, hash=seal.hash, at=seal.at,
    )  # fmt: skip


def find_last() -> SealView | None:
    seal = Seal.objects.order_by("-number").first()
    return view_of(seal) if seal else None


def hash_of(link: SealView) -> str:
    """SHA-256 over the link before and all that this one says, but for its own hash and hour."""
    parts = (
        link.previous, link.number, link.after_number, link.up_to_number, ",".join(map(str, link.missing)),
        ",".join(map(str, link.late)), link.bookings, link.digest,
    )  # fmt: skip
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def digest_of(after: int, up_to: int, missing: list[int], late: list[int]) -> tuple[int, str]:
    """How many bookings these numbers have, and the SHA-256 over all they say, in hex."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM ledger_digest(%s, %s, %s::bigint[], %s::bigint[])", [after, up_to, missing, late]
        )
        bookings, digest = cursor.fetchone()
    return int(bookings), str(digest)


def list_broken(*, from_number: int = 1) -> Iterator[Broken]:
    """The seals from this one on that do not fit what stands in the books or the link before."""
    before = Seal.objects.filter(number__lt=from_number).order_by("-number").first()
    previous, after = (before.hash, before.up_to_number) if before else (BEGINNING, 0)
    number = from_number - 1
    for row in Seal.objects.filter(number__gte=from_number).order_by("number").iterator(chunk_size=200):
        link = view_of(row)
        if (link.number, link.previous, link.after_number) != (number + 1, previous, after):
            yield Broken(link.number, "does not hold on to the seal before")
        if hash_of(link) != link.hash:
            yield Broken(link.number, "is not what was hashed")
        found, digest = digest_of(link.after_number, link.up_to_number, list(link.missing), list(link.late))
        if found != link.bookings:
            yield Broken(link.number, f"{link.bookings} bookings were sealed, {found} stand")
        elif digest != link.digest:
            yield Broken(link.number, "a booking says other than when it was sealed")
        number, previous, after = link.number, link.hash, link.up_to_number


def count_unsealed() -> int:
    """Bookings since the last seal."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_ledgertransaction WHERE number > (SELECT COALESCE(max(up_to_number), 0) FROM ledger_seal)"
        )
        return int(cursor.fetchone()[0])
