"""Secrets short enough to type or say: codes to sign in and to resume, digits for a text message, code words.

They are drawn from the system's randomness. None is long: whoever checks one must limit the tries, let it
expire and compare with `same_code` or `same_code_word`.
"""

from __future__ import annotations

import hmac
import random
import re
import secrets

from motcua.kernel import vietnamese

# No 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: nothing that looks like something else on a cheap screen or in
# handwriting.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"

# Things and their looks, all of one syllable, no two alike without marks or where l and n, s and x, ch and
# tr, d, gi and r are spoken alike.
_THINGS = (
    "áo", "bàn", "bánh", "bát", "bắp", "bè", "bếp", "bí", "bò", "bông", "bút", "cam", "cá",
    "cầu", "cây", "chợ", "cối", "công", "cốc", "cửa", "dao", "dép", "diều", "dừa",
    "đàn", "đá", "đèn", "đồi", "đường", "gạo", "gấu", "ghế", "giày", "gió", "hạt",
    "hành", "hoa", "hồ", "hươu", "kéo", "kho", "khóa", "kính", "lá", "lúa", "mai",
    "mây", "măng", "mèo", "mía", "mưa", "mực", "ngan", "ngô", "ngựa", "nhà", "nhãn", "nho",
    "ong", "ổi", "ốc", "phố", "quả", "quạt", "quýt", "sách", "sao", "sen", "sông", "tàu", "táo",
    "tằm", "thỏ", "thóc", "thuyền", "tỏi", "tôm", "tranh", "tre", "tủ", "vải", "ve", "vịt", "voi",
    "võng", "vườn", "xoài", "yến",
)  # fmt: skip
_LOOKS = (
    "bạc", "bay", "biếc", "bình", "cao", "chín", "chung", "cong", "cũ", "dài", "dẻo", "đẹp", "đen",
    "đỏ", "đông", "gần", "giòn", "hiền", "hồng", "hè", "khéo", "khô", "khỏe", "lam", "lành",
    "lớn", "mát", "mềm", "mới", "mỏng", "ngắn", "ngoan", "ngon", "ngọt", "nhanh", "nhẹ", "nhỏ",
    "nóng", "ngà", "phẳng", "quê", "quen", "sáng", "sâu", "tím", "thẳng", "thơm", "thấp", "to",
    "tròn", "trong", "tươi", "vàng", "vui", "vuông", "xanh", "xinh", "xuân", "yên", "bền", "chăm",
    "dịu", "đầy", "ấm",
)  # fmt: skip

_SOUND_ALIKE = (("gi", "d"), ("r", "d"), ("ch", "tr"), ("x", "s"), ("l", "n"))


def access_code(length: int = 8, rng: random.Random | None = None) -> str:
    """A code to type, in groups of four: "K7MA-9QDT". Eight symbols are 36 bits."""
    source = rng or secrets.SystemRandom()
    symbols = "".join(source.choice(ALPHABET) for _ in range(length))
    return "-".join(symbols[i : i + 4] for i in range(0, length, 4))


def clean_access_code(text: str) -> str:
    """What was typed, as it would have been issued: upper case, groups of four."""
    symbols = re.sub(r"[^0-9A-Z]", "", text.upper())
    return "-".join(symbols[i : i + 4] for i in range(0, len(symbols), 4))


def digit_code(length: int = 6, rng: random.Random | None = None) -> str:
    """Digits for a text message."""
    source = rng or secrets.SystemRandom()
    return "".join(source.choice("0123456789") for _ in range(length))


def token(bytes_of_entropy: int = 32) -> str:
    """A long secret for cookies and links; only its hash is stored."""
    return secrets.token_urlsafe(bytes_of_entropy)


def spoken_code_word(rng: random.Random | None = None) -> str:
    """Two Vietnamese words, easy to say and to keep in mind: "mèo vàng"."""
    source = rng or secrets.SystemRandom()
    return f"{source.choice(_THINGS)} {source.choice(_LOOKS)}"


def same_code(left: str, right: str) -> bool:
    """Equal, without telling by the time taken how much of it was."""
    return hmac.compare_digest(left.encode(), right.encode())


def same_access_code(typed: str, issued: str) -> bool:
    return same_code(clean_access_code(typed), clean_access_code(issued))


def sound_key(words: str) -> str:
    """Words without marks, with the consonants that some regions speak alike written alike."""
    return " ".join(_sound(word) for word in vietnamese.tokens(words))


def same_code_word(said: str, issued: str) -> bool:
    """True when the words heard or typed are the code word, with or without marks."""
    return same_code(sound_key(said), sound_key(issued))


def code_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The first and the second words there are."""
    return _THINGS, _LOOKS


def _sound(word: str) -> str:
    for written, spoken in _SOUND_ALIKE:
        if word.startswith(written):
            return spoken + word[len(written) :]
    return word
