"""Yes and no, to be asked only while a question waits for them."""

from __future__ import annotations

from motcua.assistant.understanding.slots.spans import Kind, Slot


def find(text: str) -> Slot | None:
    """The whole message as a yes or a no, else None. "dạ" alone is politeness and counts for neither."""
    from motcua.assistant import wording  # its tables of polite words know both

    if wording.fold(text) in ("da", "vang a", "a", "da vang a"):
        return None
    meant = wording.yes_or_no(text)
    return None if meant is None else Slot(Kind.YES_NO, "yes" if meant else "no", 0, len(text))
