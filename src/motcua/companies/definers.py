"""Functions of the database that run as its owner, for migrations to write.

Whoever may make temporary tables could lay one under such a function's feet: the temporary schema is searched first
unless the path names it last.
"""

from __future__ import annotations


def shut_path(function: str) -> str:
    """SQL that fixes where a trigger function of the present schema finds its names: there, in public, nowhere else."""
    return f"""
DO $do$ BEGIN
    EXECUTE format('ALTER FUNCTION %I.{function}() SET search_path = %I, public, pg_temp', current_schema(), current_schema());
END $do$;
"""
