from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from motcua.companies import queries as company_queries
from motcua.customers import access, queries, registry
from motcua.customers import operations as customer_ops
from motcua.customers.models import Customer, CustomerChange, Handle
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, NotFound

SYSTEM = Actor.system("test")


class TestFindOrCreateCustomer:
    def test_stores_clean_values(self, company, at):
        found = customer_ops.find_or_create_customer(
            full_name="  Nguyễn  Thị Hoa ",
            phone="0901.234.567",
            id_number="001 190 012 345",
            email=" Hoa@Example.COM",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )

        assert (found.full_name, found.phone, found.id_number, found.email) == (
            "Nguyễn Thị Hoa",
            "+84901234567",
            "001190012345",
            "hoa@example.com",
        )
        assert Customer.objects.get().search_key == "nguyen thi hoa"

    def test_finds_by_identity_number_and_name_without_marks(self, make_customer, at):
        known = make_customer(id_number="001190012345", phone="")

        found = customer_ops.find_or_create_customer(
            full_name="nguyen thi hoa",
            phone="0988888888",
            id_number="001190012345",
            email="",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )

        assert found.id == known.id
        assert found.phone == "", "what somebody typed changes nothing on record"

    def test_finds_by_phone_and_name(self, make_customer, at):
        known = make_customer()

        found = customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa",
            phone="+84 901 234 567",
            id_number="",
            email="",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )

        assert found.id == known.id

    def test_takes_two_identity_numbers_for_two_people(self, make_customer, at):
        known = make_customer(id_number="001190012345")

        found = customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa",
            phone="0901234567",
            id_number="001190099999",
            email="",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )

        assert found.id != known.id

    def test_takes_another_name_behind_the_phone_for_another_person(self, make_customer, at):
        known = make_customer()

        found = customer_ops.find_or_create_customer(
            full_name="Trần Văn Minh",
            phone="0901234567",
            id_number="",
            email="",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )

        assert found.id != known.id

    def test_links_no_handle(self, company, at):
        customer_ops.find_or_create_customer(
            full_name="Nguyễn Thị Hoa",
            phone="0901234567",
            id_number="",
            email="",
            kind="PERSON",
            actor=SYSTEM,
            at=at,
        )

        assert not Handle.objects.exists()

    def test_names_every_wrong_field(self, company, at):
        with pytest.raises(Invalid) as refused:
            customer_ops.find_or_create_customer(
                full_name="7", phone="12", id_number="abc", email="x", kind="CAT", actor=SYSTEM, at=at
            )

        assert set(refused.value.errors) == {"full_name", "phone", "id_number", "email", "kind"}
        assert not Customer.objects.exists()

    def test_makes_one_customer_of_two_submits_at_once(self, committed_company, race, at):
        def submit():
            return customer_ops.find_or_create_customer(
                full_name="Nguyễn Thị Hoa",
                phone="0901234567",
                id_number="",
                email="",
                kind="PERSON",
                actor=SYSTEM,
                at=at,
            ).id

        ids = race(submit, submit, submit)

        assert len(set(ids)) == 1, ids
        assert Customer.objects.count() == 1


class TestCorrectName:
    def test_keeps_the_old_name_until_erasure(self, make_customer, at, crew):
        known = make_customer()

        corrected = customer_ops.correct_name(
            customer_id=known.id, full_name="Nguyễn Thị Hòa", reason="Theo CCCD", actor=crew, at=at
        )

        assert corrected.full_name == "Nguyễn Thị Hòa"
        assert list(queries.list_changes(known.id).values_list("field", "old_value", "reason")) == [
            ("full_name", "Nguyễn Thị Hoa", "Theo CCCD")
        ]
        audited = company_queries.list_audit(subject_type="customer", subject_id=str(known.id)).get()
        assert (audited.verb, audited.facts) == ("customer.corrected", {"fields": ["full_name"]})

    def test_needs_a_reason(self, make_customer, at, crew):
        known = make_customer()

        with pytest.raises(customer_ops.ReasonMissing):
            customer_ops.correct_name(customer_id=known.id, full_name="Khác", reason=" ", actor=crew, at=at)

        assert queries.get_customer(known.id).full_name == "Nguyễn Thị Hoa"

    def test_writes_nothing_when_nothing_changes(self, make_customer, at, crew):
        known = make_customer()

        customer_ops.correct_details(
            customer_id=known.id, changes={"phone": "0901 234 567"}, reason="Kiểm tra", actor=crew, at=at
        )

        assert not CustomerChange.objects.exists()


