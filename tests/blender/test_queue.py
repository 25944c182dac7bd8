# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue in the list: order, numbers, searching, hiding, and verbs for all jobs at once."""

import itertools
import re
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from pumping import pump_until
from recording_layout import RecordingLayout, draw
from sessions import begin_afresh

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.balances import Balances, Conclusion, Reading
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.panels.job import EASEL_MT_job
from easel.panels.jobs import EASEL_MT_jobs, EASEL_PT_jobs, EASEL_UL_jobs, draw_title
from easel.scene.session import engine_life, leaving, mirror, pump, session
from easel.simulator import Simulator, catalogue
from easel.texts.clock import EPOCH
from easel.texts.wording import row_time_text

if TYPE_CHECKING:
    from placing import MakeJob

OPERATORS = bpy.ops.easel


def shown() -> Any:
    return bpy.context.window_manager.easel


def names() -> list[str]:
    """Return the prompts of the list, from its top."""
    return [row.prompt for row in shown().jobs]


def title(width: int = 400) -> str:
    """Return the text beside the panel's name."""
    layout = RecordingLayout()
    system = SimpleNamespace(ui_scale=1.0)
    context = SimpleNamespace(
        window_manager=bpy.context.window_manager,
        preferences=SimpleNamespace(system=system),
        region=SimpleNamespace(width=width),
    )
    draw_title(context, layout)
    return "".join(layout.texts("label"))


class Shelf:
    """The jobs that earlier sessions have left in the library."""

    def __init__(self, service: Simulator, library: Path) -> None:
        self.server = service.url
        self.ledger = Ledger(Library(library).ledger_path)
        self.now = time.time()

    def add(self, prompt: str, state: JobState, age_s: float, **facts: object) -> str:
        request = GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt=prompt)
        job = Job(
            id=prompt.replace(" ", "-"),
            state=state,
            request=request,
            placement=Placement(),
            server=self.server,
            price=request.price,
            created_at=self.now - age_s,
            updated_at=self.now - age_s,
            **facts,  # type: ignore[arg-type]
        )
        self.ledger.add(job, "")
        return job.id


@pytest.fixture
def left(service: Simulator, tmp_path: Path) -> Shelf:
    begin_afresh()
    shelf = Shelf(service, tmp_path / "library")
    yield shelf
    shelf.ledger.close()


def open_list() -> None:
    """Have the list show the jobs that earlier sessions have left."""
    session.note_drawn()
    pump_until(lambda: session.find_engine() is not None)
    assert session.engine().wait_until_read(30)
    pump_until(lambda: shown().jobs and not mirror.is_filling())


def test_a_title_that_does_not_fit_is_left_out(service: Simulator) -> None:
    """It would lie over the panel's name."""
    shown().running_count = shown().waiting_count = shown().unsent_count = 0
    shown().trouble_count = 1
    assert title(400) == "1 needs you"
    assert title(100) == ""


def test_what_runs_is_on_top_then_what_waits_then_what_wants_the_artist(left: Shelf) -> None:
    left.add("done old", JobState.DONE, 500)
    left.add("failed now", JobState.FAILED, 400, finished_at=left.now)
    left.add("failed long ago", JobState.FAILED, 90_000, finished_at=left.now - 90_000)
    left.add("uncertain", JobState.UNCERTAIN, 100_000, finished_at=left.now - 100_000)
    left.add("unsent late", JobState.QUEUED, 10)
    left.add("unsent early", JobState.QUEUED, 20)
    left.add("done new", JobState.DONE, 300)
    open_list()
    pump_until(lambda: shown().unsent_count == 2)
    assert names() == [
        "unsent early",
        "unsent late",
        "failed now",
        "uncertain",
        "done new",
        "done old",
        "failed long ago",
    ]
    assert shown().trouble_count == 2
    assert title() == "2 not sent · 2 need you"


