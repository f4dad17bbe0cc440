"""Where the stand-ins may run: demos and development, never production; elsewhere there are none."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from motcua.config.env import ENV

View = Callable[..., HttpResponse]


def is_open() -> bool:
    return not ENV.production and (ENV.demo or ENV.debug)


def demo_only(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
