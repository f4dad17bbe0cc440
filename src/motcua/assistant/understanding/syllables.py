"""Which folded letters can be a Vietnamese syllable, and what raw Telex or VNI keys were meant to be."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from motcua.assistant.understanding import tables

_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec em en eng enh eo ep et eu ech i ia ich iec iem ien ieng iep iet "
    "ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong op "
    "ot u ua uan uang uat uay ue uech uenh uc ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych "
    "uyen uyet uyn uynh uyt uyu y yem yen yeng yet yeu "
)
_AFTER_Q = "a ac ach ai an ang anh ao ap at au ay e ec en eo et enh ech y yen yet ynh yt oc o it in "
_AFTER_GI = (
    "a ac ai am an ang anh ao ap at au ay e ec eng eo ep et eu o oc oi ong ot u ua uc um un uong uoc ut up "
)
_ONSETS = "b c ch d g gh h k kh l m n ng ngh nh p ph r s t th tr v x "
_FRONT = ("e", "i", "y")
# The rime "oong" exists, in these few words alone; else it is "ông" typed raw.
_OONG = frozenset({"xoong", "boong", "coong", "goong", "soong"})


@cache
def _possible() -> frozenset[str]:
    found = set(_RIMES.split()) | _OONG
    for onset in _ONSETS.split():
        for rime in _RIMES.split():
            front = rime.startswith(_FRONT)
            if onset in ("c", "g", "ng") and front and not (onset == "g" and rime.startswith("i")):
                continue
            if onset in ("k", "gh", "ngh") and not front:
                continue
            found.add(onset + rime)
    found |= {"qu" + rime for rime in _AFTER_Q.split()}
    found |= {"gi" + rime for rime in _AFTER_GI.split()} | {"gi", "gin", "giet", "gieng", "gieu"}
    return frozenset(found)


def is_syllable(folded: str) -> bool:
    """True when these folded letters can be a Vietnamese syllable."""
    return folded in _possible()


# ---- raw keys

_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "s", "2": "f", "3": "r", "4": "x", "5": "j"}
_VOWELS = "aeiouyăâêôơư"
_PAIRS = {"aa": "â", "ee": "ê", "oo": "ô", "dd": "đ"}
_VNI_SHAPES = {("a", "6"): "â", ("e", "6"): "ê", ("o", "6"): "ô", ("o", "7"): "ơ", ("u", "7"): "ư"}
_VNI = re.compile(r"[a-z]{1,4}[a-z1-9]*[1-9][a-z1-9]*")


def decode(token: str, *, with_vni: bool = True) -> str | None:
    """The syllable meant by raw Telex ("ddieenj") or VNI ("d9ie6n5") keys, with marks; None when it is none.

    A token that can be a syllable as it stands is left alone, so that "mai", "toi" and "dien" never change.
    """
    if not token.isascii() or len(token) < 2 or len(token) > 10 or token in tables.words("foreign"):
        return None
    if token.isalpha():
        return None if is_syllable(token) else _checked(_telex(token))
    return _checked(_vni(token)) if with_vni and _VNI.fullmatch(token) else None


def _checked(found: tuple[str, str] | None) -> str | None:
    if found is None:
        return None
    letters, tone = found
    marked = _with_tone(letters, tone)
    return marked if is_syllable(fold_syllable(letters)) else None


def fold_syllable(letters: str) -> str:
    spread = unicodedata.normalize("NFD", letters)
    return "".join(c for c in spread if not unicodedata.combining(c)).replace("đ", "d")


def _telex(token: str) -> tuple[str, str] | None:
    """Letters and tone of raw Telex keys; None without any key of Telex in it."""
    tone, kept = "", []
    for at, letter in enumerate(token):
        seen_vowel = any(c in "aeiouy" for c in token[:at])
        if letter in _TONES and seen_vowel and not (letter == "r" and token[at - 1 : at] == "t"):
            tone = letter
        else:
            kept.append(letter)
    letters = _joined_pairs("".join(kept))
    letters = _with_horns(letters)
    return (letters, tone) if letters != token or tone else None


def _joined_pairs(letters: str) -> str:
    """ "dieen" and "dien" + "e" to "diên": a vowel doubled at once or after the final consonant."""
    if letters.startswith("d") and letters.count("d") == 2:
        letters = "đ" + letters[1:].replace("d", "", 1)
    for pair, meant in _PAIRS.items():
        if pair != "dd":
            letters = letters.replace(pair, meant)
    late = re.fullmatch(r"(.*?)([aeo])([iuy]?(?:ng|nh|ch|[cmnptiuy]))\2", letters)
    return f"{late[1]}{_PAIRS[late[2] * 2]}{late[3]}" if late else letters


def _with_horns(letters: str) -> str:
    if "w" not in letters:
        return letters
    bare = letters.replace("w", "")
    if "uo" in bare and not bare.startswith("qu"):
        return bare.replace("uo", "ươ")
    for plain, meant in (("u", "ư"), ("o", "ơ"), ("a", "ă")):
        if plain + "w" in letters:
            return bare.replace(plain, meant, 1) if plain != "u" or not bare.startswith("qu") else bare
    for plain, meant in (("a", "ă"), ("o", "ơ"), ("u", "ư")):
        if plain in bare:
            return bare.replace(plain, meant, 1)
    return letters.replace("w", "ư")


def _vni(token: str) -> tuple[str, str] | None:
    tone, kept = "", ""
    for letter in token:
        if not letter.isdigit():
            kept += letter
        elif letter in _VNI_TONES and any(c in _VOWELS for c in kept):
            tone = _VNI_TONES[letter]
        elif letter == "9" and "d" in kept:
            kept = kept.replace("d", "đ", 1)
        else:
            shaped = _shape(kept, letter)
            if shaped is None:
                return None
            kept = shaped
    return kept, tone


def _shape(kept: str, digit: str) -> str | None:
    if digit == "7" and "uo" in kept:
        return kept.replace("uo", "ươ")
    if digit == "8" and "a" in kept:
        return kept.replace("a", "ă")
    for at in range(len(kept) - 1, -1, -1):
        meant = _VNI_SHAPES.get((kept[at], digit))
        if meant:
            return kept[:at] + meant + kept[at + 1 :]
    return None


def _with_tone(letters: str, tone: str) -> str:
    """The tone on the vowel that carries it."""
    if not tone:
        return letters
    places = [at for at, c in enumerate(letters) if c in _VOWELS]
    if letters.startswith(("qu", "gi")) and len(places) > 1:
        places = places[1:]
    if not places:
        return letters
    strong = [at for at in places if letters[at] in "ăâêôơư"]
    if strong:
        at = strong[-1]
    elif places[-1] == len(letters) - 1 and len(places) > 1:
        at = places[-2]
    else:
        at = places[-1]
    return unicodedata.normalize("NFC", letters[: at + 1] + _TONES[tone] + letters[at + 1 :])
