"""Values in messages, by rules: codes, telephones, days, periods, amounts, names, places. Offsets are the text's own."""

from motcua.assistant.understanding.slots.finding import MASKS, find, find_codes, masked
from motcua.assistant.understanding.slots.spans import Kind, Slot

__all__ = ["MASKS", "Kind", "Slot", "find", "find_codes", "masked"]
