import pytest

from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor

SYSTEM = Actor.system("test")


@pytest.fixture
def make_customer(company, at):
    """A customer with the given values over ordinary ones."""

    def make(**values):
        told = {"full_name": "Nguyễn Thị Hoa", "phone": "0901234567", "actor": SYSTEM, "at": at} | values
        return customer_ops.create_customer(**told)

    return make


@pytest.fixture
def prove(company, at):
    """A finished proof of a phone number; its id."""

    def finish(phone, purpose="FOLLOW", when=None):
        started = customer_ops.start_proof(
            phone=phone, purpose=purpose, actor=Actor.anonymous("visitor"), at=when or at
        )
        return customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=when or at)

    return finish
