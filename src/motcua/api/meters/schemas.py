"""What goes over the wire between a head-end and us."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{2,20}$")]

# The body is read row by row, so that one wrong row refuses none of the others; this says what a right one is.
READING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "register", "at", "value"],
    "properties": {
        "id": {
            "type": "string",
            "pattern": "^[A-Za-z0-9._:/-]{1,64}$",
            "description": "Your own id of this reading, the same whenever you send it.",
        },
        "meter": {"type": "string", "description": "Serial of the meter; this or `account`."},
        "account": {"type": "string", "description": "Account code: the meter that hung there then."},
        "register": {"type": "string", "enum": ["KT", "BT", "CD", "TD", "VC"]},
        "at": {"type": "string", "format": "date-time", "description": "ISO 8601 with a zone."},
        "value": {
            "type": ["number", "string"],
            "description": "What the register showed: at most nine digits and three decimals.",
        },
    },
}
BATCH: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["batch_id", "readings"],
    "properties": {
        "batch_id": {"type": "string", "pattern": "^[A-Za-z0-9._:/-]{1,64}$"},
        "kind": {
            "type": "string",
            "enum": ["PERIODIC", "RECHECK"],
            "default": "PERIODIC",
            "description": "RECHECK: read again because the first reading was doubted; it counts before others.",
        },
        "answer": {
            "type": "string",
            "enum": ["ALL", "FAULTS"],
            "default": "ALL",
            "description": "FAULTS: only the rows that were not taken come back.",
        },
        "readings": {"type": "array", "minItems": 1, "maxItems": 200000, "items": READING},
    },
}


DEMANDS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["demands"],
    "properties": {
        "demands": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1000,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["account", "month", "kw"],
                "properties": {
                    "account": {"type": "string"},
                    "month": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
                    "period": {"type": "integer", "enum": [1, 2, 3], "default": 1},
                    "kw": {
                        "type": ["number", "string"],
                        "description": "Highest demand of the period: at most seven digits and two decimals.",
                    },
                    "sure": {
                        "type": "boolean",
                        "default": False,
                        "description": "Told DEMAND_DOUBTFUL before, looked at, and it is so.",
                    },
                },
            },
        },
    },
}


class DemandRowOut(Schema):
    n: int = Field(description="The row's place, from 0.")
    code: str = Field(description="OK: it was taken. Else why not: see the manual.")
    field: str = Field("", description="What of the row is wrong, where it is one thing.")


class DemandsOut(Schema):
    rows: int
    taken: int
    answers: list[DemandRowOut]


class RowOut(Schema):
    n: int = Field(description="The row's place in the batch, from 0.")
    id: str = Field(description="Your own id; empty where it could not be read.")
    code: str = Field(description="OK: it stands here. Else why not: see the manual.")
    field: str = Field("", description="What of the row is wrong, where it is one thing.")


class BatchOut(Schema):
    batch_id: str
    rows: int
    new: int = Field(description="Written now.")
    same: int = Field(description="Stood here before.")
    refused: int
    answers: list[RowOut]


class Problem(Schema):
    code: str
    message: str
    fields: dict[str, list[str]] = {}
