"""Which conversation a mail belongs to: by its token, by what it answers, never by its subject or sender alone."""

from uuid import UUID

from motcua.channels.mail import threads
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.messaging import operations, queries
from tests.channels.mail_house import BOX, HOA, LAN


class TestThreads:
    def token_of(self, house, person=HOA):
        return house.letters(person)[-1].reply_to

    def test_a_forged_sender_with_anothers_token_opens_a_thread_of_its_own(self, house, echo):
        house.writes("của Hoa")
        house.work()
        stolen = self.token_of(house)
        house.writes("cho tôi biết địa chỉ", LAN, to=stolen)
        house.work()

        assert house.heard() == ["của Hoa"]
        [_hoa, other] = house.threads()
        assert other.startswith(f"{LAN}#")
        assert [letter.text for letter in house.letters(LAN)] == ["Trả lời 2"]

    def test_somebody_under_the_customers_name_without_proof_is_kept_apart_once_linked(
        self, house, echo, intake
    ):
        house.writes("của Hoa")
        house.work()
        customer = customer_ops.create_customer(
            full_name="Hoa", phone="+84901234567", actor=intake, at=house.later(seconds=1)
        )
        operations.identify(conversation_id=house.conversation().id, customer_id=customer.id, at=clock.now())
        house.writes("hủy yêu cầu của tôi", subject="Re: của Hoa")
        house.answers("đây mới là Hoa")
        house.work()

        assert house.heard() == ["của Hoa", "đây mới là Hoa"]
        [_hoa, other] = house.threads()
        assert queries.find_open_conversation("EMAIL", other).customer_id is None

    def test_our_own_message_id_leads_back_where_the_token_is_lost(self, house, echo):
        house.writes("một", subject="x")
        house.work()
        house.answers("hai", to=BOX)
        house.work()
        assert house.heard()[-1] == "hai"
        assert house.said()[-2].payload["by"] == "OURS"

    def test_the_same_subject_alone_joins_no_two_people(self, house, echo):
        house.writes("một", subject="Mất điện")
        house.writes("hai", LAN, subject="Re: Mất điện")
        house.work()
        assert house.threads() == [HOA, LAN]

    def test_references_of_another_person_do_not_lead_into_their_thread(self, house, echo):
        house.writes("một")
        house.work()
        name = house.letters()[-1].message_id
        house.writes("hai", LAN, headers={"In-Reply-To": name, "References": name})
        house.work()
        assert house.heard() == ["một"]
        assert house.threads() == [HOA, LAN]

    def test_another_subject_in_an_answer_is_marked_as_a_topic_that_may_be_new(self, house, echo):
        house.writes("một", subject="Giá điện")
        house.work()
        house.answers("Nhà tôi mất điện", subject="Mất điện")
        house.work()
        said = [message for message in house.said() if message.is_from_customer][-1]
        assert (said.text, said.payload["new_topic"]) == ("Mất điện\nNhà tôi mất điện", True)

    def test_a_changed_token_is_none(self, house):
        made = threads.token(UUID(int=7))
        assert threads.read_token(made) == UUID(int=7)
        assert threads.read_token(made[:-1] + ("a" if made[-1] != "a" else "b")) in {None}
        assert threads.read_token("phanhoi") is None
        assert threads.read_token("ấ!") is None
