"""The format as an XML schema, made from the field lists (fields/*.txt), one for each version and kind of document.

The authority publishes no schema: the lists are ours, written from its field tables. A difference that turns up is
mended in the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.sax.saxutils import quoteattr

from lxml import etree

INVOICE = "HDon"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
_FOLDER = Path(__file__).parent / "fields"
_LINE = re.compile(r"^(?P<indent> *)(?P<name>[A-Za-z]+(?:#-?\d+)?)(?P<many>[?*+]?)(?P<rest>.*)$")
_COUNTS = {"": (1, "1"), "?": (0, "1"), "*": (0, "unbounded"), "+": (1, "unbounded")}

PATTERNS = {
    "tax": r"\d{10}(-\d{3})?|\d{12}",
    "symbol": r"[CK]\d{2}[A-Z]{3}",
    "vat": r"0%|5%|8%|10%|KCT|KKKNT|KHAC:\d{1,2}(\.\d{1,2})?%",
    "nature": r"[1-5]",
    "kind": r"-1|\d{1,3}",
    "message": r"[VK](\d{10}|\d{13})[0-9A-F]{32}",
}
# Groups that stand in many places.
MACROS = {
    "other": "TTin+\n  TTruong s255\n  KDLieu e:string|numeric|dateTime|date\n  DLieu t2000",
    "reasons": "LDo+\n  MLoi s4\n  MTa? s255\n  HDXLy? s255\n  GChu? s255",
    "faulty": "DSHDon+\n  HDon+\n    STT? n6\n    KHMSHDon? s11\n    KHHDon? s8\n    SHDon? s8\n    NLap? d\n    DSLDo? &reasons",
}


@dataclass
class Node:
    """An element of the list with those below it."""

    name: str
    least: int
    most: str
    has_id: bool = False
    id_optional: bool = False
    type: str = ""
    since: str = ""
    children: list[Node] = field(default_factory=list)

    def holds(self, version: str) -> bool:
        return not self.since or _order(version) >= _order(self.since)


class Misshapen(ValueError):
    """A document that does not follow the format, with the first places where it does not."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def check(element: etree._Element, *, version: str, root: str = INVOICE) -> None:
    """Raises Misshapen unless the element follows the format of a document (`HDon`) or message (`203`, `400` ...)."""
    problems = list_problems(element, version=version, root=root)
    if problems:
        raise Misshapen(problems)


def list_problems(element: etree._Element, *, version: str, root: str = INVOICE) -> list[str]:
    """Where an element leaves the format, the first five places."""
    validator = _validator(version, root)
    if validator.validate(element):
        return []
    return [f"{error.line}: {error.message}" for error in list(validator.error_log)[:5]]


@cache
def _validator(version: str, root: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(xsd(version, root).encode()))


@cache
def xsd(version: str, root: str = INVOICE) -> str:
    """The schema as text: of an invoice, or of the message of a kind (`200`, `202`, `203`, `400`, `300`, `301`, `204`, `999`)."""
    lists = {node.name: node for node in _read("invoice") + _read("messages")}
    if root == INVOICE:
        top = lists[INVOICE]
    else:
        held = (
            lists[INVOICE]
            if root in {"200", "202", "203"}
            else next(n for k, n in lists.items() if k.endswith(f"#{root}"))
        )
        carried = Node(held.name.partition("#")[0], 1, "unbounded", type=held.type, children=held.children)
        top = Node("TDiep", 1, "1", children=[lists["TTChung"], Node("DLieu", 1, "1", children=[carried])])
    body = "".join(_element(top, version, 1, is_root=True))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="unqualified" version="{version}">\n'
        f"{body}</xs:schema>\n"
    )


