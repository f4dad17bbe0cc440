"""Who acts: the same small value in every operation, journal entry and audit line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    CUSTOMER = "CUSTOMER"
    STAFF = "STAFF"
    SYSTEM = "SYSTEM"
    PARTNER = "PARTNER"
    ANONYMOUS = "ANONYMOUS"


@dataclass(frozen=True)
class Actor:
    """Somebody who does something. `ref` is what journals keep: it holds an id and no personal value."""

    kind: ActorKind
    id: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    unit_codes: frozenset[str] = frozenset()
    acts_for: frozenset[str] = frozenset()  # customers for whom this one has a recorded authority

    @property
    def ref(self) -> str:
        return f"{self.kind.value.lower()}:{self.id}"

    def has_role(self, *roles: str) -> bool:
        """True when the actor has at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    def is_customer(self, customer_id: object) -> bool:
        """True for the customer, and for who may act for them."""
        is_theirs = self.id == str(customer_id) or str(customer_id) in self.acts_for
        return self.kind is ActorKind.CUSTOMER and is_theirs

    def is_staff(self) -> bool:
        return self.kind is ActorKind.STAFF

    @classmethod
    def staff(
        cls, id: object, name: str = "", roles: Iterable[str] = (), unit_codes: Iterable[str] = ()
    ) -> Actor:
        return cls(
            ActorKind.STAFF, str(id), name, frozenset(map(str, roles)), frozenset(map(str, unit_codes))
        )

    @classmethod
    def customer(cls, id: object, name: str = "", acts_for: Iterable[object] = ()) -> Actor:
        """A customer; journals keep their id also where they act for another."""
        return cls(ActorKind.CUSTOMER, str(id), name, acts_for=frozenset(map(str, acts_for)))

    @classmethod
    def system(cls, name: str) -> Actor:
        return cls(ActorKind.SYSTEM, name, name)

    @classmethod
    def partner(cls, code: str, name: str = "") -> Actor:
        return cls(ActorKind.PARTNER, code, name)

    @classmethod
    def anonymous(cls, visitor_id: object = "") -> Actor:
        return cls(ActorKind.ANONYMOUS, str(visitor_id))

    @classmethod
    def from_ref(cls, ref: str) -> Actor:
        """The actor a journal line names, without name and roles."""
        kind, separator, id = ref.partition(":")
        if not separator:
            raise ValueError(f"not an actor: {ref!r}")
        return cls(ActorKind(kind.upper()), id)
