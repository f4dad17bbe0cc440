"""What a page shows."""

from __future__ import annotations

import re

from django.http import HttpResponse


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def key_in(text: str) -> str:
    """The key that is shown once, beside its button to copy it."""
    return re.search(r'data-copy="([A-Za-z0-9_-]{43})"', text)[1]
