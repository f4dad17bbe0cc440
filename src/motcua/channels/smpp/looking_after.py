"""What runs by itself for the line: it is held wherever a worker runs, and what is old is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from motcua.channels import accounts
from motcua.channels.models import KeywordCount
from motcua.channels.smpp import holding, parts, settings, storing
from motcua.companies.context import current_company
from motcua.kernel import local_time


def keep_line() -> int:
    """Hold the company's line in this process, or wait for it; let go of it when it is switched off or set up anew."""
    company, account = current_company(), accounts.find_account(storing.CHANNEL)
    line = settings.line_of(account) if account is not None and settings.is_smpp(account) else None
    holding.keep(company.code, company.schema_name, line)
    return 0


def sweep(*, at: datetime) -> int:
    KeywordCount.objects.filter(day__lt=local_time.local_date(at) - timedelta(days=1)).delete()
    parts.sweep(at=at)
    storing.give_up_pieces(at=at)
    return 0
