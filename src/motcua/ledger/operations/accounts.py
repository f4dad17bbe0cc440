"""The chart of accounts."""

from __future__ import annotations

from motcua.ledger import chart, rules
from motcua.ledger.chart import AccountKind
from motcua.ledger.models import Account
from motcua.ledger.operations.refusals import AccountDiffers


def open_account(*, code: str, kind: AccountKind, name: str, charge_kind: str = "", stripes: int = 1) -> None:
    """Add an account to the chart; the same again changes nothing. Refuses AccountDiffers.

    `stripes` is how it is kept, no part of what it is: a busy account may be given more at any time.
    """
    wanted = {"kind": kind.value, "charge_kind": charge_kind}
    account, is_new = Account.objects.get_or_create(
        code=code,
        defaults={**wanted, "stripes": stripes, "name": name, "normal_side": chart.NORMAL_SIDE[kind].value},
    )
    if is_new:
        return
    stored = {name: getattr(account, name) for name in wanted}
    if field := rules.differing_field(stored, wanted):
        raise AccountDiffers(field=field, account=code)
