"""A customer's own reading: taken, asked again, looked at by a person; and the crew's round."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from motcua.billing import operations, own_reading_queries, reading_days, rounds
from motcua.billing.models import AccountTerms, Bill, BillingPolicy, OwnReading, RunException
from motcua.billing.operations import RoundReading
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.documents import queries as document_queries
from motcua.documents import storage
from motcua.documents.contents import FileKindUnknown
from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid, NotAllowed, NotFound
from motcua.messaging.models import OutboxMessage
from motcua.supply.models import Reading
from tests.billing.accounts import UNIT, hang, make, meter_of, point_of, read, take_down
from tests.documents import samples

pytestmark = pytest.mark.django_db
SEP, OCT, NOV, DEC = date(2025, 9, 5), date(2025, 10, 5), date(2025, 11, 5), date(2025, 12, 5)
NOW = datetime(2025, 11, 5, 3, tzinfo=UTC)  # ten in the morning of the reading day
SYSTEM = Actor.system("test")
CLERK = Actor.staff("b1", "Minh", ["BUSINESS"], [UNIT])
CREW = Actor.staff("c1", "Hùng", ["CREW"], [UNIT])


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    own = storage.FolderStorage(tmp_path / "documents")
    monkeypatch.setattr(document_ops, "get_storage", lambda: own)


@pytest.fixture
def hoa(company):
    return customer_ops.create_customer(full_name="Nguyễn Thị Hoa", phone="+84901234567", actor=SYSTEM, at=NOW).id  # fmt: skip


@pytest.fixture
def account(hoa):
    """Read in October at 100, billed for 100 kilowatt-hours."""
    code = make(SEP, {OCT: 100}, customer=hoa)
    run(OCT)
    return code


def run(day, at=NOW):
    made = operations.start_run(unit_code=UNIT, reading_date=day, actor=SYSTEM, at=at)
    return operations.go_on(run_id=made.id, actor=SYSTEM, clock=lambda: at)


def send(account, who, value="210", *, at=NOW, key="k1", photo=None):
    return operations.send_own_reading(
        account_code=account, shown={"KT": value}, photo=samples.jpeg() if photo is None else photo, photo_name="anh.jpg",
        actor=Actor.customer(who), at=at, key=key,
    )  # fmt: skip


def own():
    return [(str(r.value_kwh), r.at) for r in Reading.objects.filter(source="CUSTOMER")]


class TestSending:
    def test_what_may_be_so_is_a_reading_at_once_with_its_photo(self, account, hoa):
        row = send(account, hoa, "210,5")

        assert (row.state, row.doubt, row.kwh, row.last_kwh, row.serial) == ("TAKEN", "", 110, 100, meter_of(account))  # fmt: skip
        assert own() == [("210.500", NOW)]
        photo = document_queries.get_document(row.document_id)
        assert (photo.kind, photo.subject_type, photo.subject_id, photo.mime) == (
            "METER_PHOTO", "own_reading", str(row.id), "image/jpeg",
        )  # fmt: skip
        assert run(NOV).bills == 1

    def test_the_same_press_twice_is_one(self, account, hoa):
        assert send(account, hoa).id == send(account, hoa).id
        assert OwnReading.objects.count() == 1

    def test_the_companys_own_reading_goes_before_it(self, account, hoa):
        send(account, hoa, "210")
        read(meter_of(account), NOV, 205)  # the crew came an hour before
        run(NOV)
        assert Bill.objects.get(billing_month=date(2025, 11, 1)).kwh == 105

    @pytest.mark.parametrize(
        ("value", "doubt", "kwh"),
        [("300", "ABOVE", 200), ("120", "BELOW", 20), ("90", "NEGATIVE", 999_990), ("100", "ZERO_HOME", 0)],
    )
    def test_far_off_is_asked_again_and_waits_for_a_person(self, account, hoa, value, doubt, kwh):
        row = send(account, hoa, value)
        assert (row.state, row.doubt, row.kwh) == ("ASKED", doubt, kwh)
        assert own() == []

        row = operations.confirm_own_reading(reading_id=row.id, actor=Actor.customer(hoa), at=NOW)

        assert (row.state, own()) == ("WAITING", [])
        assert own_reading_queries.count_waiting([UNIT]) == 1

    def test_typed_anew_with_the_same_photo(self, account, hoa):
        row = send(account, hoa, "2100")
        row = operations.correct_own_reading(
            reading_id=row.id, shown={"KT": "210"}, actor=Actor.customer(hoa), at=NOW
        )
        assert (row.state, own()) == ("TAKEN", [("210.000", NOW)])

    def test_only_in_the_days_around_the_reading_day(self, account, hoa):
        for days in (-2, 2):
            with pytest.raises(operations.NotWanted):
                send(account, hoa, at=NOW + timedelta(days=days))
        assert [reading_days.find_wanted(account, NOV + timedelta(days=d)) is not None for d in range(-2, 3)] == [
            False, True, True, True, False,
        ]  # fmt: skip
        BillingPolicy.objects.update(
            own_days_before=0, own_days_after=9
        )  # never where a run would not find it
        assert [reading_days.find_wanted(account, NOV + timedelta(days=d)) is not None for d in range(-1, 3)] == [
            False, True, True, False,
        ]  # fmt: skip
        BillingPolicy.objects.update(asks_customers=False)
        assert reading_days.find_wanted(account, NOV) is None

    def test_an_account_with_days_of_its_own_and_one_that_is_billed(self, account, hoa):
        AccountTerms.objects.create(
            account_code=account, valid_from=OCT, price_group="HOME", reading_days=[15, 31], set_at=NOW, set_by="t"
        )  # fmt: skip
        assert reading_days.find_next(account, NOV).day == date(2025, 11, 15)
        assert reading_days.find_next(account, date(2025, 11, 20)).day == date(2025, 11, 30)
        AccountTerms.objects.all().delete()
        send(account, hoa)
        run(NOV)
        assert reading_days.find_wanted(account, NOV) is None

    def test_what_was_typed_wrong_stands_with_its_register(self, account, hoa):
        with pytest.raises(Invalid) as refused:
            send(account, hoa, "12a")
        assert [problem.code for problem in refused.value.errors["KT"]] == ["NOT_A_NUMBER"]
        with pytest.raises(FileKindUnknown):
            send(account, hoa, photo=b"no picture at all")
        assert not OwnReading.objects.exists()

    def test_of_somebody_else_it_is_not_there(self, account, hoa):
        row = send(account, hoa, "300")
        with pytest.raises(NotFound):
            send(account, uuid4(), key="k2")
        with pytest.raises(NotFound):
            operations.confirm_own_reading(reading_id=row.id, actor=Actor.customer(uuid4()), at=NOW)

    def test_not_without_end(self, account, hoa):
        for number in range(5):
            send(account, hoa, str(205 + number), at=NOW + timedelta(seconds=number), key=f"k{number}")
        with pytest.raises(operations.TooManyReadings):
            send(account, hoa, key="k9")


class TestDeciding:
    @pytest.fixture
    def waiting(self, account, hoa):
        row = send(account, hoa, "300")
        return operations.confirm_own_reading(reading_id=row.id, actor=Actor.customer(hoa), at=NOW)

    def decide(self, row, accept, reason="", actor=CLERK):
        return operations.decide_own_reading(
            reading_id=row.id, accept=accept, reason=reason, actor=actor, at=NOW
        )

    def test_accepted_it_is_a_reading_of_when_it_was_read_and_told(self, waiting):
        assert self.decide(waiting, True).state == "ACCEPTED"
        assert own() == [("300.000", NOW)]
        told = OutboxMessage.objects.get()
        assert told.template == "own-reading.accepted"
        with pytest.raises(NotFound):
            self.decide(waiting, False, "x")

    def test_refused_with_a_reason_that_is_told(self, waiting):
        with pytest.raises(operations.ReasonMissing):
            self.decide(waiting, False, " ")
        row = self.decide(waiting, False, "Ảnh mờ, không rõ số")
        assert (row.state, row.reason, own()) == ("REFUSED", "Ảnh mờ, không rõ số", [])
        told = OutboxMessage.objects.get()
        assert (told.template, told.params["reason"]) == ("own-reading.refused", "Ảnh mờ, không rõ số.")
        assert told.params["figures"] == "300"

    def test_by_business_staff_of_the_unit_alone(self, waiting):
        for actor in (CREW, Actor.staff("x", "X", ["BUSINESS"], ["PD0200"])):
            with pytest.raises(NotAllowed):
                self.decide(waiting, True, actor=actor)


class TestTheRound:
    def take(self, *readings, at=NOW, read_at=NOW, actor=CREW):
        return operations.take_round(readings=readings, read_at=read_at, actor=actor, at=at)

    def one(self, account, value, sure=False):
        return RoundReading(account, {(meter_of(account), "KT"): value}, sure)

    def test_who_is_still_to_be_read_and_how_far_it_is(self, account, hoa):
        other, elsewhere = make(SEP, {OCT: 50}), make(SEP, {}, unit="PD0200")
        read(meter_of(other), NOV, 70)
        assert [stop.account_code for stop in rounds.list_left(UNIT, NOV, limit=9)] == [account]
        assert rounds.measure(UNIT, NOV) == rounds.Progress(2, 1)
        assert rounds.list_left(UNIT, date(2025, 11, 7), limit=9) == []
        assert [stop.account_code for stop in rounds.list_left("PD0200", NOV, limit=9)] == [elsewhere]
        send(account, hoa)  # the customer's own reading does not spare the crew the way
        assert rounds.measure(UNIT, NOV) == rounds.Progress(2, 1)

    def test_in_the_order_of_the_poles_behind_a_place(self, company):
        codes = [make(SEP, {}) for _ in range(3)]
        for code, pole in zip(codes, ("C3", "C1", "C2"), strict=True):
            point = point_of(code)
            point.pole_number = pole
            point.save()
        assert [stop.pole_number for stop in rounds.list_left(UNIT, NOV, limit=9)] == ["C1", "C2", "C3"]
        behind = rounds.list_left(UNIT, NOV, after=("", "C1", codes[1]), limit=1)
        assert [stop.account_code for stop in behind] == [codes[2]]

    def test_thirty_per_cent_above_last_month_is_asked_again(self, account):
        came = self.take(self.one(account, "241"))  # 141 in 31 days, after 100 in 30
        doubtful = came.doubts[account]
        assert (came.accounts, doubtful.doubt, doubtful.kwh, doubtful.last_kwh) == ([], "ABOVE", 141, 100)
        assert not Reading.objects.filter(source="CREW", at=NOW).exists()
        assert self.take(self.one(account, "234")).accounts == [account]  # 134: within it

    def test_sure_it_is_written_and_the_run_asks_nobody_twice_the_same(self, account):
        assert self.take(self.one(account, "241", sure=True)).accounts == [account]
        assert [r.value_kwh for r in Reading.objects.filter(source="CREW", at=NOW)] == [241]
        assert self.take(self.one(account, "241", sure=True)).accounts == [
            account
        ]  # sent again without signal
        assert Reading.objects.filter(source="CREW", at=NOW).count() == 1
        run(NOV)
        assert RunException.objects.get(run__reading_date=NOV).code == "ABOVE"

    def test_each_home_by_itself(self, account):
        hours = make(SEP, {}, kind="TIME_OF_USE", first={"BT": 0, "CD": 0, "TD": 0})
        wrong, blank = make(SEP, {OCT: 5}), make(SEP, {})
        serial = meter_of(hours)
        came = self.take(
            self.one(account, "200"), self.one(wrong, "abc"), self.one(blank, " "),
            RoundReading(hours, {(serial, "BT"): "1", (serial, "CD"): "2", (serial, "TD"): ""}),
        )  # fmt: skip
        assert came.accounts == [account]
        assert {place: problem.code for place, problem in came.problems.items()} == {
            (meter_of(wrong), "KT"): "NOT_A_NUMBER", (serial, "TD"): "MISSING",
        }  # fmt: skip
        assert not Reading.objects.filter(meter__serial=serial, source="CREW").exists()

    def test_when_it_was_read_is_kept_but_no_day_ahead_nor_long_ago(self, account):
        read_at = NOW - timedelta(days=1)
        self.take(self.one(account, "200"), read_at=read_at)
        assert Reading.objects.get(source="CREW", value_kwh=200).at == read_at
        for told in (NOW + timedelta(hours=1), NOW - timedelta(days=30)):
            self.take(self.one(account, "201"), read_at=told)
        assert Reading.objects.get(value_kwh=201).at == NOW

    def test_of_another_unit_nothing_is_written(self, account):
        came = self.take(self.one(account, "200"), actor=Actor.staff("c2", "Là", ["CREW"], ["PD0200"]))
        assert (came.accounts, came.doubts) == ([], {})
        with pytest.raises(NotAllowed):
            self.take(self.one(account, "200"), actor=Actor.staff("i", "I", ["INTAKE"], [UNIT]))
        assert not Reading.objects.filter(source="CREW", at=NOW).exists()

    def test_a_meter_that_was_changed_since_is_held_against_nothing(self, account):
        take_down(account, date(2025, 10, 20), 150)
        hang(point_of(account), "CTMOI1", date(2025, 10, 20), 10, hour=11)
        came = self.take(RoundReading(account, {("CTMOI1", "KT"): "60"}))
        assert came.accounts == [account]
        came = self.take(RoundReading(account, {("CTMOI1", "KT"): "5"}), read_at=NOW - timedelta(hours=1))
        assert came.doubts[account].doubt == "NEGATIVE"
