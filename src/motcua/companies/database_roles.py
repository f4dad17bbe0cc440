"""How the roles of the database are called. Needs settings alone, so that the edge starts without Django's apps."""

from __future__ import annotations

from django.conf import settings


def role_name(schema_name: str) -> str:
    """The role that pages and jobs take on for a company."""
    prefix: str = settings.COMPANY_ROLE_NAMES
    return prefix + schema_name


def edge_role_name(schema_name: str) -> str:
    """The role the edge takes on in a schema: what a model's `edge_may` names there, and nothing else."""
    return f"{role_name(schema_name)}_edge"


# The role that finds whose a code is, taken on as if it were a company's: a schema of this name is never made.
FINDER = "_finder"
