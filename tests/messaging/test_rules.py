from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.messaging import rules, templates

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


class TestPermission:
    def test_unknown_channel_may_not_send(self):
        assert rules.may_send(None, at=AT, has_consent=True).reason == "NO_RULE"

    def test_window_closes(self):
        rule = rules.Rule(True, False, window_hours=48)

        assert rules.may_send(rule, at=AT, has_consent=False, last_in_at=AT - timedelta(hours=48)).is_given
        assert (
            rules.may_send(rule, at=AT, has_consent=False, last_in_at=AT - timedelta(hours=49)).reason
            == "WINDOW_CLOSED"
        )
        assert rules.may_send(rule, at=AT, has_consent=False).reason == "WINDOW_CLOSED"

    @pytest.mark.parametrize(("hour", "from_hour"), [(22, 24), (15, 24), (20, 24)])
    def test_night_ends_at_seven(self, hour, from_hour):
        rule = rules.Rule(True, False, day_from=time(7), day_to=time(22))
        found = rules.may_send(rule, at=AT.replace(hour=hour), has_consent=True)

        assert (found.reason, found.from_at) == ("NIGHT", AT.replace(hour=0) + timedelta(hours=from_hour))

    def test_too_many_a_day(self):
        rule = rules.Rule(True, False, max_per_day=3)

        assert rules.may_send(rule, at=AT, has_consent=True, sent_today=2).is_given
        assert rules.may_send(rule, at=AT, has_consent=True, sent_today=3).reason == "TOO_MANY"


class TestTexts:
    def test_renders_names_only(self):
        assert rules.render("{a} {b.c} {d[0]} {x}{", {"a": 1, "b": 2}) == "1 {b.c} {d[0]} {"
        assert rules.placeholders("{a} và {b}") == {"a", "b"}

    @given(st.text(max_size=400), st.integers(5, 60))
    def test_splitting_loses_no_word_and_keeps_the_limit(self, text, limit):
        parts = rules.split_text(text, limit)

        assert all(len(part) <= limit for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())

    def test_languages_must_agree_on_placeholders(self):
        with pytest.raises(ValueError, match="placeholders"):
            templates.declare(templates.Template("x", "{a}", "{b}"))

    def test_declared_code_is_taken(self):
        with pytest.raises(ValueError, match=r"proof\.code"):
            templates.declare(templates.Template("proof.code", "a", "b"))


class TestRetries:
    @given(st.integers(1, 30), st.text(max_size=10))
    def test_delay_grows_and_stays_bounded(self, attempts, seed):
        delay = rules.retry_delay(attempts, seed)

        assert rules.FIRST_DELAY <= delay <= rules.LONGEST_DELAY * 1.5

    @given(st.lists(st.sampled_from(sorted(rules.RANK)), max_size=20))
    def test_receipts_in_any_order_never_lower_a_state(self, receipts):
        state, ranks = "SENT", []
        for new in receipts:
            if rules.outranks(new, state):
                state = new
            ranks.append(rules.RANK[state])

        assert ranks == sorted(ranks)
