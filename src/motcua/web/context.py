"""What every template may use: the company, the edge's address, the language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from motcua.config.env import ENV


def edge_base(request: HttpRequest) -> str:
    """Where the browser finds the edge of the company it asked."""
    return ENV.edge_address(request.scheme or ENV.scheme, request.get_host())


def page(request: HttpRequest) -> dict[str, Any]:
    company = getattr(request, "company", None)
    return {
        "company": company,
        "edge_base": edge_base(request),
        "is_demo": ENV.demo,
        "language": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
    }
