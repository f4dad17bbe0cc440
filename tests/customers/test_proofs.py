from datetime import timedelta

import pytest

from motcua.customers import operations as customer_ops
from motcua.customers import queries
from motcua.customers.models import Handle, ProofCode, VisitorSession
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotAllowed

VISITOR = Actor.anonymous("visitor-1")


def start(at, phone="0901234567", purpose="FOLLOW", actor=VISITOR):
    return customer_ops.start_proof(phone=phone, purpose=purpose, actor=actor, at=at)


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


class TestStartProof:
    def test_stores_no_code_in_clear(self, company, at):
        started = start(at)

        row = ProofCode.objects.get()
        assert len(started.code_to_send) == 6
        assert started.code_to_send not in row.code_hash
        assert started.code_to_send not in repr(started)
        assert row.expires_at == at + timedelta(minutes=10)

    @pytest.mark.parametrize(
        ("phone", "refusal"),
        [("12", customer_ops.PhoneInvalid), ("024 3825 1234", customer_ops.PhoneCannotReceive)],
    )
    def test_refuses_numbers_that_get_no_message(self, company, at, phone, refusal):
        with pytest.raises(refusal):
            start(at, phone)

        assert not ProofCode.objects.exists()

    def test_waits_a_minute_between_codes(self, company, at):
        start(at)

        with pytest.raises(customer_ops.ProofTooOften) as refused:
            start(at + timedelta(seconds=30), actor=Actor.anonymous("another"))

        assert refused.value.facts["seconds"] == 30
        start(at + timedelta(seconds=60))

    def test_gives_who_asks_twice_the_proof_that_was_begun(self, company, at):
        first = start(at)
        again = start(at + timedelta(seconds=20))

        assert (again.id, again.is_new, again.code_to_send, again.seconds_to_wait) == (
            first.id,
            False,
            "",
            40,
        )
        done = customer_ops.finish_proof(proof_id=again.id, code=first.code_to_send, at=at)
        assert done.phone == "+84901234567"

    def test_knows_a_browser_without_a_name_by_its_form(self, company, at):
        def ask(number, form_key):
            return customer_ops.start_proof(
                phone="0901234567", purpose="FOLLOW", actor=Actor.anonymous(f"visitor-{number}"), at=at, form_key=form_key
            )  # fmt: skip

        assert ask(2, "form-1").id == ask(3, "form-1").id
        for other in ("form-2", ""):
            with pytest.raises(customer_ops.ProofTooOften):
                ask(4, other)

    def test_makes_one_code_of_two_presses_at_once(self, committed_company, race, at):
        results = race(*[lambda: start(at)] * 4)

        assert len({result.id for result in results}) == 1, results
        assert sorted(result.is_new for result in results) == [False, False, False, True]

    @pytest.mark.parametrize(
        ("other", "why"),
        [
            ({"actor": Actor.anonymous("another")}, "another asker"),
            ({"purpose": "SIGN_IN"}, "another purpose"),
        ],
    )
    def test_gives_a_begun_proof_to_nobody_else(self, company, at, other, why):
        start(at)

        with pytest.raises(customer_ops.ProofTooOften):
            start(at + timedelta(seconds=20), **other)

    def test_gives_no_proof_again_that_is_used_up(self, company, at):
        started = start(at)
        for _ in range(5):
            with pytest.raises((customer_ops.WrongCode, customer_ops.ProofUsedUp)):
                customer_ops.finish_proof(proof_id=started.id, code=wrong(started.code_to_send), at=at)

        with pytest.raises(customer_ops.ProofTooOften):
            start(at + timedelta(seconds=20))

    def test_limits_one_visitor_over_many_numbers(self, company, at):
        for number in range(10):
            start(at, f"090123450{number}")

        with pytest.raises(customer_ops.ProofTooOften):
            start(at, "0901234599")

    def test_ends_the_code_before(self, company, at):
        first = start(at)
        second = start(at + timedelta(minutes=1))

        with pytest.raises(customer_ops.ProofExpired):
            customer_ops.finish_proof(
                proof_id=first.id, code=first.code_to_send, at=at + timedelta(minutes=2)
            )

        customer_ops.finish_proof(proof_id=second.id, code=second.code_to_send, at=at + timedelta(minutes=2))


