# SPDX-License-Identifier: GPL-3.0-or-later
"""The sum about an uncertain job uses the right rows of the ledger, and is made again when they change."""

import json

import pytest

from easel.jobs.balances import REVISED_S, SETTLE_S, Balances, Conclusion, Reading
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.placement import Placement

from .conftest import DRAFT, Clock

SERVER = "https://example.test"
OURS, THEIRS = "engine-1", "engine-2"
PRICE = 15


class Wallet:
    """A ledger, a clock, and the balance that the service would report."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.ledger = ledger
        self.clock = clock
        self.balance = 1000.0

    def read(self) -> Reading:
        """Return a reading of the balance, which takes a second."""
        self.clock.now += 1.0
        return Reading(balance=self.balance, asked_at=self.clock.now - 1.0, read_at=self.clock.now)

    def weigh(self) -> bool:
        return self.ledger.weigh(SERVER, self.read())

    def send(self, letter: str, before: Reading | None = None) -> str:
        """Send a job so far that its POST is on the way; return its id."""
        job = Job(
            id=letter * 32,
            state=JobState.QUEUED,
            request=DRAFT,
            placement=Placement(),
            server=SERVER,
            price=PRICE,
            created_at=self.clock.now,
            updated_at=self.clock.now,
        )
        self.ledger.add(job, OURS)
        self.clock.now += 1.0
        assert self.ledger.claim(job.id, OURS, before)
        self.clock.now += 1.0
        return job.id

    def lose(self, letter: str, before: Reading | None) -> str:
        """Send a job that gets no answer; return its id."""
        job_id = self.send(letter, before)
        self.ledger.settle_post(job_id, JobState.UNCERTAIN, "Cut off", "")
        return job_id

    def settle(self) -> None:
        self.clock.now += SETTLE_S + 1.0

    def known(self, job_id: str) -> Balances:
        balances = self.ledger.job(job_id).balances
        assert balances is not None
        return balances


@pytest.fixture
def wallet(ledger: Ledger, clock: Clock) -> Wallet:
    return Wallet(ledger, clock)


@pytest.mark.parametrize("beats", [True, False])
def test_what_was_concluded_while_its_engine_stood_still_is_revised(wallet: Wallet, *, beats: bool) -> None:
    """Another Blender calls the job uncertain and makes the sum; then the service charges after all."""
    job_id = wallet.send("a", wallet.read())
    wallet.clock.now += LEASE_S + 1.0
    assert wallet.ledger.recover(THEIRS, SERVER, parked_too=False) == [job_id]
    wallet.settle()
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.NOT_CHARGED
    if beats:
        wallet.ledger.beat(OURS, [job_id], [job_id])
        assert wallet.ledger.job(job_id).state is JobState.SUBMITTING
    wallet.balance -= PRICE
    wallet.clock.now += 1.0
    wallet.ledger.settle_post(job_id, JobState.UNCERTAIN, "Cut off", "")
    known = wallet.known(job_id)
    assert (known.conclusion, known.after) == (Conclusion.NONE, None), "it is told no more"
    assert known.before is not None
    assert not wallet.weigh(), "it is too early"
    wallet.settle()
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.CHARGED
    assert not wallet.weigh(), "that stays"


@pytest.mark.parametrize("parked", [True, False])
@pytest.mark.parametrize("downloads", [True, False])
@pytest.mark.parametrize("long_ago", [True, False])
def test_a_job_at_the_service_may_have_been_refunded(
    wallet: Wallet, *, parked: bool, downloads: bool, long_ago: bool
) -> None:
    """If it failed there and nobody has asked since, its refund hides the charge of the uncertain job."""
    before = wallet.read()
    other = wallet.send("b")
    wallet.balance -= PRICE
    wallet.ledger.accept(other, "task", OURS)
    if downloads:
        wallet.ledger.start_download(other, OURS)
    if parked:
        wallet.ledger.park(other, "Left")
    wallet.clock.now += 1.0
    job_id = wallet.lose("a", wallet.read() if long_ago else before)
    wallet.settle()
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.OTHERS
    # It was not refunded: the missing credits are its own price, so the uncertain job cost nothing.
    wallet.ledger.unpark(other, OURS, SERVER)
    wallet.ledger.end(other, OURS, JobState.DONE)
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.NOT_CHARGED


def test_a_job_that_is_being_sent_may_have_been_paid_for(wallet: Wallet) -> None:
    job_id = wallet.lose("a", wallet.read())
    wallet.settle()
    other = wallet.send("b")
    wallet.balance -= PRICE  # the price of either job
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.OTHERS
    wallet.ledger.accept(other, "task", OURS)
    wallet.ledger.end(other, OURS, JobState.DONE)
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.NOT_CHARGED


@pytest.mark.parametrize("is_late", [True, False])
def test_what_could_be_either_is_weighed_anew_for_a_while(wallet: Wallet, *, is_late: bool) -> None:
    job_id = wallet.lose("a", wallet.read())
    other = wallet.send("b")
    wallet.balance -= PRICE
    wallet.settle()
    assert wallet.weigh()
    known = wallet.known(job_id)
    assert not wallet.weigh(), "nothing is new"
    wallet.ledger.unclaim(other, OURS, "", "")
    wallet.ledger.cancel(other)
    wallet.clock.now += REVISED_S if is_late else 60.0
    assert wallet.weigh() is not is_late
    if is_late:
        assert wallet.known(job_id) == known
    else:
        assert wallet.known(job_id).conclusion is Conclusion.CHARGED


def test_a_conclusion_of_a_newer_easel_hides_neither_the_job_nor_its_readings(wallet: Wallet) -> None:
    job_id = wallet.lose("a", wallet.read())
    wallet.settle()
    assert wallet.weigh()
    with wallet.ledger.transaction() as connection:
        (text,) = connection.execute("SELECT balances FROM jobs").fetchone()
        newer = json.dumps({**json.loads(text), "conclusion": "PERHAPS", "more": 1})
        connection.execute("UPDATE jobs SET balances = ?", (newer,))
    known = wallet.known(job_id)
    assert known.conclusion is Conclusion.NONE
    assert known.before is not None
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.NOT_CHARGED
    with wallet.ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET balances = '[3'")
    assert wallet.ledger.job(job_id).balances is None
    assert wallet.weigh()
    assert wallet.known(job_id).conclusion is Conclusion.UNKNOWN
