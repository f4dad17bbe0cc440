"""What a stored answer may look like: lengths, forms, the edges of the map."""

from __future__ import annotations

from motcua.services.declaration import Question, QuestionType

# Used when a declaration sets no limit of its own.
USUAL_LENGTHS = {QuestionType.TEXT: 200, QuestionType.LONG_TEXT: 4000, QuestionType.PERSON_NAME: 80}
PLACE_TEXT_LENGTH = 300
PLACE_PART_LENGTH = 120
EMAIL_LENGTH = 254

ID_NUMBER = r"^(0[0-9]{2}[0-3][0-9]{8}|[0-9]{9})$"
ACCOUNT_CODE = r"^P[A-Z][0-9A-Z]{4}[0-9]{7}$"
EMAIL = r"^[A-Za-z0-9_.+%-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}\+07:00$"
# Mainland, islands and sea of Vietnam, generously.
LATITUDES = (6.0, 24.0)
LONGITUDES = (102.0, 118.0)


def limit_of(question: Question) -> int:
    """The most characters an answer in words may have."""
    return question.max_length or USUAL_LENGTHS.get(question.type, PLACE_TEXT_LENGTH)
