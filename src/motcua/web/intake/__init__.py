"""Taking in a request for somebody who stands at a counter or calls: the form is one, the doors are three."""

from motcua.web.intake.page import CALL, COUNTER, DESK, Door, code_word_of, form

__all__ = ["CALL", "COUNTER", "DESK", "Door", "code_word_of", "form"]
