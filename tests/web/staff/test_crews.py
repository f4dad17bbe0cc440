"""Who goes with a crew: said by its unit's supervisor."""

from __future__ import annotations

import pytest

from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from tests.web import people
from tests.web.shown import text_of

SYSTEM = Actor.system("test")


class TestCrews:
    @pytest.fixture
    def fitters(self, company):
        return [people.add_staff(name, Role.CREW, unit="PD0400") for name in ("an", "binh", "cuong", "dung")]

    @pytest.fixture
    def supervisor(self, fitters):
        fieldwork_ops.add_crew(
            code="T1", name="Tổ 1", unit_code="PD0400", member_ids=[fitters[1].id, fitters[0].id], actor=SYSTEM,
            at=clock.now(),
        )  # fmt: skip
        return people.browser(people.add_staff("giam-sat", Role.SUPERVISOR, unit="PD0400"))

    def members(self) -> list[str]:
        return [member.name for member in fieldwork_queries.list_crews(["PD0400"])[0].members]

    def test_a_supervisor_says_who_goes(self, supervisor, fitters):
        assert "Binh, An" in text_of(supervisor.get("/quan-tri/to-cong-tac/"))

        saved = supervisor.post(
            "/quan-tri/to-cong-tac/T1/", {"members": [str(fitters[i].id) for i in (0, 1, 2)]}
        )

        assert saved.status_code == 302
        assert self.members() == ["Binh", "An", "Cuong"]
        assert AuditEntry.objects.filter(verb="crew.members-set").count() == 1
        assert 'href="/quan-tri/to-cong-tac/"' in text_of(supervisor.get("/ban-viec/lich-hen/"))

    def test_one_is_too_few_and_another_crews_is_taken(self, supervisor, fitters):
        fieldwork_ops.add_crew(
            code="T2", name="Tổ 2", unit_code="PD0400", member_ids=[fitters[2].id, fitters[3].id], actor=SYSTEM,
            at=clock.now(),
        )  # fmt: skip
        crew = "/quan-tri/to-cong-tac/T1/"

        few = supervisor.post(crew, {"members": [str(fitters[0].id)]})
        none = supervisor.post(crew, {})
        taken = supervisor.post(crew, {"members": [str(fitters[0].id), str(fitters[2].id)]})

        assert [answer.status_code for answer in (few, none, taken)] == [422, 422, 422]
        assert "đang ở Tổ 2" in text_of(supervisor.get(crew))
        assert 'href="#id_members' in text_of(taken)
        assert self.members() == ["Binh", "An"]

    def test_another_unit_has_no_such_crew(self, supervisor):
        elsewhere = people.browser(people.add_staff("xa", Role.SUPERVISOR, unit="PD0200"))

        assert elsewhere.get("/quan-tri/to-cong-tac/T1/").status_code == 404
        assert "Chưa có tổ công tác nào" in text_of(elsewhere.get("/quan-tri/to-cong-tac/"))

    def test_somebody_who_is_not_there_is_no_member(self, supervisor, fitters):
        with pytest.raises(fieldwork_ops.CrewTooSmall):
            fieldwork_ops.set_crew_members(
                code="T1", member_ids=[fitters[0].id, new_id(clock.now())], actor=SYSTEM, at=clock.now()
            )
        assert self.members() == ["Binh", "An"]
