"""Nothing personal reaches a log, whoever writes the line."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from motcua.config import logging as motcua_logging


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]):
    structlog.reset_defaults()
    motcua_logging.configure("json")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    motcua_logging.forget()
    structlog.reset_defaults()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, motcua_logging._Output):
            logging.getLogger().removeHandler(handler)


class TestMaskText:
    @pytest.mark.parametrize(
        "text",
        [
            "0901234567", "0901 234 567", "0901.234.567", "+84901234567", "+84 901 234 567", "84901234567",
            "024 3825 1234", "001190001234", "0011 9000 1234", "123456789", "hoa.nguyen@example.vn",
        ],
    )  # fmt: skip
    def test_hides_phones_identity_numbers_and_mail(self, text: str) -> None:
        assert motcua_logging.mask_text(f"gọi {text} nhé") == "gọi *** nhé"

    @pytest.mark.parametrize(
        "text",
        [
            "018f3e1a-0000-7000-8000-123456789012", "HN26-000123-K", "2026-11-22T16:40:31.286121Z",
            "1234567 đ",
            "PD01000012345", "took 0.123456 s", "port 8001", "staff:018f3e1a-0000-7000-8000-123456789012",
        ],
    )  # fmt: skip
    def test_leaves_codes_instants_and_amounts(self, text: str) -> None:
        assert motcua_logging.mask_text(text) == text

    def test_hides_the_values_of_a_broken_constraint(self) -> None:
        said = "DETAIL:  Key (channel, address)=(sms, Phố Huế 12) already exists."

        assert motcua_logging.mask_text(said) == "DETAIL:  Key (channel, address)=(***) already exists."

    def test_hides_passwords_in_addresses(self) -> None:
        assert (
            motcua_logging.mask_text("postgresql://app:s3cret@db/motcua") == "postgresql://app:***@db/motcua"
        )

    @given(st.integers(min_value=0, max_value=10**9 - 1))
    def test_hides_every_mobile_number(self, number: int) -> None:
        assert f"{number:09d}" not in motcua_logging.mask_text(f"to=0{number:09d};")


class TestLines:
    def test_hides_personal_fields_at_any_depth(self, lines) -> None:
        structlog.get_logger("motcua.test").info(
            "request.submitted",
            full_name="Nguyễn Thị Hoa",
            answers={"a": 1},
            facts={"phone": "0901234567", "step": "pay"},
        )

        (line,) = lines()
        assert line["full_name"] == line["answers"] == "***"
        assert line["facts"] == {"phone": "***", "step": "pay"}
        assert line["event"] == "request.submitted"

    def test_libraries_lines_are_masked_too(self, lines) -> None:
        logging.getLogger("some.library").warning("sending to %s", "0901234567", extra={"request": object()})

        (line,) = lines()
        assert line["event"] == "sending to ***"
        assert "request" not in line

    def test_tracebacks_are_masked(self, lines) -> None:
        try:
            raise ValueError("no customer 0901234567")
        except ValueError:
            structlog.get_logger("motcua.test").exception("job.failed")

        (line,) = lines()
        assert "0901234567" not in json.dumps(line)
        assert "ValueError: no customer ***" in line["exception"]

    def test_what_is_bound_stands_on_every_line_until_forgotten(self, lines) -> None:
        log = structlog.get_logger("motcua.test")
        motcua_logging.bind(request_id="r-1", company="HANOI", actor="staff:7")
        log.info("one")
        motcua_logging.forget()
        log.info("two")

        one, two = lines()
        assert (one["request_id"], one["company"], one["actor"]) == ("r-1", "HANOI", "staff:7")
        assert "company" not in two
