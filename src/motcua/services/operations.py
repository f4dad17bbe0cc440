"""Publishing declarations: a version that requests were begun under must not change behind their back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from motcua.kernel.results import Refused, gettext_noop
from motcua.services import catalogue
from motcua.services.declaration import Service
from motcua.services.models import PublishedDeclaration


class DeclarationChanged(Refused):
    """A file was changed while requests are open under its version; the change needs a new version."""

    code = "DECLARATION_CHANGED"
    message = gettext_noop(
        "Tệp %(files)s đã bị sửa trong khi còn yêu cầu đang xử lý theo phiên bản đó. "
        "Hãy khôi phục tệp và tạo phiên bản mới."
    )


@dataclass(frozen=True)
class Published:
    """What publishing did: versions seen for the first time, and unused ones that were replaced."""

    new: tuple[Service, ...]
    replaced: tuple[Service, ...]


def publish_declarations(
    *,
    at: datetime,
    has_open_requests: Callable[[str, int], bool],
    services: catalogue.Catalogue | None = None,
) -> Published:
    """Record every version of every service with its content; called at start and after an upgrade.

    Refuses DeclarationChanged, naming the files, when the content of a version changed while any company has
    open requests under it; then nothing is recorded. Holds the rows' lock, so two starts do not race.
    """
    declared = (services or catalogue.current()).list_all()
    with transaction.atomic():
        known = {
            (row.code, row.version): row
            for row in PublishedDeclaration.objects.select_for_update().order_by("code", "version")
        }
        new = tuple(service for service in declared if (service.code, service.version) not in known)
        changed = tuple(
            service
            for service in declared
            if (row := known.get((service.code, service.version)))
            and row.content_hash != service.content_hash
        )
        held = [service for service in changed if has_open_requests(service.code, service.version)]
        if held:
            raise DeclarationChanged(files=", ".join(service.source_file for service in held))
        PublishedDeclaration.objects.bulk_create(
            [
                PublishedDeclaration(
                    code=service.code,
                    version=service.version,
                    content_hash=service.content_hash,
                    published_at=at,
                )
                for service in new
            ],
            ignore_conflicts=True,
        )
        for service in changed:
            row = known[service.code, service.version]
            row.content_hash, row.published_at = service.content_hash, at
        PublishedDeclaration.objects.bulk_update(
            [known[service.code, service.version] for service in changed], ["content_hash", "published_at"]
        )
    return Published(new=new, replaced=changed)
