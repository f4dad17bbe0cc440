"""A version that requests were begun under cannot be changed behind their back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services.conftest import SMALL, write_declaration

from motcua.services import catalogue, operations
from motcua.services.models import PublishedDeclaration

pytestmark = pytest.mark.django_db


def publish(folder, at, *, open_under=()):
    return operations.publish_declarations(
        at=at,
        has_open_requests=lambda code, version: (code, version) in open_under,
        services=catalogue.load_folder(folder),
    )


class TestPublishDeclarations:
    @pytest.fixture(autouse=True)
    def _nothing_published(self):
        PublishedDeclaration.objects.all().delete()

    def rows(self):
        return list(
            PublishedDeclaration.objects.values_list("code", "version", "content_hash", "published_at")
        )

    def test_records_every_version_once(self, folder, at):
        write_declaration(folder, SMALL)

        first = publish(folder, at)
        second = publish(folder, at + timedelta(days=1))

        service = catalogue.load_folder(folder).get("LAMP", 1)
        assert (first.new, first.replaced) == ((service,), ())
        assert (second.new, second.replaced) == ((), ())
        assert self.rows() == [("LAMP", 1, service.content_hash, at)]

    def test_refuses_other_content_while_requests_are_open_naming_the_file(self, folder, at):
        write_declaration(folder, SMALL)
        publish(folder, at)
        before = self.rows()
        write_declaration(folder, SMALL.replace("2 working days", "9 working days"))

        with pytest.raises(operations.DeclarationChanged) as refused:
            publish(folder, at, open_under={("LAMP", 1)})

        assert "declared/LAMP/1.yaml" in str(refused.value)
        assert self.rows() == before

    def test_records_nothing_new_when_it_refuses(self, folder, at):
        write_declaration(folder, SMALL)
        publish(folder, at)
        write_declaration(folder, SMALL.replace("2 working days", "9 working days"))
        write_declaration(folder, SMALL.replace("code: LAMP", "code: TORCH"), code="TORCH")

        with pytest.raises(operations.DeclarationChanged):
            publish(folder, at, open_under={("LAMP", 1)})

        assert [row[0] for row in self.rows()] == ["LAMP"]

    def test_takes_other_content_while_no_request_is_open(self, folder, at):
        write_declaration(folder, SMALL)
        publish(folder, at)
        write_declaration(folder, SMALL.replace("2 working days", "9 working days"))

        done = publish(folder, at + timedelta(days=1), open_under={("OTHER", 1)})

        service = catalogue.load_folder(folder).get("LAMP", 1)
        assert done.replaced == (service,)
        assert self.rows() == [("LAMP", 1, service.content_hash, at + timedelta(days=1))]

    def test_a_new_version_ends_the_old_one_while_requests_are_open_under_it(self, folder, at):
        write_declaration(folder, SMALL)
        publish(folder, at)
        ended = SMALL.replace("valid_from: 2025-01-01", "valid_from: 2025-01-01\nvalid_to: 2027-01-01")
        write_declaration(folder, ended)
        newer = SMALL.replace("version: 1", "version: 2").replace("2025-01-01", "2027-01-01")
        write_declaration(folder, newer, version="2")

        done = publish(folder, at, open_under={("LAMP", 1)})

        assert [service.version for service in done.new] == [2]
        assert done.replaced == ()

    def test_a_new_version_that_overlaps_the_old_is_refused(self, folder, at):
        write_declaration(folder, SMALL)
        publish(folder, at)
        write_declaration(
            folder, SMALL.replace("version: 1", "version: 2").replace("2025-01-01", "2027-01-01"), version="2"
        )

        with pytest.raises(catalogue.DeclarationsWrong):
            publish(folder, at)

    def test_comments_and_order_are_no_change(self, folder, at):
        write_declaration(folder, SMALL)
        publish(folder, at)
        write_declaration(folder, "# a comment\n" + SMALL)

        assert publish(folder, at, open_under={("LAMP", 1)}).replaced == ()

    def test_our_own_declarations_can_be_published(self, at):
        done = operations.publish_declarations(at=at, has_open_requests=lambda code, version: True)

        assert len(done.new) == len(catalogue.current().list_all())
