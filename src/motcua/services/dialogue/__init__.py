"""The questions of a service as a conversation: what to ask next, what an answer means, what is corrected.

All pure: the caller keeps the answers and what was skipped. Nothing here knows a channel.
"""

from motcua.services.dialogue.asking import (
    Again,
    Ask,
    ask,
    ask_again,
    chat_questions,
    find_refusal,
    list_buttons,
    next_question,
    summary,
)
from motcua.services.dialogue.correcting import Correction, find_correction
from motcua.services.dialogue.hearing import Heard, hear_ahead, parse_answer
from motcua.services.dialogue.listening import PlaceFinder
from motcua.services.dialogue.tapping import Button, Tap, hear_tap, payload, read_payload

__all__ = [
    "Again",
    "Ask",
    "Button",
    "Correction",
    "Heard",
    "PlaceFinder",
    "Tap",
    "ask",
    "ask_again",
    "chat_questions",
    "find_correction",
    "find_refusal",
    "hear_ahead",
    "hear_tap",
    "list_buttons",
    "next_question",
    "parse_answer",
    "payload",
    "read_payload",
    "summary",
]
