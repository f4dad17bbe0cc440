"""A worker of its own for a test that kills it: holds the line and sends what is due until it dies.

Started with the database in the environment; argument: the account and the instant as JSON.
"""

import json
import os
import sys
import time
from datetime import datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

import django

django.setup()

from motcua.channels import accounts  # noqa: E402
from motcua.channels.accounts import Account  # noqa: E402
from motcua.channels.smpp import holding, settings  # noqa: E402
from motcua.companies.context import current_company, using_company  # noqa: E402
from motcua.config import clock  # noqa: E402
from motcua.kernel.clock import FixedClock  # noqa: E402
from motcua.messaging import operations  # noqa: E402


def main() -> None:
    told = json.loads(sys.argv[1])
    account = Account("HANOI", "", "EVNHANOI", told["keys"], "", "", told["settings"])
    accounts.find_account = lambda code: account if code == "SMS" else None
    at = datetime.fromisoformat(told["at"])
    clock.CLOCK = FixedClock(at)
    with using_company("HANOI"):
        holding.keep("HANOI", current_company().schema_name, settings.line_of(account))
        while True:
            operations.send_due(at=at, limit=1)
            time.sleep(0.05)


main()
