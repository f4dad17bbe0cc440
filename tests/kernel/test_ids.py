"""UUID version 7."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.kernel import ids

AT = datetime(2026, 11, 2, 2, 15, 0, 123_456, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


class TestNewId:
    def test_has_the_layout_of_the_standard(self):
        made = ids.new_id(AT)

        assert made.version == 7
        assert made.variant == "specified in RFC 4122"
        assert made.int >> 80 == int(AT.timestamp() * 1000)

    def test_many_of_one_instant_sort_in_the_order_made(self):
        made = [ids.new_id(AT) for _ in range(20_000)]

        assert made == sorted(made)
        assert len(set(made)) == len(made)

    @given(st.lists(INSTANTS, min_size=2, max_size=20, unique=True))
    def test_sorts_by_instant_to_the_microsecond(self, instants):
        by_id = sorted(instants, key=ids.new_id)

        assert by_id == sorted(instants)

    @given(INSTANTS)
    def test_tells_when_it_was_made(self, at):
        assert timedelta(0) <= at - ids.instant_of(ids.new_id(at)) < timedelta(milliseconds=1)

    def test_threads_get_different_ids(self):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: ids.new_id(AT), range(4_000)))

        assert len(set(made)) == 4_000

    def test_sorts_as_text_as_well(self):
        made = [ids.new_id(AT + timedelta(milliseconds=n)) for n in range(100)]

        assert sorted(map(str, made)) == [str(one) for one in made]

    def test_refuses_what_is_no_instant(self):
        with pytest.raises(ValueError, match="zone"):
            ids.new_id(datetime(2026, 1, 1))
        with pytest.raises(ValueError, match="1970"):
            ids.new_id(datetime(1969, 1, 1, tzinfo=UTC))
        with pytest.raises(ValueError, match="version 7"):
            ids.instant_of(uuid4())


class TestParseId:
    def test_reads_ids_and_nothing_else(self):
        made = ids.new_id(AT)

        assert ids.parse_id(str(made)) == ids.parse_id(f" {made} ") == ids.parse_id(made) == made
        assert [ids.parse_id(text) for text in ("", "x", None, 5, "../../etc")] == [None] * 5
        assert isinstance(ids.parse_id(made.hex), UUID)
