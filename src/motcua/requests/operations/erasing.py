"""Erasing what is personal: the journal keeps its ids, codes and hashes, the values go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from motcua.kernel.actors import Actor
from motcua.requests import registry
from motcua.requests.models import Finding, Note, ToFind
from motcua.requests.operations.refusals import NotNow
from motcua.requests.operations.writing import open_work
from motcua.requests.states import State


def erase_request_data(*, request_id: UUID, actor: Actor, at: datetime, key: str) -> None:
    """Blank answers, inputs and written words of a closed request (idempotent). Raises NotNow while it is open."""
    with transaction.atomic():
        work = open_work(request_id=request_id, actor=actor, at=at, key=key, may_be_closed=True)
        if not State(work.state.state).is_closed:
            raise NotNow(number=work.state.number)
        if work.data.erased_at is not None:
            return
        work.append("data.erased", {})
        work.data.answers, work.data.inputs, work.data.representative = {}, {}, {}
        work.data.code_word_hash = ""
        work.data.erased_at = at
        view = work.save()
        Note.objects.filter(request_id=request_id).update(text="")
        Finding.objects.filter(request_id=request_id).delete()
        ToFind.objects.filter(request_id=request_id).delete()
        registry.tell_erased(view, actor, at)
