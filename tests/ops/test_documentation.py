"""The reference pages name every setting, command, option and exit code, and no other."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from motcua.ops import main
from motcua.ops.trouble import Exit
from motcua.requests import registry
from motcua.requests.operations.refusals import REQUIREMENT_SENTENCES
from motcua.services import declaration

ROOT = Path(__file__).resolve().parents[2]
READ_BY_OTHERS = {
    "MOTCUA_REQUIRE_JOURNEYS",
    "MOTCUA_REQUIRE_DEVICE",
    "MOTCUA_CHROMIUM",
    "MOTCUA_TEST_WORKERS",
    "MOTCUA_TEST_SERVER",
}


def sub_commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


class TestSettings:
    def test_each_variable_that_is_read_has_a_line_and_no_other(self) -> None:
        told = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/reference/settings.md").read_text(), re.M))
        read = set(re.findall(r'"([A-Z][A-Z_]{3,})"', (ROOT / "src/motcua/config/env.py").read_text()))

        assert told == read

    def test_those_of_the_test_scripts_are_named(self) -> None:
        text = (ROOT / "docs/reference/settings.md").read_text()

        assert {name for name in READ_BY_OTHERS if name not in text} == set()


class TestCommands:
    def test_each_command_has_a_line_and_no_other(self) -> None:
        text = (ROOT / "docs/reference/commands.md").read_text()
        told = {
            line.split("`")[1].split()[0]
            for line in text.splitlines()
            if line.startswith("| `") and " | " in line
        }
        told -= {code.name for code in Exit}

        assert told == set(sub_commands(main.parser()))

    def test_each_act_and_option_is_named(self) -> None:
        text = (ROOT / "docs/reference/commands.md").read_text()
        missing = []
        for command, parser in sub_commands(main.parser()).items():
            line = next(line for line in text.splitlines() if line.startswith(f"| `{command}"))
            options = [option for action in parser._actions for option in action.option_strings]
            wanted = [o for o in options if o.startswith("--") and o != "--help" and o != "--company"]
            missing += [f"{command} {word}" for word in [*wanted, *sub_commands(parser)] if word not in line]

        assert missing == []

    def test_each_exit_code_has_its_line(self) -> None:
        text = (ROOT / "docs/reference/commands.md").read_text()
        told = {int(n): name for n, name in re.findall(r"^\| (\d+) \| `([A-Z_]+)`", text, re.M)}

        assert told == {int(code): code.name for code in Exit}


class TestServices:
    """How to add a service names what a declaration may name: every effect, every requirement, and no other."""

    HOW_TO = (ROOT / "docs/how-to/add-a-service.md").read_text()

    def told_after(self, words: str) -> set[str]:
        line = self.HOW_TO[self.HOW_TO.index(words) :]
        return set(re.findall(r"`([A-Za-z_]+)`", line[len(words) : line.index(".")]))

    def test_every_registered_effect_is_named_and_no_other(self) -> None:
        assert self.told_after("name what else happens:") == registry.known_effects()

    def test_every_requirement_is_named_has_a_handler_and_a_sentence(self) -> None:
        told = self.told_after("names what must be true before an action:")

        assert told == declaration.REQUIREMENTS == registry.known_requirements() == set(REQUIREMENT_SENTENCES)
