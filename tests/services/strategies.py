"""Random answers: good ones in stored form, and all kinds of bad ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from hypothesis import strategies as st

from motcua.services.declaration import Question, QuestionType

TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "\u200b",
        "a",
        "x" * 5000,
        "Nguyễn Thị Hoa",
        "10/2026",
        "0901234567",
        "12",
        "2026-11-24",
        "PD01000123456",
    ]
)
JUNK = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | TEXTS
    | st.lists(TEXTS, max_size=3)
    | st.dictionaries(
        st.sampled_from(["text", "lat", "lon", "commune", "other"]),
        TEXTS | st.floats(allow_nan=False),
        max_size=4,
    )
)
_WORDS = st.text(st.sampled_from("abcdeăâêôơưđ ắềộ,.0123456789"), min_size=1, max_size=60).filter(
    lambda t: t.strip() != ""
)
_PLACES = st.fixed_dictionaries(
    {"text": st.sampled_from(["Số 12 ngõ 34 phố Tây Sơn", "thôn Đoài, xã Tiên Dương", "cột TS/12A/07"])},
    optional={
        "commune": st.sampled_from(["Đống Đa", "Tiên Dương"]),
        "province_code": st.just("01"),
        "pole_number": st.just("TS/12A/07"),
        "neighbour_account_code": st.just("PD01000123456"),
    },
) | st.just({"text": "vị trí 21.0, 105.8", "lat": 21.0, "lon": 105.8})


def _words_of(question: Question) -> st.SearchStrategy[str]:
    """Words no longer than the question takes."""
    return (
        _WORDS.map(lambda words: words[: question.max_length].strip() or "a")
        if question.max_length
        else _WORDS
    )


def good(question: Question) -> st.SearchStrategy[object]:
    """Values in stored form that should be taken."""
    low = int(question.min) if question.min is not None else -1000
    high = int(question.max) if question.max is not None else 1000
    found: dict[QuestionType, st.SearchStrategy[object]] = {
        QuestionType.TEXT: st.just(question.example) if question.pattern else _words_of(question),
        QuestionType.LONG_TEXT: _WORDS,
        QuestionType.PERSON_NAME: st.sampled_from(["Nguyễn Thị Hoa", "Lê Văn An", "Y Moan", "O'Brien"]),
        QuestionType.PHONE: st.sampled_from(["+84901234567", "+842438251234", "+14155552671"]),
        QuestionType.EMAIL: st.sampled_from(["hoa@evn.com.vn", "a.b+c@mail.example.org"]),
        QuestionType.ID_NUMBER: st.sampled_from(["001185012345", "012345678"]),
        QuestionType.INTEGER: st.integers(low, high),
        QuestionType.DECIMAL: st.integers(low, high) | st.decimals(low, high, places=2).map(float),
        QuestionType.CHOICE: st.sampled_from([option.value for option in question.options] or [""]),
        QuestionType.MULTI: st.lists(
            st.sampled_from([option.value for option in question.options] or [""]), min_size=1, unique=True
        ),
        QuestionType.YES_NO: st.booleans(),
        QuestionType.DATE: st.dates(date(1900, 1, 1), date(2200, 12, 31)).map(str),
        QuestionType.MOMENT: st.just("2026-11-24T10:30+07:00"),
        QuestionType.PLACE: _PLACES,
        QuestionType.ACCOUNT_CODE: st.sampled_from(["PD01000123456", "PEA1B20000007"]),
    }
    return found[question.type]


def answers(questions: Iterable[Question]) -> st.SearchStrategy[dict[str, object]]:
    """Mostly good answers, some bad, some missing."""
    one = {q.name: st.one_of(good(q), good(q), good(q), JUNK) for q in questions}
    return st.fixed_dictionaries({}, optional=one)


def complete(questions: Iterable[Question]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({q.name: good(q) for q in questions})
