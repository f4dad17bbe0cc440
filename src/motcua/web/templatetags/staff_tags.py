"""What pages of staff show besides."""

from __future__ import annotations

from django import template

from motcua.connectors.identity import staff
from motcua.connectors.identity.staff import DirectoryView

register = template.Library()


@register.simple_tag
def staff_directories() -> list[DirectoryView]:
    """Where staff may sign in with an account of the company, besides by name and password here."""
    return staff.list_issuers()
