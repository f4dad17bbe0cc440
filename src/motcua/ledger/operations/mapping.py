"""What accounts are called in the company's accounting software."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.ledger.models import Account, AccountMapping
from motcua.ledger.operations.refusals import AccountUnknown, OwnCodeInvalid

OWN_CODE = re.compile(r"[0-9A-Za-z.\-]{1,24}")


@transaction.atomic
def map_account(*, account: str, own_code: str, own_name: str, actor: Actor, at: datetime) -> None:
    """Call an account by the company's own number; an empty number takes the name away. Refuses AccountUnknown, OwnCodeInvalid."""
    if not Account.objects.filter(code=account).exists():
        raise AccountUnknown(field="account", account=account)
    code = own_code.strip()
    if not code:
        AccountMapping.objects.filter(account_id=account).delete()
        return
    if not OWN_CODE.fullmatch(code):
        raise OwnCodeInvalid(field=account)
    AccountMapping.objects.update_or_create(
        account_id=account,
        defaults={"own_code": code, "own_name": own_name.strip()[:120], "set_by": actor.ref, "set_at": at},
    )