def _read(name: str) -> list[Node]:
    return _tree((_FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


def _tree(text: str) -> list[Node]:
    """The elements of a list, as they hold one another."""
    tops: list[Node] = []
    open_nodes: list[tuple[int, Node]] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.match(line)
        assert found, line
        indent, node = len(found["indent"]), _node(found)
        while open_nodes and open_nodes[-1][0] >= indent:
            open_nodes.pop()
        (open_nodes[-1][1].children if open_nodes else tops).append(node)
        open_nodes.append((indent, node))
    return tops


def _node(found: re.Match[str]) -> Node:
    least, most = _COUNTS[found["many"]]
    node = Node(found["name"], least, most)
    for word in found["rest"].split():
        if word.startswith("@Id"):
            node.has_id, node.id_optional = True, word.endswith("?")
        elif word.startswith(">="):
            node.since = word[2:]
        elif word.startswith("&") and word != "&any":
            node.children = _tree(MACROS[word[1:]])
        else:
            node.type = word
    return node


def _element(node: Node, version: str, depth: int, *, is_root: bool = False) -> Iterator[str]:
    if not node.holds(version):
        return
    pad = "  " * depth
    counts = "" if is_root else f' minOccurs="{node.least}" maxOccurs="{node.most}"'
    if node.type == "sig":
        yield f'{pad}<xs:any namespace="{DSIG}" processContents="skip"{counts}/>\n'
        return
    yield f'{pad}<xs:element name="{node.name}"{counts}>\n'
    attribute = ""
    if node.has_id:
        use = "optional" if node.id_optional else "required"
        attribute = f'{pad}    <xs:attribute name="Id" type="xs:ID" use="{use}"/>\n'
    if node.type == "&any":
        yield f'{pad}  <xs:complexType mixed="true"><xs:sequence>'
        yield '<xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>\n'
    elif node.children:
        yield f"{pad}  <xs:complexType>\n{pad}    <xs:sequence>\n"
        for child in node.children:
            yield from _element(child, version, depth + 3)
        yield f"{pad}    </xs:sequence>\n{attribute}{pad}  </xs:complexType>\n"
    elif attribute:
        yield f'{pad}  <xs:complexType><xs:simpleContent><xs:extension base="xs:string">\n{attribute}'
        yield f"{pad}  </xs:extension></xs:simpleContent></xs:complexType>\n"
    else:
        yield f"{pad}  <xs:simpleType>{_simple(node.type)}</xs:simpleType>\n"
    yield f"{pad}</xs:element>\n"


def _simple(type_: str) -> str:
    """The restriction behind a word of the list."""
    if type_ == "d":
        return '<xs:restriction base="xs:date"><xs:pattern value="\\d{4}-\\d{2}-\\d{2}"/></xs:restriction>'
    if type_ == "dt":
        return '<xs:restriction base="xs:dateTime"/>'
    if type_.startswith("e:"):
        chosen = "".join(f"<xs:enumeration value={quoteattr(one)}/>" for one in type_[2:].split("|"))
        return f'<xs:restriction base="xs:string">{chosen}</xs:restriction>'
    if type_.startswith("r:"):
        return f'<xs:restriction base="xs:string"><xs:pattern value={quoteattr(PATTERNS[type_[2:]])}/></xs:restriction>'
    kind, size = type_[0], type_[1:]
    if kind in "st":  # s: one character at least
        least = '<xs:minLength value="1"/>' if kind == "s" else ""
        return f'<xs:restriction base="xs:string">{least}<xs:maxLength value="{size}"/></xs:restriction>'
    if kind == "n":
        return f'<xs:restriction base="xs:string"><xs:pattern value="[0-9]{{1,{size}}}"/></xs:restriction>'
    digits, _point, decimals = size.partition(".")
    assert kind == "m", type_
    return (
        f'<xs:restriction base="xs:decimal"><xs:totalDigits value="{digits}"/>'
        f'<xs:fractionDigits value="{decimals}"/><xs:pattern value="-?[0-9]+(\\.[0-9]+)?"/></xs:restriction>'
    )


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
