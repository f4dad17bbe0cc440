"""Reading XML that others wrote: small enough, without declarations of types or entities, nothing fetched."""

from __future__ import annotations

from lxml import etree

LARGEST_INVOICE = 2 * 1024 * 1024
LARGEST_MESSAGE = 64 * 1024 * 1024
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype")


class Unreadable(ValueError):
    """Why a text was not read: TOO_LARGE, HOSTILE or NOT_XML, with the place where it went wrong."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


def parse(content: bytes, *, largest: int = LARGEST_INVOICE) -> etree._Element:
    """The root element. Raises Unreadable."""
    if len(content) > largest:
        raise Unreadable("TOO_LARGE", f"{len(content)} > {largest}")
    if not content.isascii() and content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("NOT_XML", "UTF-8 wanted")
    if any(word in content for word in _DECLARATIONS):
        raise Unreadable("HOSTILE", "a document type or an entity is declared")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, remove_comments=False, remove_pis=False, strip_cdata=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("NOT_XML", str(error)[:200]) from None
    if root.getroottree().docinfo.doctype:  # said in another encoding
        raise Unreadable("HOSTILE", "a document type is declared")
    return root


def text_of(element: etree._Element | None, path: str) -> str:
    """The text of the element at a path below; empty when there is none."""
    if element is None:
        return ""
    found = element.find(path)
    return (found.text or "").strip() if found is not None else ""