class TestMergeCustomers:
    def test_leads_both_ids_to_the_survivor(self, make_customer, prove, at, business):
        loser, winner = make_customer(), make_customer(full_name="Nguyễn T. Hoa", phone="")
        prove("0901234567")

        customer_ops.merge_customers(
            from_id=loser.id, into_id=winner.id, reason="Một người", actor=business, at=at
        )

        assert queries.survivor_id(loser.id) == winner.id
        assert queries.list_ids(loser.id) == [winner.id, loser.id]
        assert [handle.address for handle in queries.list_handles(winner.id)] == ["+84901234567"]
        assert queries.get_customer(loser.id).status == "MERGED"

    def test_can_be_undone(self, make_customer, prove, at, business):
        loser, winner = make_customer(), make_customer(full_name="Khác", phone="0909999999")
        prove("0901234567")
        consent = customer_ops.record_consent(
            customer_id=loser.id, purpose="NOTICES", channel="SMS", wording="Tôi đồng ý", actor=SYSTEM, at=at
        )
        merge = customer_ops.merge_customers(
            from_id=loser.id, into_id=winner.id, reason="Nhầm", actor=business, at=at
        )

        customer_ops.unmerge_customers(merge_id=merge, reason="Hai người", actor=business, at=at)

        assert queries.survivor_id(loser.id) == loser.id
        assert [handle.address for handle in queries.list_handles(loser.id)] == ["+84901234567"]
        assert queries.list_consents(loser.id).get().id == consent
        with pytest.raises(customer_ops.MergeAlreadyUndone):
            customer_ops.unmerge_customers(merge_id=merge, reason="Lại", actor=business, at=at)

    def test_returns_what_is_its_own_when_the_survivor_went_on(self, make_customer, prove, at, business):
        first, second, third = make_customer(), make_customer(phone="0909999999"), make_customer(phone="")
        prove("0901234567")
        prove("0909999999")
        merge = customer_ops.merge_customers(
            from_id=first.id, into_id=second.id, reason="x", actor=business, at=at
        )
        later = customer_ops.merge_customers(
            from_id=second.id, into_id=third.id, reason="x", actor=business, at=at
        )

        customer_ops.unmerge_customers(merge_id=merge, reason="x", actor=business, at=at)
        customer_ops.unmerge_customers(merge_id=later, reason="x", actor=business, at=at)

        assert [handle.address for handle in queries.list_handles(first.id)] == ["+84901234567"]
        assert [handle.address for handle in queries.list_handles(second.id)] == ["+84909999999"]
        assert queries.list_handles(third.id) == []

    def test_is_for_staff_with_a_reason(self, make_customer, at, citizen, business):
        one, other = make_customer(), make_customer()

        with pytest.raises(customer_ops.StaffOnly):
            customer_ops.merge_customers(from_id=one.id, into_id=other.id, reason="x", actor=citizen, at=at)
        with pytest.raises(customer_ops.ReasonMissing):
            customer_ops.merge_customers(from_id=one.id, into_id=other.id, reason="", actor=business, at=at)
        with pytest.raises(customer_ops.MergeRefused):
            customer_ops.merge_customers(from_id=one.id, into_id=one.id, reason="x", actor=business, at=at)

        assert not Customer.objects.filter(status="MERGED").exists()

    def test_lets_one_of_two_opposite_merges_win(self, committed_company, race, at, business):
        def make(name):
            return customer_ops.create_customer(full_name=name, actor=SYSTEM, at=at).id

        one, other = make("Hoa"), make("Lan")

        def merge(loser, winner):
            return customer_ops.merge_customers(
                from_id=loser, into_id=winner, reason="x", actor=business, at=at
            )

        results = race(lambda: merge(one, other), lambda: merge(other, one))

        assert sum(isinstance(result, customer_ops.MergeRefused) for result in results) == 1, results
        assert Customer.objects.filter(status="ACTIVE").count() == 1


