"""Reading YAML without losing where each value stood, so that an error can name its file and line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import yaml

from motcua.kernel import expressions
from motcua.kernel.worktime import Span
from motcua.services.declaration import Text

SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times faster

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


@dataclass(frozen=True, order=True)
class DeclarationError:
    """What is wrong with a declaration, and where."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass
class Sheet:
    """One file being read: its errors so far, and the line of everything built from it."""

    file: str
    errors: list[DeclarationError] = field(default_factory=list)
    _lines: dict[tuple[int, str], int] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)

    def error(self, line: int, message: str) -> None:
        found = DeclarationError(self.file, line, message)
        if found not in self.errors:
            self.errors.append(found)

    def mark(self, built: T, reader: Reader) -> T:
        """Remember the lines of an object and of its keys; the object is kept, so its id stays its own."""
        self._kept.append(built)
        self._lines[id(built), ""] = reader.line
        for key, line in reader.key_lines.items():
            self._lines[id(built), key] = line
        return built

    def line_of(self, built: object, key: str = "") -> int:
        return self._lines.get((id(built), key)) or self._lines.get((id(built), ""), 1)


class Reader:
    """Typed access to one YAML mapping. A wrong value is noted, and a harmless one returned instead."""

    def __init__(self, node: yaml.MappingNode, sheet: Sheet, loader: yaml.SafeLoader) -> None:
        self.line = node.start_mark.line + 1
        self.sheet = sheet
        self.key_lines: dict[str, int] = {}
        self._loader = loader
        self._nodes: dict[str, yaml.Node] = {}
        self._asked: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in self._nodes:
                sheet.error(line, f'the key "{key}" stands here twice')
            self._nodes[key] = value_node
            self.key_lines[key] = line

    def has(self, key: str) -> bool:
        return key in self._nodes

    def line_of(self, key: str) -> int:
        return self.key_lines.get(key, self.line)

    def error(self, key: str, message: str) -> None:
        self.sheet.error(self.line_of(key), message)

    def refuse_unknown_keys(self) -> None:
        """To be called last: what nobody asked for is a mistake of spelling or a wish we do not know."""
        for key in self._nodes.keys() - self._asked:
            self.error(key, f'unknown key "{key}"; known here are {", ".join(sorted(self._asked))}')

    # single values

    def string(self, key: str, default: str | None = None) -> str:
        value = self._scalar(key, default, str, "a text; put it in quotes")
        return value.strip()

    def integer(self, key: str, default: int | None = None) -> int:
        return self._scalar(key, default, int, "a whole number")

    def maybe_integer(self, key: str) -> int | None:
        return self.integer(key) if self._present(key) else None

    def boolean(self, key: str, default: bool) -> bool:
        return self._scalar(key, default, bool, "true or false")

    def maybe_decimal(self, key: str) -> Decimal | None:
        if not self._present(key):
            return None
        value = self._construct(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.error(key, f'"{key}" must be a number')
            return None
        return Decimal(str(value))

    def day(self, key: str) -> date:
        if not self._present(key):
            self.error(key, f'"{key}" is missing')
            return date.min
        value = self._construct(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.error(key, f'"{key}" must be a date such as 2025-02-08')
        return date.min

    def maybe_day(self, key: str) -> date | None:
        return self.day(key) if self._present(key) else None

    def span(self, key: str) -> Span:
        text = self.string(key)
        try:
            return Span.parse(text)
        except ValueError as problem:
            if text:
                self.error(key, str(problem))
            return Span(0, "day")

    def maybe_span(self, key: str) -> Span | None:
        return self.span(key) if self._present(key) else None

    def one_of(self, key: str, kind: type[E], default: E | None = None) -> E:
        written = self.string(key, default.value if default is not None else None)
        return self._as_member(key, written, kind)

    def some_of(self, key: str, kind: type[E]) -> tuple[E, ...]:
        return tuple(self._as_member(key, written, kind) for written in self.strings(key))

    def condition(self, key: str, *, required: bool = False) -> expressions.Condition:
        if not self._present(key):
            if required:
                self.error(key, f'"{key}" is missing')
            return expressions.ALWAYS
        try:
            return expressions.parse(self._construct(key))
        except expressions.ExpressionError as problem:
            self.error(key, f'"{key}" is no condition: {problem}')
            return expressions.ALWAYS

    # bilingual texts

    def text(self, key: str) -> Text:
        if not self._present(key):
            self.error(key, f'"{key}" is missing')
            return Text("", "")
        node = self._nodes[key]
        if not isinstance(node, yaml.MappingNode):
            self.error(key, f'"{key}" must give the text in both languages: vi and en')
            return Text("", "")
        inner = Reader(node, self.sheet, self._loader)
        written = {}
        for lang in ("vi", "en"):
            written[lang] = inner.string(lang, "")
            if not written[lang]:
                inner.error(lang, f'the translation "{lang}" of "{key}" is missing')
        inner.refuse_unknown_keys()
        return Text(**written)

    def maybe_text(self, key: str) -> Text | None:
        return self.text(key) if self._present(key) else None

    # lists and mappings

    def strings(self, key: str) -> tuple[str, ...]:
        if not self._present(key):
            return ()
        value = self._construct(key)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.error(key, f'"{key}" must be a list of texts')
        return ()

    def mapping(self, key: str) -> Reader | None:
        if not self._present(key):
            return None
        node = self._nodes[key]
        if isinstance(node, yaml.MappingNode):
            return Reader(node, self.sheet, self._loader)
        self.error(key, f'"{key}" must be a mapping')
        return None

    def each(self, key: str, build: Callable[[Reader], T]) -> tuple[T, ...]:
        """Build something from every mapping of a list, and remember its lines."""
        if not self._present(key):
            return ()
        node = self._nodes[key]
        if not isinstance(node, yaml.SequenceNode):
            self.error(key, f'"{key}" must be a list')
            return ()
        built = []
        for item in node.value:
            if not isinstance(item, yaml.MappingNode):
                self.sheet.error(item.start_mark.line + 1, f'each entry of "{key}" must be a mapping')
                continue
            reader = Reader(item, self.sheet, self._loader)
            built.append(self.sheet.mark(build(reader), reader))
            reader.refuse_unknown_keys()
        return tuple(built)

    def _present(self, key: str) -> bool:
        self._asked.add(key)
        node = self._nodes.get(key)
        return node is not None and node.tag != "tag:yaml.org,2002:null"

    def _construct(self, key: str) -> object:
        try:
            return self._loader.construct_object(self._nodes[key], deep=True)
        except (yaml.YAMLError, ValueError) as problem:
            self.error(key, f'"{key}" cannot be read: {problem}')
            return None

    def _scalar(self, key: str, default: T | None, kind: type[T], wanted: str) -> T:
        if not self._present(key):
            if default is None:
                self.error(key, f'"{key}" is missing')
            return kind() if default is None else default
        value = self._construct(key)
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.error(key, f'"{key}" must be {wanted}')
        return kind()

    def _as_member(self, key: str, written: str, kind: type[E]) -> E:
        try:
            return kind(written)
        except ValueError:
            if written:
                known = ", ".join(member.value for member in kind)
                self.error(key, f'"{written}" is no {key}; known are {known}')
            return next(iter(kind))


BASED_ON = "based_on"


def open_sheet(
    content: str, file: str, find_base: Callable[[int], str | None] | None = None
) -> tuple[Sheet, Reader | None, object]:
    """A file as a sheet, its outermost mapping, and as plain values. Errors are noted, not raised.

    A file that begins with `based_on: <version>` says only what differs: every other key is that version's.
    """
    sheet = Sheet(file)
    try:
        loader = SafeLoader(content)
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            _put_base_under(node, sheet, find_base)
        plain = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        sheet.error(line, f"not readable as YAML: {problem.problem}")
        return sheet, None, None
    except (yaml.YAMLError, ValueError) as problem:
        sheet.error(1, f"not readable as YAML: {problem}")
        return sheet, None, None
    if not isinstance(node, yaml.MappingNode):
        sheet.error(1, "a declaration is a mapping that begins with its code")
        return sheet, None, None
    return sheet, Reader(node, sheet, SafeLoader("")), plain


def _put_base_under(
    node: yaml.MappingNode, sheet: Sheet, find_base: Callable[[int], str | None] | None
) -> None:
    """Take the keys that the file does not have from the version it is based on (which has no base itself)."""
    named = next((pair for pair in node.value if pair[0].value == BASED_ON), None)
    if named is None:
        return
    node.value.remove(named)
    line = named[0].start_mark.line + 1
    wanted = str(named[1].value)
    base = find_base(int(wanted)) if find_base is not None and wanted.isdigit() else None
    below = SafeLoader(base).get_single_node() if base is not None else None
    if not isinstance(below, yaml.MappingNode):
        sheet.error(line, f'there is no version "{wanted}" to be based on')
        return
    if any(key.value == BASED_ON for key, _ in below.value):
        sheet.error(line, f"version {wanted} is itself based on another; name that one")
        return
    own = {key.value for key, _ in node.value}
    node.value.extend(
        (key, value)
        for key, value in below.value
        if key.value not in own | {"version", "valid_from", "valid_to"}
    )
