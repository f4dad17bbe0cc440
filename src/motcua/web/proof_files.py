"""Files that show why somebody is spared, as a form of staff or of a customer sends them."""

from __future__ import annotations

from django.http import HttpRequest

from motcua.payments.dunning.proofs import Paper

FIELD = "tep"


def papers_of(request: HttpRequest) -> list[Paper]:
    """What was chosen in the form; an empty choice is no paper."""
    return [Paper(one.name or "", one.read()) for one in request.FILES.getlist(FIELD) if one.size]