class TestFinishProof:
    def test_proves_a_number_of_nobody_known(self, company, at):
        started = start(at)

        done = customer_ops.finish_proof(
            proof_id=started.id, code=f" {started.code_to_send[:3]} {started.code_to_send[3:]}", at=at
        )

        assert (done.phone, done.customer_ids) == ("+84901234567", ())
        assert queries.find_handle("SMS", "0901234567").customer_id is None

    def test_links_the_one_customer_with_the_number_on_record(self, make_customer, prove):
        known = make_customer()

        done = prove("0901234567")

        assert done.customer_ids == (known.id,)
        assert queries.find_handle("SMS", "0901234567").customer_id == known.id

    def test_links_nobody_when_two_share_the_number(self, make_customer, prove):
        known = {make_customer().id, make_customer(full_name="Trần Văn Minh").id}

        done = prove("0901234567")

        assert set(done.customer_ids) == known
        assert queries.find_handle("SMS", "0901234567").customer_id is None

    def test_counts_wrong_codes_though_it_refuses(self, company, at):
        started = start(at)
        refusals = []

        for _ in range(6):
            with pytest.raises(
                customer_ops.ProofUsedUp if len(refusals) >= 4 else customer_ops.WrongCode
            ) as refused:
                customer_ops.finish_proof(proof_id=started.id, code=wrong(started.code_to_send), at=at)
            refusals.append(refused.value.facts.get("left"))

        assert refusals == [4, 3, 2, 1, None, None]
        with pytest.raises(customer_ops.ProofUsedUp):
            customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=at)
        assert not Handle.objects.exists()

    def test_refuses_late_and_second_use(self, company, at):
        started = start(at)
        with pytest.raises(customer_ops.ProofExpired):
            customer_ops.finish_proof(
                proof_id=started.id, code=started.code_to_send, at=at + timedelta(minutes=10)
            )
        customer_ops.finish_proof(
            proof_id=started.id, code=started.code_to_send, at=at + timedelta(minutes=9)
        )

        with pytest.raises(customer_ops.ProofUnknown):
            customer_ops.finish_proof(
                proof_id=started.id, code=started.code_to_send, at=at + timedelta(minutes=9)
            )

    def test_gives_guessers_at_once_five_tries_together(self, committed_company, race, at):
        started = start(at)

        def guess():
            return customer_ops.finish_proof(proof_id=started.id, code=wrong(started.code_to_send), at=at)

        results = race(*[guess] * 8)

        assert sum(isinstance(result, customer_ops.WrongCode) for result in results) == 4, results
        assert ProofCode.objects.get().attempts == 5

    def test_lets_one_of_two_uses_win(self, committed_company, race, at):
        started = start(at)

        def use():
            return customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=at)

        results = race(use, use)

        assert sum(isinstance(result, customer_ops.ProofFinished) for result in results) == 1, results


class TestLinkHandle:
    def test_needs_a_code_sent_to_the_number_on_record(self, make_customer, prove, at):
        known = make_customer()
        other = prove("0912345678")

        with pytest.raises(customer_ops.ProofMissing):
            customer_ops.link_handle(customer_id=known.id, proof_id=other.id, actor=VISITOR, at=at)
        with pytest.raises(customer_ops.ProofMissing):
            customer_ops.link_handle(
                customer_id=known.id,
                proof_id=start(at).id,
                channel="ZALO",
                address="z1",
                actor=VISITOR,
                at=at,
            )

        assert queries.list_handles(known.id) == []

    def test_links_another_channel_by_the_code(self, make_customer, prove, at):
        known = make_customer()
        done = prove("0901234567")

        customer_ops.link_handle(
            customer_id=known.id, proof_id=done.id, channel="ZALO", address="z1", actor=VISITOR, at=at
        )

        assert {handle.channel for handle in queries.list_handles(known.id)} == {"SMS", "ZALO"}
        with pytest.raises(customer_ops.ProofMissing):
            customer_ops.link_handle(
                customer_id=known.id, proof_id=done.id, actor=VISITOR, at=at + timedelta(minutes=11)
            )

    def test_by_staff_needs_staff_and_a_reason(self, make_customer, at, intake):
        known, other = make_customer(), make_customer(full_name="Lan")
        link = {"customer_id": known.id, "channel": "ZALO", "address": "z1", "at": at}

        with pytest.raises(NotAllowed):
            customer_ops.link_handle_by_staff(**link, reason="x", actor=VISITOR)
        with pytest.raises(customer_ops.ReasonMissing):
            customer_ops.link_handle_by_staff(**link, reason=" ", actor=intake)
        customer_ops.link_handle_by_staff(**link, reason="Đã gọi lại", actor=intake)

        with pytest.raises(customer_ops.HandleTaken):
            customer_ops.link_handle_by_staff(**link | {"customer_id": other.id}, reason="x", actor=intake)
        customer_ops.unlink_handle(channel="ZALO", address="z1", reason="Nhầm", actor=intake, at=at)
        customer_ops.link_handle_by_staff(**link | {"customer_id": other.id}, reason="x", actor=intake)
        assert queries.find_handle("ZALO", "z1").customer_id == other.id


