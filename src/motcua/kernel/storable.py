"""Text and JSON as PostgreSQL can keep them.

JSON lets through what a database's text does not: zero bytes, halves of characters, numbers without end, lists in lists
without end. Such a value is a stranger's mistake or malice; it is mended here, so that it cannot spoil what is stored
with it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

DEEPEST = 200  # what any reader can follow again; honest events have less than ten levels
_ZERO = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # after an even number of backslashes: else it is words


class TooDeep(ValueError):
    """Lists in lists, or objects in objects, beyond what is kept."""


def as_text(value: str) -> str:
    """The text without zero bytes, a question mark for half a character."""
    if value.isascii():
        return value.replace("\0", "") if "\0" in value else value
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def as_json(value: object) -> str:
    """The value as JSON that the database takes. Raises TooDeep."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = json.dumps(_mended(value, 0), ensure_ascii=False)
    return _ZERO.sub(r"\1", text) if "\\u0000" in text else text


def _mended(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise TooDeep("too deep")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {as_text(str(name)): _mended(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(one, depth + 1) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float) else str(value)
