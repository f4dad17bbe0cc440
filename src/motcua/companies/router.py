"""Where a model's table lives: `national = True` on the model means `public`, else each company's schema."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django_tenants.utils import get_public_schema_name


def is_national(model: Any) -> bool:
    return bool(getattr(model, "national", False))


class SchemaRouter:
    """Stands before TenantSyncRouter, which knows apps only; decides for our rooms model by model."""

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> bool | None:
        if not apps.get_app_config(app_label).name.startswith("motcua."):
            return None
        wrapper: Any = connections[db]  # the library's wrapper knows more than Django's type says
        in_public: bool = wrapper.schema_name == get_public_schema_name()
        if "national" in hints:  # RunSQL and RunPython say where they belong
            return bool(hints["national"]) == in_public
        if model_name is None:
            return None
        try:
            model = apps.get_model(app_label, model_name)
        except LookupError:  # a model of the past, in an old migration: all that have gone were companies'
            return not in_public
        return is_national(model) == in_public
