"""Raw keys, short forms, stuck words: every way of typing comes to the same plain words."""

import pytest

from motcua.assistant.understanding import syllables, tables
from motcua.assistant.understanding.normalising import compose, spell
from motcua.kernel.vietnamese import fold

KNOWN = frozenset(["mat", "dien", "roi", "toi", "muon", "mua", "cup", "tu", "sang"])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Mất điện rồi ạ!", "mat dien roi a"),
        ("mua ddieenj", "mua dien"),
        ("nhà em maats dien roofi ad owi", "nha em mat dien roi ad oi"),
        ("tooi muoons mua ddieenj", "toi muon mua dien"),
        ("d9ie6n5 nha2 em bi5 ma6t1 ro62i", "dien nha em bi mat roi"),
        ("matdien roiii", "mat dien roi"),
        ("cong to hong", "cong to hong"),
        ("co dien chua hong", "co dien chua khong"),
        ("ad oi tien dien t9 bn v", "ad oi tien dien thang 9 bao nhieu vay"),
        ("bn oi", "ban oi"),
        ("k co dien 300k", "khong co dien 300 k"),
        ("dk mua điện dc k", "dang ky mua dien duoc khong"),
        ("mã kh", "ma khach hang"),
        ("ký lại hd", "ky lai hop dong"),
        ("gửi hd qua mail", "gui hoa don qua mail"),
        ("khoong cos ddieenj", "khong co dien"),
        ("ok 😀😀 :))", "ok emoji emoji"),
        ("alooooo", "alo"),
        ("HÓA ĐƠN", "hoa don"),
        ("what is the price of one meter", "what is the price of one meter"),
        ("wifi taxi max", "wifi taxi max"),
        ("nhà trong hẻm", "nha trong hem"),
    ],
)
def test_plain_words(text, plain):
    assert spell(text, KNOWN).text == plain


@pytest.mark.parametrize(
    "word",
    [
        "mất",
        "điện",
        "rồi",
        "muốn",
        "được",
        "khiếu",
        "nghiêng",
        "quá",
        "giờ",
        "đường",
        "trưởng",
        "chuyển",
        "xuống",
        "thuê",
        "ngừng",
    ],
)
def test_raw_keys_and_back(word):
    from motcua.assistant.understanding.evaluating import telex

    keys = telex(word)
    assert keys.isascii()
    assert syllables.decode(keys) in (word, None) or fold(syllables.decode(keys)) == fold(word)
    assert spell(keys).text == fold(word)


@pytest.mark.parametrize(
    "token", ["dien", "mai", "toi", "hoa", "xoong", "taxi", "a", "pd01000123456", "12a3"]
)
def test_what_is_no_raw_key_is_left(token):
    assert syllables.decode(token) is None


def test_decomposed_letters_and_odd_spaces_are_composed():
    import unicodedata

    assert compose(unicodedata.normalize("NFD", "điện\u00a0lực\u200b")) == "điện lực"


def test_no_short_form_is_a_common_syllable():
    known_exceptions = {"hong", "hem", "xai", "dum", "them"}
    found = {
        key
        for key in tables.abbreviations()
        if len(key) >= 3 and syllables.is_syllable(key) and key not in known_exceptions
    }
    assert found <= {
        "gium",
        "hok",
        "nhiu",
        "roai",
        "mun",
        "zum",
        "khum",
        "dag",
        "cug",
        "nhg",
        "hoy",
        "cung",
    }, found