def test_the_queue_is_in_the_order_in_which_it_is_sent(
    service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_RATE_LIMIT", "1")
    service.script(replace(catalogue.takes(600), times=None))
    for prompt in ("one", "two", "three", "four"):
        OPERATORS.generate(prompt=prompt, placement="IMAGE")
    pump_until(lambda: shown().jobs[0].state == "RUNNING" and shown().waiting_count == 3)
    pump_until(lambda: all(row.starts for row in list(shown().jobs)[1:]))
    assert names() == ["one", "two", "three", "four"]
    starts = [row.starts for row in shown().jobs][1:]
    assert [later - sooner for sooner, later in itertools.pairwise(starts)] == pytest.approx([60, 60], abs=3)
    assert title().startswith("1 running · 3 waiting · ")
    assert title().endswith(" min")
    assert title(width=200).startswith("1/3 · "), "the numbers are seen in a narrow sidebar too"
    mirror.select(shown().jobs[2].name)
    assert OPERATORS.cancel(job_id=shown().jobs[1].name) == {"FINISHED"}
    pump_until(lambda: shown().waiting_count == 2)
    assert names() == ["one", "three", "four", "two"]
    assert shown().selected_job.prompt == "three", "the selection keeps its job"
    assert OPERATORS.cancel_all() == {"FINISHED"}
    pump_until(lambda: shown().waiting_count == 0)
    assert [row.state for row in shown().jobs] == ["RUNNING", "CANCELLED", "CANCELLED", "CANCELLED"]
    assert len(service.tasks) == 1


def test_the_rest_of_the_last_session_is_sent_at_one_click(
    left: Shelf, service: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        left.add(f"unsent {number}", JobState.QUEUED, 30 - number)
    open_list()
    pump_until(lambda: shown().unsent_count == 3)
    drawn = draw(EASEL_PT_jobs)
    assert drawn.texts("label")[0].startswith("3 jobs of the last")
    assert drawn.find("easel.send_rest").text == "Send the Rest · 45 Credits"
    icons = [draw(EASEL_PT_jobs, width=width).find("easel.send_rest").icon for width in (220, 340)]
    assert icons == ["NONE", "EXPORT"], "the price has the icon's place in a narrow tab"
    shown().search = "unsent 2"
    with pytest.raises(RuntimeError, match="search hides some"):
        OPERATORS.send_rest()
    assert not service.tasks, "it would send what is not seen"
    shown().search = ""
    left.ledger.cancel("unsent-1")  # as another Blender may do
    assert OPERATORS.send_rest() == {"FINISHED"}
    pump_until(lambda: shown().unsent_count == 0 and not shown().running_count and not shown().waiting_count)
    assert {row.prompt: row.state for row in shown().jobs} == {
        "unsent 0": "DONE",
        "unsent 1": "CANCELLED",
        "unsent 2": "DONE",
    }
    assert len(service.tasks) == 2
    assert "easel.send_rest" not in draw(EASEL_PT_jobs).names("operator")


def test_only_what_was_left_is_taken_back(left: Shelf, service: Simulator) -> None:
    left.add("unsent", JobState.QUEUED, 30)
    open_list()
    pump_until(lambda: shown().unsent_count == 1)
    assert OPERATORS.cancel_all(is_of_last_session=True) == {"FINISHED"}
    pump_until(lambda: shown().jobs[0].state == "CANCELLED")
    with pytest.raises(RuntimeError, match="no such job"):
        OPERATORS.cancel_all()
    with pytest.raises(RuntimeError, match="no such job"):
        OPERATORS.send_rest()


def test_the_title_tells_in_the_same_turn_what_the_rows_do(service: Simulator) -> None:
    service.script(catalogue.failed())
    OPERATORS.generate(prompt="Copper", placement="IMAGE")
    told: list[str] = []

    def has_failed() -> bool:
        row = shown().jobs[0]
        counts = (shown().waiting_count, shown().running_count, shown().trouble_count)
        assert counts == {"QUEUED": (1, 0, 0), "FAILED": (0, 0, 1)}.get(row.state, (0, 1, 0)), row.state
        told.append(row.state)
        return row.state == "FAILED"

    pump.tick()
    pump_until(has_failed)
    assert {"QUEUED", "FAILED"} < set(told)


# -- search ------------------------------------------------------------------------------------------


@pytest.fixture
def listed(make_job: "MakeJob") -> Any:
    """Yield a list of three jobs without an engine: moss, copper, brass, from the top."""
    job = make_job(Placement())
    jobs = [
        replace(job, id=name, created_at=2e9 - number, request=replace(job.request, prompt=f"{name} wall"))
        for number, name in enumerate(("moss", "copper", "brass"))
    ]
    mirror.rebuild(jobs)
    shown().search = ""
    shown().active_job = 0
    yield shown()
    shown().search = ""
    mirror.rebuild([])


def filtered() -> list[int]:
    """Return the flags of the list's rows."""
    flags, order = EASEL_UL_jobs.filter_items(SimpleNamespace(bitflag_filter_item=4), None, shown(), "jobs")
    assert order == []
    return flags


def test_a_search_leaves_no_job_chosen_that_it_hides(listed: Any) -> None:
    assert filtered() == []
    listed.search = "COPPER wall"
    assert filtered() == [0, 4, 0]
    assert listed.selected_job.name == "copper"
    listed.search = "brass"
    assert (filtered(), listed.selected_job.name) == ([0, 0, 4], "brass")
    listed.search = "granite"
    assert (filtered(), listed.selected_job) == ([0, 0, 0], None)
    with pytest.raises(RuntimeError, match="no such job"):
        OPERATORS.hide()
    with pytest.raises(RuntimeError, match="clear it first"):
        OPERATORS.hide_done()
    assert "easel.clear_search" in draw(EASEL_PT_jobs).names("operator")
    assert OPERATORS.clear_search() == {"FINISHED"}
    assert listed.selected_job.name == "moss"


def test_a_row_that_comes_or_goes_moves_no_choice_onto_what_is_hidden(
    listed: Any, make_job: "MakeJob"
) -> None:
    listed.search = "copper"
    job = make_job(Placement())
    marble = replace(job.request, prompt="marble wall")
    mirror.show(replace(job, id="marble", created_at=2e9 + 1, request=marble), followed=False)
    assert listed.selected_job.name == "copper"
    assert sum(map(bool, filtered())) == 1, "the flags are of the rows of now"
    mirror.remove("copper")
    assert listed.selected_job is None
    mirror.select("brass")
    assert (listed.search, listed.selected_job.name) == ("", "brass"), "what was sent just now is seen"


def test_a_row_that_goes_to_the_other_list_or_grew_old_leaves_a_choice_that_is_seen(
    listed: Any, make_job: "MakeJob", monkeypatch: pytest.MonkeyPatch
) -> None:
    listed.search = "moss"
    job = make_job(Placement())
    lichen = replace(job.request, prompt="moss and lichen")
    mirror.show(replace(job, id="lichen", created_at=2e9 - 9, request=lichen), followed=False)
    assert [row.name for row in listed.jobs] == ["moss", "copper", "brass", "lichen"]
    moss = replace(job, id="moss", created_at=2e9, request=replace(job.request, prompt="moss wall"))
    mirror.show(replace(moss, hidden=True), followed=False)
    assert listed.selected_job.name == "lichen"
    listed.search = "lichen"
    mirror.show(moss, followed=False)
    assert (listed.selected_job.name, len(listed.jobs)) == ("lichen", 4)
    listed.search = "moss wall"
    listed.search = "moss"
    mirror.select("lichen")
    monkeypatch.setattr(mirror, "MAX_JOBS", 3)
    mirror.show(moss, followed=False)
    assert [row.name for row in listed.jobs] == ["moss", "copper", "brass"]
    assert listed.selected_job.name == "moss"


def test_rows_are_told_from_their_neighbours(listed: Any) -> None:
    metal = "Rusty and weathered painted metal, flaking, seamless, copper "
    for row, end in zip(listed.jobs, ("roof", "gutter", "gate"), strict=True):
        row.prompt = metal + end
    layout = RecordingLayout()
    context = SimpleNamespace(
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)), region=SimpleNamespace(width=280)
    )
    for index, row in enumerate(listed.jobs):
        EASEL_UL_jobs.draw_item(None, context, layout, listed, row, 0, listed, "active_job", index)
    drawn = [text for text in layout.texts("label") if "…" in text]
    assert [text.split()[-1] for text in drawn] == ["roof", "gutter", "gate"]
    assert all(text.startswith("Rusty") for text in drawn)


