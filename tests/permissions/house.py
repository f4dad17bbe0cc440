"""The house of the matrix: everybody who may want something, and the rows they want it of."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from motcua.companies import access
from motcua.companies import queries as company_queries
from motcua.companies.context import using_company
from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.web import visitors
from motcua.web.board import handovers
from tests.permissions import (
    book_rows,
    debt_rows,
    deposit_rows,
    invoice_rows,
    matching_rows,
    outer_rows,
    reading_rows,
    rows,
    wallet_rows,
)
from tests.permissions.names import (
    AGENT,
    CENTRE,
    EVERYBODY,
    GROUP,
    HALF_IN,
    HERE,
    MARKS,
    NEIGHBOUR,
    NOW,
    OTHER,
    OTHER_UNIT,
    OWNER,
    PROVEN_AT,
    SEED,
    UNIT,
    VIEWER,
    WITH_CODES,
)
from tests.web import people

NUMBERS = (
    "number",
    "asked",
    "handed",
    "worded",
    "clerks",
    "late",
    "refused",
    "waiting",
)  # of all requests of the house
LOGIN = "/nhan-vien/dang-nhap/"
AS_OFTEN_AS_ASKED = 24 * 3600  # a password said just now stays said for the whole of the test


@dataclass
class House:
    """Clients by name, and what the addresses of the matrix name (of one address alone, where it differs there)."""

    clients: dict[str, Client] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    of_address: dict[str, dict[str, Any]] = field(default_factory=dict)

    def learn(self, more: dict[str, Any]) -> None:
        """More things by name; a name means one thing in the whole house."""
        assert not (told := self.things.keys() & more.keys()), f"told twice: {told}"
        self.things |= more


def build() -> House:
    """Everything, in the transaction that is open. The company is chosen."""
    house = House()
    house.clients |= _staff()
    staff = {
        name: company_queries.find_staff(UUID(client.session["_auth_user_id"]))
        for name, client in house.clients.items()
    }
    actors: dict[str, Actor] = {name: access.actor_of(person) for name, person in staff.items() if person}
    house.learn(_customers(house))
    house.learn(rows.a_request(house.things, actors))
    house.learn(rows.other_requests(house.things, actors))
    house.learn(rows.money(house.things, actors))
    house.learn(invoice_rows.an_invoice(house.things))
    house.learn(matching_rows.a_statement())
    house.learn(deposit_rows.a_deposit(house.things))
    house.learn(rows.talk(house.things, actors))
    house.learn(rows.unit_things(house.things, actors))
    house.learn(outer_rows.portal())
    outer_rows.head_ends()
    house.learn(outer_rows.stand_ins(house.things))
    house.things["numbers"] = [house.things[name] for name in NUMBERS]
    house.of_address |= rows.of_address(house.things, actors) | outer_rows.of_address(house.things)
    house.of_address |= invoice_rows.of_address(house.things)
    house.of_address |= deposit_rows.of_address(house.things)
    house.of_address |= wallet_rows.of_address(house.things)
    house.of_address |= book_rows.of_address()
    house.of_address |= reading_rows.of_address(house.things)
    house.things |= reading_rows.a_bill_on_trial()
    house.of_address |= debt_rows.of_address(house.things)
    house.learn(_signed_in(house))
    _elsewhere(house)
    for who in ("nobody", "production", "inside"):
        house.clients[who] = Client(headers={"host": HERE})
    house.clients["through the proxy"] = Client(headers={"host": HERE, "x-forwarded-for": "203.0.113.9"})
    house.clients["unknown host"] = Client(headers={"host": "nowhere.example"})
    for client in house.clients.values():
        client.raise_request_exception = False
    return house


def _staff() -> dict[str, Client]:
    """Each role at the unit, at another and at the centre."""
    found = {}
    for role in Role:
        for place, unit in (("", UNIT), ("@elsewhere", OTHER_UNIT), ("@centre", CENTRE)):
            suffix = {"": "o", "@elsewhere": "xa", "@centre": "tt"}[place]
            name = f"{role.value.lower().replace('_', '-')}-{suffix}"
            found[role.value + place] = people.browser(people.add_staff(name, role, unit=unit))
    return found


def _customers(house: House) -> dict[str, Any]:
    """The owner, somebody else, who may look for the owner, who may act for the owner."""
    people_by_phone = {
        phone: customer_ops.find_or_create_customer(
            full_name=name, phone=phone, id_number=number, actor=SEED, at=NOW
        )
        for name, phone, number in (
            (MARKS[0], OWNER, MARKS[1]), ("Trần Thị Lan", OTHER, ""), ("Lê Văn Con", VIEWER, ""), ("Lê Văn Cả", AGENT, "")
        )
    }  # fmt: skip
    owner = people_by_phone[OWNER]
    authorities = {
        phone: customer_ops.grant_authority(
            customer_id=owner.id, agent_id=people_by_phone[phone].id, ground="HOUSEHOLD_MEMBER", scope=scope,
            valid_from=NOW.date().replace(day=1), actor=SEED, at=NOW,
        )
        for phone, scope in ((VIEWER, "VIEW"), (AGENT, "ALL"))
    }  # fmt: skip
    asked = customer_ops.ask_for_data(customer_id=owner.id, wish="ERASE", actor=SEED, at=NOW)
    house.clients["owner"], session, proof = _customer(OWNER, HERE)
    for who, phone in (("other", OTHER), ("viewer", VIEWER), ("agent", AGENT)):
        house.clients[who], _session, _proof = _customer(phone, HERE)
    return {
        "owner_id": owner.id, "customer_id": owner.id, "other_id": people_by_phone[OTHER].id, "data_request_id": asked,
        "deed": "sua", "session": session, "owner_proof": proof, "authority_id": authorities[VIEWER]
    }  # fmt: skip


def _customer(phone: str, host: str) -> tuple[Client, UUID, UUID]:
    """A browser whose person has proven the number, its session and the proof."""
    opened = customer_ops.open_session(at=PROVEN_AT)
    started = customer_ops.start_proof(
        phone=phone, purpose="FOLLOW", actor=Actor.anonymous(opened.id), at=PROVEN_AT
    )
    finished = customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=PROVEN_AT)
    linked = customer_ops.link_session(session_id=opened.id, proof_id=finished.id, at=NOW)
    client = Client(headers={"host": host})
    client.cookies[visitors.COOKIE] = linked.token
    return client, opened.id, finished.id


def _signed_in(house: House) -> dict[str, Any]:
    """Somebody with every role; the same with a second factor; who has said the password and not yet the code."""
    everybody = people.add_staff(EVERYBODY, *Role)
    house.clients["staff"] = people.browser(everybody)
    house.clients["their cookie"] = people.browser(everybody, host=NEIGHBOUR)
    visiting = house.clients["visiting"] = Client(headers={"host": HERE})
    visiting.cookies[handovers.COOKIE] = handovers.make_visit(director="director-1", company_code="HANOI")
    secret = generate_totp_secret()
    careful, half = people.add_staff(WITH_CODES, *Role), people.add_staff(HALF_IN, *Role)
    for person in (careful, half):
        TOTP.activate(person, secret)
        RecoveryCodes.activate(person)
    house.clients["with codes"] = people.browser(careful)
    house.clients["half in"] = people.browser()
    house.clients["half in"].post(LOGIN, {"login": HALF_IN, "password": people.PASSWORD})
    for who in ("staff", "with codes"):
        _said_lately(house.clients[who])
    said = house.clients["staff"].session
    said["mfa.totp.secret"] = secret
    said.save()
    return {"totp_secret": secret}


def _said_lately(client: Client) -> None:
    session = client.session
    said_at = time.time() + AS_OFTEN_AS_ASKED  # noqa: TID251 - the library's own clock
    session["account_authentication_methods"] = [
        {"method": "password", "at": said_at, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()


def _elsewhere(house: House) -> None:
    """Staff and a customer of another company, and the group."""
    with using_company("NPC"):
        house.clients["neighbour"] = people.browser(people.add_staff("ben-kia", *Role), host=NEIGHBOUR)
        customer_ops.find_or_create_customer(full_name=MARKS[0], phone=OWNER, actor=SEED, at=NOW)
        house.clients["namesake"], _session, _proof = _customer(OWNER, NEIGHBOUR)
    with using_company("GROUP"):
        house.clients["group"] = people.browser(people.add_staff("lanh-dao", *Role), host=GROUP)
        house.clients["at group"] = Client(headers={"host": GROUP})
