# SPDX-License-Identifier: GPL-3.0-or-later
"""If a network answers instead of the service, nothing is lost or paid twice, and the artist is told why."""

import pytest

from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from easel.simulator.answers import Answer, html_answer
from easel.simulator.faults import Fault, On, Reply, When

from .conftest import DRAFT, Bench

PORTAL = "http://portal.hotel.example/login"


def portal(status: int, on: On, times: int | None = 1) -> Fault:
    """Return a fault: a network answers with a login page or a redirect, and the service hears nothing."""
    if 300 <= status < 400:
        answer = Answer(status=status, headers={"Location": PORTAL})
    else:
        answer = html_answer(status, "Welcome! Please log in.")
    return Fault(on=on, when=When.BEFORE, effect=Reply(answer=answer), times=times)


@pytest.mark.parametrize("status", [200, 307, 403])
def test_a_portal_while_a_job_is_at_the_service(bench: Bench, status: int) -> None:
    """After somebody has logged in, the engine asks for the job and fetches it; nobody has to click."""
    bench.simulator.script(portal(status, On.STATUS, times=3), portal(status, On.ASSET))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: "a web page in a browser" in engine.job(job_id).message)
    job = bench.end_of(engine, job_id)
    assert (job.state, job.message) == (JobState.DONE, "")
    assert bench.posts() == 1
    assert bench.simulator.faults.pending == ()


@pytest.mark.parametrize("status", [307, 403, 511])
def test_a_portal_that_has_let_nothing_out_costs_nothing(bench: Bench, status: int) -> None:
    bench.simulator.script(portal(status, On.SUBMIT, times=None))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: "a web page in a browser" in engine.job(job_id).message)
    assert engine.job(job_id).state in (JobState.QUEUED, JobState.FAILED), "not uncertain: nothing was taken"
    assert not bench.simulator.tasks
    if not engine.job(job_id).state.is_final:
        engine.cancel(job_id)
        bench.end_of(engine, job_id)


def test_a_page_with_200_in_answer_to_a_submit_is_never_sent_again(bench: Bench) -> None:
    """The page may come from a firewall that let the request pass."""
    bench.simulator.script(portal(200, On.SUBMIT))
    job = bench.run(bench.engine())
    assert job.state is JobState.UNCERTAIN
    assert "a web page in a browser" in job.message
    assert bench.posts() == 1