# -- hidden and older ---------------------------------------------------------------------------------


def test_what_is_hidden_is_shown_and_put_back(service: Simulator) -> None:
    for prompt in ("one", "two"):
        OPERATORS.generate(prompt=prompt, placement="IMAGE", wait=True)
    job_id = shown().jobs[1].name
    assert OPERATORS.hide(job_id=job_id) == {"FINISHED"}
    assert names() == ["two"]
    pump_until(lambda: shown().hidden_count == 1)
    assert "Hidden (1)" in draw(EASEL_MT_jobs).texts("prop")
    shown().shows_hidden = True
    pump_until(lambda: names() == ["one"])
    menu = draw(EASEL_MT_job).names("operator")
    assert ("easel.unhide" in menu, "easel.hide" in menu) == (True, False)
    assert OPERATORS.place(job_id=job_id, kind="IMAGE") == {"FINISHED"}, "it can be used"
    assert OPERATORS.unhide(job_id=job_id) == {"FINISHED"}
    assert names() == []
    pump_until(lambda: shown().hidden_count == 0)
    shown().shows_hidden = False
    pump_until(lambda: names() == ["two", "one"])
    shown().shows_hidden = True
    OPERATORS.generate(prompt="three", placement="IMAGE", wait=True)
    assert not shown().shows_hidden, "what is sent is seen"
    assert names() == ["three", "two", "one"]


