"""Fills the template database (run as the owner by tests.database): HANOI, NPC and the group, with reference
data.
"""

import os
from datetime import UTC, datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

import django

django.setup()

from motcua.companies import context, schemas, seeds  # noqa: E402
from motcua.ops import embedded  # noqa: E402

AT = datetime(2026, 11, 2, 1, 5, tzinfo=UTC)


def main() -> None:
    schemas.migrate_public(app_login=embedded.APP)
    wanted = [new for new in seeds.power_companies() if new.code in {"HANOI", "NPC"}]
    seeds.open_companies(
        news=[seeds.group_company(), *wanted], app_login=embedded.APP, at=AT, progress=lambda _: None
    )
    try:
        from motcua.tariffs import operations as tariff_ops
    except ImportError:
        pass
    else:
        with context.in_public():
            tariff_ops.load_reference_data(at=AT)


main()
