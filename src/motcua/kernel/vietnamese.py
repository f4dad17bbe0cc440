"""Vietnamese text: searching without marks, comparing, writing names."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9]+")
_SPACE = re.compile(r"\s+")
_NAME_PART = re.compile(r"[^\s\-'’.]+")


def fold(text: str) -> str:
    """Lower case, marks off, đ to d: "Hoàn Kiếm" and "HOAN KIEM" both give "hoan kiem"."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return bare.lower().replace("đ", "d")


def has_marks(text: str) -> bool:
    """True when the text is written with Vietnamese marks, so that comparing them makes sense."""
    return fold(text) != unicodedata.normalize("NFC", text).lower()


def tokens(text: str) -> list[str]:
    """The folded words and numbers of a text, in order."""
    return _WORD.findall(fold(text))


def search_key(text: str) -> str:
    """The folded words joined by single spaces: what is stored beside a text to find it by."""
    return " ".join(tokens(text))


def ascii_text(text: str) -> str:
    """The same text in ASCII with its case kept, for QR codes and bank lines; other letters become spaces."""
    spread = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return _SPACE.sub(" ", "".join(c if " " <= c <= "~" else " " for c in bare)).strip()


def clean(text: str) -> str:
    """Composed letters, single spaces, no control characters: how typed text is stored."""
    visible = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zs", "Zl", "Zp"} else letter
        for letter in unicodedata.normalize("NFC", text)
        if unicodedata.category(letter) != "Cf"
    )
    return _SPACE.sub(" ", visible).strip()


def titlecase_name(name: str) -> str:
    """A name as it is printed: "NGUYỄN  thị hoa" gives "Nguyễn Thị Hoa"."""

    def capital(found: re.Match[str]) -> str:
        part = found.group()
        first = part[0].upper()
        return (first if len(first) == 1 else part[0]) + part[1:].lower()  # "ß" has no capital of one letter

    return _NAME_PART.sub(capital, clean(name))


def trigrams(text: str) -> frozenset[str]:
    """The trigrams of each word, padded like PostgreSQL's pg_trgm."""
    return frozenset(
        padded[i : i + 3]
        for word in tokens(text)
        for padded in (f"  {word} ",)
        for i in range(len(padded) - 2)
    )


def similarity(left: str, right: str) -> float:
    """How alike two texts are, from 0 to 1, whatever marks and case: shared trigrams of all trigrams."""
    a, b = trigrams(left), trigrams(right)
    if not a or not b:
        return 1.0 if search_key(left) == search_key(right) else 0.0
    return len(a & b) / len(a | b)


def edit_distance(left: str, right: str, limit: int | None = None) -> int:
    """Letters added, lost, changed or swapped with a neighbour between the folded texts.

    With a `limit`, any distance above it is told as limit + 1, sooner.
    """
    a, b = fold(left), fold(right)
    if limit is not None and abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if limit is not None and min(row) > limit and (not last or min(last) > limit):
            return limit + 1
        before, last = last, row
    return last[-1] if limit is None else min(last[-1], limit + 1)