def test_the_task_of_a_hidden_job_shows_that_job_again_and_no_other(service: Simulator) -> None:
    for prompt in ("one", "two"):
        OPERATORS.generate(prompt=prompt, placement="IMAGE", wait=True)
    job_id = shown().jobs[1].name
    task_id = session.engine().job(job_id).task_id
    OPERATORS.hide(job_id=job_id)
    pump_until(lambda: shown().hidden_count == 1)
    assert OPERATORS.add_task(task_id=task_id) == {"FINISHED"}
    pump_until(lambda: names() == ["one", "two"] and shown().hidden_count == 0)
    assert shown().selected_job.name == job_id
    assert shown().trouble_count == 0


def test_all_that_is_done_is_hidden_and_what_wants_the_artist_stays(left: Shelf) -> None:
    for number in range(4):
        left.add(f"done {number}", JobState.DONE, 100 + number)
    left.add("uncertain", JobState.UNCERTAIN, 50, finished_at=left.now)
    open_list()
    pump_until(lambda: shown().done_count == 4)
    assert OPERATORS.hide_done() == {"FINISHED"}
    pump_until(lambda: names() == ["uncertain"] and shown().hidden_count == 4)


def test_older_jobs_come_a_page_at_a_time_and_a_few_rows_a_turn(left: Shelf) -> None:
    count = 2 * mirror.MAX_JOBS + 5
    with left.ledger.together():
        for number in range(count):
            left.add(f"job {number}", JobState.DONE, 3 * number)
    open_list()
    pump_until(lambda: shown().older_count == count - mirror.MAX_JOBS)
    assert names() == [f"job {number}" for number in range(mirror.MAX_JOBS)]
    assert draw(EASEL_PT_jobs).find("easel.show_older").text == "Show Older (205)"
    OPERATORS.show_older()
    grown = [len(shown().jobs)]

    def is_here() -> bool:
        grown.append(len(shown().jobs))
        return 0 < shown().older_count < 10

    pump_until(is_here)
    assert max(after - before for before, after in itertools.pairwise(grown)) <= 2 * mirror.A_TURN
    assert mirror.MAX_JOBS < len(shown().jobs) < count
    OPERATORS.show_older()
    pump_until(lambda: len(shown().jobs) == count and shown().older_count == 0)
    assert names() == [f"job {number}" for number in range(count)]
    OPERATORS.show_older()
    pump.tick()
    assert len(shown().jobs) == count


