"""Who pays for an account, who uses it, who was authorised: dated, one payer at a time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.local_time import local_date
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import AccountRole, Contract, ContractStatus

LAN = Actor.staff("lan", "Lan", ["INTAKE"])


@pytest.fixture
def account(company, stock, connect):
    stock("18123456")
    return connect().account_code


@pytest.fixture
def give(account, at):
    def call(**values):
        told = {
            "account_code": account, "customer_id": new_id(at), "role": "PAYER", "reason": "Giấy ủy quyền số 3",
            "valid_from": local_date(at), "actor": LAN, "at": at,
        } | values  # fmt: skip
        return supply_ops.give_part(**told)

    return call


def test_one_customer_may_be_several_things_to_one_account(account, give, at):
    who = new_id(at)
    give(customer_id=who)
    give(customer_id=who, role="USER")

    assert {part.role for part in supply_queries.list_parts([who])} == {"PAYER", "USER"}
    assert {part.role for part in supply_queries.list_parts_of([account])} == {"PAYER", "USER"}


def test_one_pays_at_a_time_and_many_use(account, give, at):
    today = local_date(at)
    paying = give(valid_to=today + timedelta(days=30))
    give(role="USER")
    give(role="USER")

    with pytest.raises(supply_ops.PartTaken):
        give(valid_from=today + timedelta(days=29))
    give(valid_from=today + timedelta(days=30))
    row = AccountRole.objects.get(id=paying)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccountRole.objects.filter(id=row.id).update(valid_to=None)


def test_who_ends_makes_room_today(account, give, at):
    part = give()

    assert supply_ops.end_part(part_id=part, actor=LAN, at=at)
    assert not supply_ops.end_part(part_id=part, actor=LAN, at=at)
    give()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "HOLDER"}, "role"),
        ({"reason": "  "}, "reason"),
        ({"valid_from": date(2026, 5, 2), "valid_to": date(2026, 5, 2)}, "valid_to"),
    ],
)
def test_what_is_wrong_is_named(account, give, values, field):
    with pytest.raises(supply_ops.PartInvalid) as refused:
        give(**values)

    assert refused.value.field == field


def test_an_ended_contract_has_no_roles(account, give, at):
    give()
    assert supply_ops.end_parts(account_code=account, actor_ref="contract", at=at) == 1
    Contract.objects.filter(account_code=account).update(status=ContractStatus.ENDED, ended_at=at)

    with pytest.raises(supply_ops.ContractUnknown):
        give()
    assert not [p for p in supply_queries.list_parts_of([account]) if p.holds_on(local_date(at))]