class TestEraseCustomer:
    @pytest.fixture(autouse=True)
    def _own_registry(self, monkeypatch):
        monkeypatch.setattr(registry, "_checks", {})
        monkeypatch.setattr(registry, "_followers", {})

    def test_blanks_values_and_keeps_ids(self, make_customer, prove, at, supervisor):
        known = make_customer(
            id_number="001190012345", email="hoa@example.com", contact_address="Số 5 Lê Lợi"
        )
        prove("0901234567")
        customer_ops.correct_name(
            customer_id=known.id, full_name="Bùi Hoa", reason="Cưới", actor=supervisor, at=at
        )

        erased = customer_ops.erase_customer(
            customer_id=known.id, reason="Yêu cầu của khách", actor=supervisor, at=at
        )

        assert erased == [known.id]
        left = _everything_in("customers_")
        for value in ("Hoa", "hoa", "901234567", "001190012345", "example", "Lê Lợi", "Cưới"):
            assert value not in left, value
        assert queries.get_customer(known.id).status == "ERASED"

    def test_erases_those_merged_into_it(self, make_customer, at, business):
        loser, winner = make_customer(), make_customer(full_name="Lan Anh")
        customer_ops.merge_customers(from_id=loser.id, into_id=winner.id, reason="x", actor=business, at=at)

        assert customer_ops.erase_customer(customer_id=loser.id, reason="x", actor=business, at=at) == sorted(
            [loser.id, winner.id]
        )
        assert customer_ops.erase_customer(customer_id=loser.id, reason="x", actor=business, at=at) == []

    def test_forgets_why_somebody_was_merged_and_parted(self, make_customer, at, business):
        loser, winner = make_customer(), make_customer(full_name="Lan Anh")
        merge = customer_ops.merge_customers(
            from_id=loser.id, into_id=winner.id, reason="Hoa nói vậy", actor=business, at=at
        )
        customer_ops.unmerge_customers(merge_id=merge, reason="Hoa nói lại", actor=business, at=at)

        customer_ops.erase_customer(customer_id=winner.id, reason="x", actor=business, at=at)

        assert "nói" not in _everything_in("customers_mergerecord")

    def test_is_refused_while_a_room_needs_the_customer(self, make_customer, at, business):
        known = make_customer()
        registry.before_erasure("contracts", lambda id, _: "còn hợp đồng" if id == known.id else None)

        with pytest.raises(customer_ops.CustomerStillNeeded) as refused:
            customer_ops.erase_customer(customer_id=known.id, reason="x", actor=business, at=at)

        assert "còn hợp đồng" in str(refused.value)
        assert queries.get_customer(known.id).full_name

    def test_is_followed_by_other_rooms(self, make_customer, at, business):
        followed = []
        registry.on_erasure("messages", lambda id, when: followed.append((id, when)))
        known = make_customer()

        customer_ops.erase_customer(customer_id=known.id, reason="x", actor=business, at=at)

        assert followed == [(known.id, at)]

    def test_cannot_be_undone_by_sql_that_forgets(self, make_customer, at, business):
        known = make_customer()
        customer_ops.erase_customer(customer_id=known.id, reason="x", actor=business, at=at)

        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.filter(id=known.id).update(phone="+84901234567")