# -- uncertain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conclusion", "text"),
    [
        (Conclusion.CHARGED, "It was very likely charged"),
        (Conclusion.NOT_CHARGED, "It was very likely not charged"),
        (Conclusion.OTHERS, "other jobs ran meanwhile"),
        (Conclusion.NONE, "next look at the balance"),
    ],
)
def test_an_uncertain_job_does_the_sum_and_offers_what_is_safe_first(
    make_job: "MakeJob", conclusion: Conclusion, text: str
) -> None:
    job = make_job(Placement())
    before = Reading(balance=1000.0, asked_at=1.0, read_at=2.0)
    after = Reading(balance=940.0, asked_at=9.0, read_at=10.0)
    balances = Balances(
        before=before, after=after if conclusion else None, others=30.0, conclusion=conclusion
    )
    facts = {"state": JobState.UNCERTAIN, "results": (), "price": 30, "balances": balances, "task_id": ""}
    facts["server"] = "https://service.example"
    mirror.rebuild([replace(job, **facts)])
    drawn = draw(EASEL_PT_jobs, width=700)
    assert text in " ".join(drawn.texts("label"))
    has_sum = "Balance 1,000 → 940 · this job 30 · other jobs 30" in drawn.texts("label")
    assert has_sum == bool(conclusion)
    operators = [name for name in drawn.names("operator") if name != "easel.clear_search"]
    assert (
        operators.index("easel.add_task")
        < operators.index("easel.send_again")
        < operators.index("easel.hide")
    )
    may_have_cost = "It may have cost 30 credits" in drawn.texts("label")
    assert may_have_cost == (conclusion is not Conclusion.NOT_CHARGED)
    assert operators[0] == "wm.url_open"
    mirror.rebuild([])


def test_a_lost_answer_is_found_to_be_charged(service: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from easel.jobs import balances
    from easel.simulator.faults import On, When

    monkeypatch.setattr(balances, "SETTLE_S", 0.0)
    session.note_drawn()
    pump_until(lambda: shown().has_balance)
    service.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    OPERATORS.generate(prompt="copper", placement="IMAGE")
    pump_until(lambda: shown().jobs[0].state == "UNCERTAIN")
    OPERATORS.refresh_balance()
    pump_until(lambda: shown().jobs[0].conclusion == "CHARGED")
    assert "this job 15" in shown().jobs[0].balance_sum


# -- paid for, but not on disk ------------------------------------------------------------------------


def test_what_is_not_on_disk_says_how_long_it_lives(service: Simulator) -> None:
    service.script(catalogue.takes(600))
    OPERATORS.generate(prompt="copper", placement="IMAGE")
    pump_until(lambda: shown().jobs[0].state == "RUNNING")
    assert not shown().late_count, "it takes its usual time"
    OPERATORS.stop_watching()
    pump_until(lambda: shown().late_count == 1)
    texts = " ".join(draw(EASEL_PT_jobs, width=700).texts("label"))
    assert re.search(r"1 job is not on disk yet \(2[34] h left\)", texts)
    assert re.search("The service keeps it for 2[34] h", texts)
    assert row_time_text(shown().jobs[0], time.time() - EPOCH) in ("23 h left", "24 h left")


def test_leaving_says_what_is_not_on_disk(service: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    leaving.tell()
    assert not caplog.records
    service.script(catalogue.takes(600))
    OPERATORS.generate(prompt="copper", placement="IMAGE")
    pump_until(lambda: shown().jobs[0].state == "RUNNING")
    leaving.tell()
    (record,) = [record for record in caplog.records if "leaving" in record.name]
    assert "not on disk yet: 1" in record.getMessage()
    assert "easel collect" in record.getMessage()


def test_many_tasks_are_added_from_any_text(
    service: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for prompt in ("copper", "moss"):
        OPERATORS.generate(prompt=prompt, placement="IMAGE")
    pump_until(lambda: [row.state for row in shown().jobs] == ["DONE", "DONE"])
    ids = [row.task_id for row in shown().jobs]
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "another"))
    engine_life.restart()
    pump_until(lambda: not shown().jobs)
    text = f"the first is {ids[0]},\nthe second ({ids[1].upper()}); {ids[0]}"
    assert OPERATORS.add_task(task_id=text) == {"FINISHED"}
    pump_until(lambda: sorted(row.state for row in shown().jobs) == ["DONE", "DONE"])
    assert {row.task_id for row in shown().jobs} == set(ids)
    for wrong in (" ", "there is none in here"):
        with pytest.raises(RuntimeError, match="task ID"):
            OPERATORS.add_task(task_id=wrong)
    assert len(shown().jobs) == 2
    assert len(service.tasks) == 2
