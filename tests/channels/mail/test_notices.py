"""Notices by mail to who chose it, the fall-back to the phone, and mails that name a request."""

import pytest

from motcua.channels.mail import fetching
from motcua.channels.models import Mail
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.messaging import operations
from motcua.messaging.models import OutboxMessage
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.sandbox import mail
from tests.channels.mail_house import HOA, LAN
from tests.web import people


class TestNotices:
    def customer(self, intake, at, **more):
        return customer_ops.create_customer(full_name="Hoa", email=HOA, actor=intake, at=at, **more)

    def request_of(self, customer, at):
        receipt = request_ops.submit(
            service_code="NEW-LV-RES", answers=dict(people.HOME_ANSWERS), channel="WEB", actor=Actor.customer(customer.id),
            at=at, key="test:1", customer_id=customer.id,
        )  # fmt: skip
        return request_queries.get_request(receipt.request_id)

    def test_go_by_mail_to_who_chose_it(self, house, intake):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="REQUEST", channels=["EMAIL"], actor=intake, at=clock.now()
        )
        told = operations.notify(
            key="n1", at=house.later(seconds=1), customer_id=customer.id, phone="+84901234567", important=True,
            texts={"vi": "Tổ công tác đến ngày mai. Xin ở nhà."},
        )  # fmt: skip
        house.work()
        assert told.outbox_keys == ("notice:n1:mail",)
        [letter] = house.letters()
        assert letter.subject == "EVNHANOI: Tổ công tác đến ngày mai"
        assert letter.headers["Auto-Submitted"] == "auto-generated"
        house.answers("Vâng")
        house.work()
        assert house.heard() == ["Vâng"]

    def test_a_mail_that_reaches_nobody_falls_back_to_the_phone(self, house, intake):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="REQUEST", channels=["EMAIL"], actor=intake, at=clock.now()
        )
        mail.plan_faults(["NO_SUCH_USER"])
        operations.notify(
            key="n2", at=house.later(seconds=1), customer_id=customer.id, texts={"vi": "Xin chào"}
        )
        operations.send_due(at=house.later(seconds=1))
        assert OutboxMessage.objects.get(channel="SMS").address == "+84901234567"

    @pytest.mark.parametrize("state", ["SENT", "DELIVERED"])
    def test_a_mail_that_comes_back_days_later_falls_back_to_the_phone_once(self, house, intake, state):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        customer_ops.choose_channels(
            customer_id=customer.id, topic="REQUEST", channels=["EMAIL"], actor=intake, at=clock.now()
        )
        operations.notify(
            key="n3", at=house.later(seconds=1), customer_id=customer.id, texts={"vi": "Mai có điện"}
        )
        operations.send_due(at=house.later(seconds=1))
        OutboxMessage.objects.filter(channel="EMAIL").update(state=state)
        [letter] = house.letters()
        head = f"Message-ID: {letter.message_id}\r\n\r\n".encode()
        for _copy in range(2):
            mail.report("HANOI", HOA, head, house.later(days=2))
        fetching.fetch_new(at=clock.now())
        operations.drain_inbox(at=clock.now())

        sms = OutboxMessage.objects.get(channel="SMS")
        assert (sms.address, sms.texts["vi"]) == ("+84901234567", "Mai có điện")
        assert OutboxMessage.objects.get(channel="EMAIL").state == (
            "FAILED" if state == "SENT" else "DELIVERED"
        )

    def test_a_number_in_the_subject_is_a_link_where_the_mail_proves_whose_it_is(self, house, intake, echo):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        request = self.request_of(customer, clock.now())
        house.writes(f"về phiếu {request.number}", subject=f"Hỏi {request.number}")
        house.work()
        first = house.conversation()
        operations.identify(conversation_id=first.id, customer_id=customer.id, at=house.later(seconds=1))
        house.answers("bao giờ có điện?", subject=f"Re: Phiếu {request.number.lower()}")
        house.work()

        told = [line.payload for line in house.said() if line.is_from_customer]
        assert "request_id" not in told[0], "a stranger's mail proves nothing"
        assert (told[1]["request_id"], told[1]["request_number"]) == (str(request.id), request.number)
        assert (told[1]["subject"], told[1]["from_address"]) == (f"Re: Phiếu {request.number.lower()}", HOA)
        assert house.conversation().request_id == request.id

    def test_somebody_elses_number_is_no_link(self, house, intake, echo):
        customer = self.customer(intake, clock.now(), phone="+84901234567")
        other = customer_ops.create_customer(full_name="Lan", email=LAN, actor=intake, at=clock.now())
        request = self.request_of(other, clock.now())
        house.writes("một")
        house.work()
        operations.identify(
            conversation_id=house.conversation().id, customer_id=customer.id, at=house.later(seconds=1)
        )
        house.answers("hai", subject=f"Re: {request.number}")
        house.work()

        assert "request_id" not in house.said()[-2].payload
        assert house.conversation().request_id is None

    def test_names_of_mails_go_with_the_customer(self, house, intake, echo):
        house.writes("một")
        house.work()
        customer = self.customer(intake, house.later(seconds=1))
        operations.identify(conversation_id=house.conversation().id, customer_id=customer.id, at=clock.now())
        customer_ops.erase_customer(
            customer_id=customer.id, reason="theo yêu cầu", actor=intake, at=house.later(days=1)
        )
        assert not Mail.objects.exists()
