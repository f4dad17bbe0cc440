"""What accounts are called in the company's accounting software."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, Problem
from motcua.ledger.models import Account, AccountMapping
from motcua.ledger.operations.refusals import AccountUnknown, OwnCodeInvalid

OWN_CODE = re.compile(r"[0-9A-Za-z.\-]{1,24}")


@transaction.atomic
def map_accounts(*, own_codes: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Call each of these accounts by the company's own number; an empty number takes the name away. All of them or none.

    Refuses Invalid: for every account that is wrong its problem, OWN_CODE_INVALID or ACCOUNT_UNKNOWN, under its code.
    Locks: the rows of what is called anew, in the order of their codes.
    """
    codes = {account: code.strip() for account, code in sorted(own_codes.items())}
    known = set(Account.objects.filter(code__in=codes).values_list("code", flat=True))
    if wrong := _problems(codes, known):
        raise Invalid(wrong)
    for account, code in codes.items():
        if code:
            told = {"own_code": code, "set_by": actor.ref, "set_at": at}
            AccountMapping.objects.update_or_create(account_id=account, defaults=told)
        else:
            AccountMapping.objects.filter(account_id=account).delete()


def _problems(codes: Mapping[str, str], known: Collection[str]) -> dict[str, list[Problem]]:
    wrong: dict[str, list[Problem]] = {}
    for account, code in codes.items():
        if account not in known:
            wrong[account] = [Problem(AccountUnknown.code, AccountUnknown.message, {"account": account})]
        elif code and not OWN_CODE.fullmatch(code):
            wrong[account] = [Problem(OwnCodeInvalid.code, OwnCodeInvalid.message)]
    return wrong
