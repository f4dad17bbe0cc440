"""Names of people: after "tên", "tôi là", or a whole message that begins with a family name. Kept as typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from motcua.assistant.understanding import tables
from motcua.assistant.understanding.slots.spans import Kind, Slot

FAMILY_NAMES = tables.words("family_names")
_WORD = r"[^\W\d_]+"
_AFTER = re.compile(
    r"\b(?:(?:ho (?:va )?ten|ten)(?: (?:cua )?(?:toi|em|minh|anh|chi|chau|khach hang|chu ho|nguoi dung ten|day du))?(?: la|:)?"
    r"|(?:toi|em|minh|chau|tui) (?:ten )?la|dung ten(?: la|:)?)\s*:?\s+"
)
_STOP = tables.words("name_stops")
_NOT_NAMES = frozenset(
    {"gi", "sao", "ai", "nao", "nguoi", "khach", "chu", "hop", "hoa", "cong", "dong", "dien", "tren"}
)

_WORDS_LIKE_NAMES = frozenset(
    {"đồ", "đó", "độ", "đo", "đợ", "hộ", "bụi", "đáng", "vỏ", "máy", "mái", "phần", "lỗ", "bù"}
)
_NOT_IN_NAMES = (_STOP | _NOT_NAMES) - {"a", "nam", "la", "cong", "tren", "ma"}


def find(text: str, folded: str) -> Iterator[Slot]:
    for found in _AFTER.finditer(folded):
        name = _name_at(text, folded, found.end())
        if name:
            yield name
    words = folded.split()
    if 2 <= len(words) <= 5 and words[0] in FAMILY_NAMES and all(re.fullmatch(_WORD, word) for word in words):
        start = len(text) - len(text.lstrip())
        if not _NOT_IN_NAMES & set(words[1:]) and not _is_another_word(text.strip()):
            yield Slot(Kind.NAME, text.strip(), start, start + len(text.strip()))


def _is_another_word(name: str) -> bool:
    """ "đồ lừa đảo", "do bố mất" are no Đỗ; without any marks "do van an" may be one."""
    first = name.split()[0]
    return first in _WORDS_LIKE_NAMES or (first == "do" and not name.isascii())


def _name_at(text: str, folded: str, start: int) -> Slot | None:
    """Two to five words of letters from here: the first a family name, or all written with capitals."""
    words: list[re.Match[str]] = []
    for found in re.finditer(rf"{_WORD}|[^\s\w]", folded[start:]):
        word = found.group()
        if not word.isalpha() or (word in _STOP and word not in FAMILY_NAMES) or len(words) == 5:
            break
        if words and folded[start + words[-1].end() : start + found.start()] != " ":
            break
        words.append(found)
    if len(words) < 2 or words[0].group() in _NOT_NAMES:
        return None
    begin, end = start + words[0].start(), start + words[-1].end()
    name = text[begin:end]
    is_capital = all(part[0].isupper() for part in name.split())
    if _is_another_word(name) or (words[0].group() not in FAMILY_NAMES and not is_capital):
        return None
    return Slot(Kind.NAME, name, begin, end)
