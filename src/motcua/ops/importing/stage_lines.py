"""The table import_stage: its columns, and a row of it as a line for COPY."""

from __future__ import annotations

import hashlib

# The columns of import_stage in the order in which lines are written, with their types.
STAGE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("row_no", "integer"),
    ("account_code", "text"),
    ("point_code", "text"),
    ("register", "text"),
    ("full_name", "text"),
    ("search_key", "text"),
    ("kind", "text"),
    ("id_number", "text"),
    ("phone", "text"),
    ("email", "text"),
    ("contact_address", "text"),
    ("place_text", "text"),
    ("house", "text"),
    ("street", "text"),
    ("hamlet", "text"),
    ("commune", "text"),
    ("district", "text"),
    ("province_code", "text"),
    ("new_province_code", "text"),
    ("lat", "float8"),
    ("lon", "float8"),
    ("unit_code", "text"),
    ("station_code", "text"),
    ("pole_number", "text"),
    ("meter_serial", "text"),
    ("is_reactive", "boolean"),
    ("reading_kt", "numeric(12,3)"),
    ("reading_bt", "numeric(12,3)"),
    ("reading_cd", "numeric(12,3)"),
    ("reading_td", "numeric(12,3)"),
    ("reading_vc", "numeric(12,3)"),
    ("reading_at", "timestamptz"),
    ("balance_vnd", "bigint"),
    ("balance_on", "date"),
    ("quota", "integer"),
    ("purpose", "text"),
    ("phases", "smallint"),
    ("capacity_kw", "numeric(9,2)"),
    ("contract_number", "text"),
    ("signed_at", "timestamptz"),
    ("key", "bytea"),
    ("fingerprint", "bytea"),
)
NULL = "\x01"  # no cleaned cell holds it


def copy_line(row_no: int, values: list[str]) -> str:
    """Tab-separated for COPY. Cleaned cells hold no tab and no line end; backslashes are doubled."""
    line = "\t".join(values)
    if "\\" in line:
        line = line.replace("\\", "\\\\")
    line = line.replace(NULL, "\\N")
    key = hashlib.blake2b("|".join(values[:3]).encode(), digest_size=16).hexdigest()
    fingerprint = hashlib.blake2b(line.encode(), digest_size=16).hexdigest()
    return f"{row_no}\t{line}\t\\\\x{key}\t\\\\x{fingerprint}\n"