class TestSession:
    def test_is_known_by_its_token_alone(self, company, at):
        opened = customer_ops.open_session(at=at)

        assert customer_ops.resume_session(token=opened.token, at=at).id == opened.id
        assert customer_ops.resume_session(token=opened.token + "x", at=at) is None
        assert opened.token not in VisitorSession.objects.get().token_hash

    def test_gets_a_customer_and_a_new_token_by_proof(self, make_customer, prove, at):
        known = make_customer()
        opened = customer_ops.open_session(at=at)

        linked = customer_ops.link_session(session_id=opened.id, proof_id=prove("0901234567").id, at=at)

        assert linked.token != opened.token
        assert customer_ops.resume_session(token=opened.token, at=at) is None
        session = customer_ops.resume_session(token=linked.token, at=at)
        assert (session.customer_id, session.proven_phone) == (known.id, "+84901234567")

    def test_chooses_among_customers_of_the_number_and_no_other(self, make_customer, prove, at):
        one, two = make_customer(), make_customer(full_name="Minh")
        stranger = make_customer(full_name="Lan", phone="0912345678")
        opened = customer_ops.open_session(at=at)
        proof = prove("0901234567")

        with pytest.raises(customer_ops.ProofMissing):
            customer_ops.link_session(session_id=opened.id, proof_id=proof.id, customer_id=stranger.id, at=at)
        unnamed = customer_ops.link_session(session_id=opened.id, proof_id=proof.id, at=at)
        assert customer_ops.resume_session(token=unnamed.token, at=at).customer_id is None
        named = customer_ops.link_session(session_id=opened.id, proof_id=proof.id, customer_id=two.id, at=at)
        assert customer_ops.resume_session(token=named.token, at=at).customer_id == two.id != one.id

    def test_says_who_it_is_only_where_the_number_was_proven(self, make_customer, prove, at):
        one, two = make_customer(), make_customer(full_name="Minh")
        own, other = customer_ops.open_session(at=at), customer_ops.open_session(at=at)
        proof = prove("0901234567")
        customer_ops.link_session(session_id=own.id, proof_id=proof.id, at=at)

        with pytest.raises(customer_ops.ProofMissing):
            customer_ops.choose_customer(session_id=other.id, proof_id=proof.id, customer_id=one.id, at=at)
        chosen = customer_ops.choose_customer(session_id=own.id, proof_id=proof.id, customer_id=two.id, at=at)
        assert customer_ops.resume_session(token=chosen.token, at=at).customer_id == two.id

    def test_ends_after_thirty_idle_days_or_at_sign_out(self, company, at):
        idle, closed = customer_ops.open_session(at=at), customer_ops.open_session(at=at)

        customer_ops.close_session(token=closed.token, at=at)

        assert customer_ops.resume_session(token=closed.token, at=at) is None
        assert customer_ops.resume_session(token=idle.token, at=at + timedelta(days=29)) is not None
        assert customer_ops.resume_session(token=idle.token, at=at + timedelta(days=58)) is not None
        assert customer_ops.resume_session(token=idle.token, at=at + timedelta(days=89)) is None

    def test_follows_a_merge(self, make_customer, prove, at, business):
        known, winner = make_customer(), make_customer(full_name="Hoa", phone="")
        opened = customer_ops.open_session(at=at)
        linked = customer_ops.link_session(session_id=opened.id, proof_id=prove("0901234567").id, at=at)

        customer_ops.merge_customers(from_id=known.id, into_id=winner.id, reason="x", actor=business, at=at)

        assert customer_ops.resume_session(token=linked.token, at=at).customer_id == winner.id


class TestCodeWord:
    def test_is_checked_ten_times_an_hour(self, company, at):
        stored = customer_ops.hash_code_word("mèo vàng")

        def check(said, when=at):
            return customer_ops.check_code_word(subject="request-1", said=said, stored_hash=stored, at=when)

        assert [check("mèo đen") for _ in range(9)] == [False] * 9
        assert check("meo vang"), "a right answer forgets the wrong ones"
        assert [check("mèo đen") for _ in range(10)] == [False] * 10
        with pytest.raises(customer_ops.TooManyAttempts):
            check("mèo vàng")
        assert check("mèo vàng", at + timedelta(hours=1))
