"""Every message is said in English too, and what is compiled is what the parts say."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from tools import messages

PLACE = re.compile(r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*\}|%[sd]")


@pytest.fixture(scope="module")
def parts() -> Catalog:
    return messages.read_parts()


def said(catalogue: Catalog) -> dict[str, tuple[str, ...]]:
    """What a catalogue says, by its Vietnamese (singular) message; the header is left out."""
    return {
        _forms(message.id)[0]: (*_forms(message.id), *_forms(message.string))
        for message in catalogue
        if message.id and all(_forms(message.string))
    }


def _forms(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_message_has_its_english(parts: Catalog) -> None:
    absent = messages.missing(parts)
    assert not absent, "\n".join(f"{path}: {message}" for message, path in absent.items())


def test_the_compiled_catalogue_is_what_the_parts_say(parts: Catalog) -> None:
    fresh = read_mo(BytesIO(messages.compiled(parts)))
    with (messages.FOLDER / "django.mo").open("rb") as file:
        kept = read_mo(file)
    assert said(kept) == said(fresh) == said(parts), "run: python -m tools.messages"


def test_the_joined_text_is_what_the_parts_say(parts: Catalog) -> None:
    with (messages.FOLDER / "django.po").open("rb") as file:
        kept = read_po(file, locale="en")
    assert said(kept) == said(parts), "run: python -m tools.messages"


def test_compiling_twice_gives_the_same_bytes() -> None:
    assert messages.compiled(messages.read_parts()) == messages.compiled(messages.read_parts())


def test_english_keeps_the_placeholders(parts: Catalog) -> None:
    wrong = []
    for message in parts:
        if message.id:
            asked = {place for form in _forms(message.id) for place in PLACE.findall(form)}
            wrong += [
                f"{_forms(message.id)[0]!r} -> {form!r}"
                for form in _forms(message.string)
                if set(PLACE.findall(form)) != asked
            ]
    assert not wrong, "\n".join(wrong)
