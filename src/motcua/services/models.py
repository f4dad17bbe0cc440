"""Which declarations were ever used, with their content: national, because all companies share the files."""

from __future__ import annotations

from django.db import models


class PublishedDeclaration(models.Model):
    """A version of a service as it was published; its hash tells whether the file was changed since."""

    national = True

    code = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="published_declaration_once"),
            models.CheckConstraint(
                condition=models.Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="published_declaration_hash"
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="published_declaration_version"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"
