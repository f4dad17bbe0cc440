"""What an operation refused, beside the field of the form that asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms

from motcua.kernel.results import Refused
from motcua.web.errors import refused_text


def refuse_form(form: forms.Form, refusal: Refused) -> None:
    """Put a refusal beside its field, or on top of the form."""
    name = refusal.field if refusal.field in form.fields else None
    form.add_error(name, refused_text(refusal))


@contextmanager
def refusals_beside(form: forms.Form) -> Iterator[None]:
    """A refusal ends what is done here and is put beside its field; the page then shows the form once more."""
    try:
        yield
    except Refused as refusal:
        refuse_form(form, refusal)
