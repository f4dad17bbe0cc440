"""A company whose demonstration has debtors, and the browser of one of them; prints it as JSON (run as the owner by `Site.run`).

Of another company than the other journeys', so that nobody there is reminded of anything.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

import django

django.setup()

from motcua.companies import context  # noqa: E402
from motcua.customers import operations as customer_ops  # noqa: E402
from motcua.customers import queries as customer_queries  # noqa: E402
from motcua.kernel import phones  # noqa: E402
from motcua.kernel.actors import Actor  # noqa: E402
from motcua.ops import demo_debts, seed  # noqa: E402

COMPANY = "NPC"


def main(at: datetime) -> None:
    with context.using_company(COMPANY) as company:
        seed.furnish(company, at, meters=1)
        demo_debts.make(at, demo_debts.SHOWN[COMPANY])
        print(json.dumps({"token": _proven(demo_debts.IN_PARTS, at - timedelta(minutes=5))}))  # noqa: T201


def _proven(one: demo_debts.Household, at: datetime) -> str:
    """A browser in which they have proven who they are."""
    phone = phones.normalise(one.phone) or ""
    [known] = customer_queries.list_by_phone(phone)
    opened = customer_ops.open_session(at=at)
    started = customer_ops.start_proof(phone=phone, purpose="FOLLOW", actor=Actor.anonymous(opened.id), at=at)
    finished = customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=at)
    linked = customer_ops.link_session(
        session_id=opened.id, proof_id=finished.id, at=at, customer_id=known.id
    )
    return linked.token


main(datetime.fromisoformat(sys.argv[1]))