class TestAuthority:
    def test_holds_for_its_period(self, make_customer, at, business):
        owner, agent = make_customer(), make_customer(full_name="Trần Văn Minh", phone="0912345678")
        today = at.date()
        authority = customer_ops.grant_authority(
            customer_id=owner.id,
            agent_id=agent.id,
            ground="POWER_OF_ATTORNEY",
            note="Số 12/2026",
            valid_from=today,
            valid_to=today + timedelta(days=10),
            actor=business,
            at=at,
        )

        def may(on):
            return queries.may_act_for(agent_id=agent.id, customer_id=owner.id, on=on)

        assert [may(today - timedelta(days=1)), may(today), may(today + timedelta(days=10))] == [
            False,
            True,
            False,
        ]
        assert not queries.may_act_for(agent_id=owner.id, customer_id=agent.id, on=today)
        assert customer_ops.revoke_authority(authority_id=authority, actor=business, at=at)
        assert not may(today)

    def test_of_a_paper_names_the_paper(self, make_customer, at, business):
        owner, agent = make_customer(), make_customer(full_name="Minh")

        with pytest.raises(customer_ops.AuthorityInvalid):
            customer_ops.grant_authority(
                customer_id=owner.id,
                agent_id=agent.id,
                ground="POWER_OF_ATTORNEY",
                valid_from=at.date(),
                actor=business,
                at=at,
            )


class TestConsent:
    def test_is_recorded_once_and_withdrawn(self, make_customer, at):
        known = make_customer()

        def agree(wording):
            return customer_ops.record_consent(
                customer_id=known.id, purpose="NOTICES", channel="SMS", wording=wording, actor=SYSTEM, at=at
            )

        first = agree("Tôi đồng ý nhận tin")
        assert agree("Tôi đồng ý nhận tin") == first
        assert agree("Tôi đồng ý nhận tin, bản 2") != first
        assert queries.has_consent(customer_id=known.id, purpose="NOTICES", channel="SMS")
        assert not queries.has_consent(customer_id=known.id, purpose="NOTICES", channel="ZALO")

        withdraw = {
            "customer_id": known.id,
            "purpose": "NOTICES",
            "channel": "SMS",
            "actor": SYSTEM,
            "at": at,
        }
        assert [customer_ops.withdraw_consent(**withdraw), customer_ops.withdraw_consent(**withdraw)] == [
            True,
            False,
        ]
        assert not queries.has_consent(customer_id=known.id, purpose="NOTICES", channel="SMS")
        reasons = sorted(consent.withdrawn_why for consent in queries.list_consents(known.id))
        assert reasons == ["REPLACED", "WITHDRAWN"]


class TestSearch:
    @pytest.mark.parametrize("text", ["hoa nguyen", "NGUYỄN THỊ", "0901 234 567", "001190012345"])
    def test_finds_by_any_way(self, make_customer, text):
        known = make_customer(id_number="001190012345")
        make_customer(full_name="Trần Văn Minh", phone="0912345678")

        assert [found.id for found in queries.search(text)] == [known.id]


class TestAccessCustomer:
    def test_reveals_nothing_to_others(self, make_customer, at, intake):
        known, other = make_customer(), make_customer(full_name="Lan", phone="")
        on = at.date()

        assert access.access_customer(actor=intake, customer_id=str(known.id), on=on).id == known.id
        assert (
            access.access_customer(actor=Actor.customer(known.id), customer_id=known.id, on=on).id == known.id
        )
        clerk = Actor.staff("clerk", roles=["DESK_CLERK"])
        for actor in (Actor.customer(other.id), Actor.anonymous("x"), clerk, Actor.partner("bank")):
            with pytest.raises(NotFound):
                access.access_customer(actor=actor, customer_id=known.id, on=on)
        with pytest.raises(NotFound):
            access.access_customer(actor=intake, customer_id="' OR 1=1", on=on)


def _everything_in(prefix):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables "
            "WHERE schemaname = current_schema() AND starts_with(tablename, %s)",
            [prefix],
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for name in tables:
            cursor.execute(f"SELECT t::text FROM {name} t")
            rows += [row for (row,) in cursor.fetchall()]
    assert tables
    return "\n".join(rows)
