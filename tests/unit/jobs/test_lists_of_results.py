# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of results may grow, change its order, name a picture twice, or have more than was requested."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from scripted_service import Manner, ScriptedService, Task, tag_of

from easel.client.model_requests import ModelRequest
from easel.client.models import ModelId
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.listing import MOST_IMAGES, Asset, Listing
from easel.jobs.placement import Placement

from .conftest import DRAFT, Bench

GRACE_S = 3.0


@pytest.fixture
def service(bench: Bench) -> Iterator[ScriptedService]:
    bench.schedule = dataclasses.replace(
        bench.schedule, near_s=0.02, far_s=0.02, finished_grace_s=0.6, missing_grace_s=0.2
    )
    with ScriptedService() as service:
        yield service


def run(bench: Bench, service: ScriptedService, count: int, **plan: object) -> Job:
    """Run a job of `count` images whose task is as `plan` says; check that all files are whole."""
    service.plans.append(lambda task: [setattr(task, name, value) for name, value in plan.items()])  # type: ignore[func-returns-value]
    engine = bench.engine(url=service.url)
    job = bench.run(engine, dataclasses.replace(DRAFT, count=count))
    assert bench.images() == sorted(result.path for result in job.results)
    return job


def tags(job: Job) -> list[str]:
    return [tag_of(result.path.read_bytes()) for result in job.results]


@pytest.mark.parametrize(
    "lists",
    [
        [[1], [0, 1]],
        [[2, 1], [1, 2, 0]],
        [[1, -1], [1, 0]],
        [[0], [1], [2]],
    ],
)
def test_every_image_is_here_once_however_the_list_grows(
    bench: Bench, service: ScriptedService, lists: list[list[int]]
) -> None:
    count = max(max(indices) for indices in lists) + 1
    job = run(bench, service, count, lists=lists)
    assert job.state is JobState.DONE
    assert sorted(tags(job)) == [f"0.{index}" for index in range(count)]


def test_links_that_change_whole_are_known_by_what_they_lead_to(
    bench: Bench, service: ScriptedService
) -> None:
    def anew(_task: Task, index: int, nth: int) -> str:
        return f"/poll-{nth}/image={index}"

    job = run(bench, service, 3, lists=[[1], [1], [0, 1], [0, 1, 2]], link=anew)
    assert (job.state, sorted(tags(job))) == (JobState.DONE, ["0.0", "0.1", "0.2"])


def test_links_that_differ_in_their_query_alone_are_different_images(
    bench: Bench, service: ScriptedService
) -> None:
    job = run(bench, service, 2, lists=[[1], [0, 1]], link=lambda _task, index, _nth: f"/get?id={index}")
    assert (job.state, sorted(tags(job))) == (JobState.DONE, ["0.0", "0.1"])


def test_a_picture_that_was_made_twice_is_kept_twice_once_the_list_stays(
    bench: Bench, service: ScriptedService
) -> None:
    job = run(bench, service, 2, tags=["same", "same"], lists=[[1], [0, 1]])
    assert (job.state, tags(job)) == (JobState.DONE, ["same", "same"])
    assert len({result.path for result in job.results}) == 2


def test_a_picture_that_came_under_two_links_is_not_kept_twice(
    bench: Bench, service: ScriptedService
) -> None:
    """Before the list was whole, its second link led to the first picture."""
    job = run(bench, service, 2, tags=["a", "a", "b"], lists=[[0, 1], [0, 2]])
    assert (job.state, sorted(tags(job))) == (JobState.DONE, ["a", "b"])


def test_no_more_is_taken_than_was_asked_for(bench: Bench, service: ScriptedService) -> None:
    job = run(bench, service, 1, tags=[f"{index}" for index in range(500)])
    assert (job.state, tags(job)) == (JobState.DONE, ["0"])
    assert "499 images beyond the 1" in job.message


def test_of_a_rescued_task_no_more_is_taken_than_anybody_can_ask_for(
    bench: Bench, service: ScriptedService
) -> None:
    task = service.make_task(500)
    engine = bench.engine(url=service.url)
    job_id, _ = engine.add_task(task.id, ModelId.GEMINI_2_5_FLASH, Placement())
    job = bench.end_of(engine, job_id)
    assert (job.state, len(job.results)) == (JobState.DONE, MOST_IMAGES)


def test_whatever_comes_of_a_model_is_kept(bench: Bench, service: ScriptedService) -> None:
    """A model may have more files than a request has images, files of unknown kinds, and damaged files."""
    raw = {0: b"\x00\x01 of tomorrow", 1: b"glTF\x02 cut short", 2: b"PK\x03\x04 cut short", 3: b"v 0 0 0"}
    service.plans.append(lambda task: task.raw.update(raw) or task.tags.extend(map(str, range(8))))  # type: ignore[func-returns-value]
    engine = bench.engine(url=service.url)
    job = bench.run(engine, ModelRequest(model=ModelId.HUNYUAN_PRO, prompt="chair", sources=()))
    assert [result.path.suffix for result in job.results] == [".bin", ".glb", ".zip", ".bin"] + [".png"] * 5
    assert {result.path.read_bytes() for result in job.results} >= set(raw.values())
    assert job.state is JobState.PARTIAL, "no file is a model, and that is told"
    assert "kept unchanged" in job.message
    engine.stop()
    bench.library.ledger_path.unlink()
    again = bench.engine(url=service.url)
    bench.wait(again, lambda: any(len(it.results) == 9 for it in again.jobs()))


def test_a_rescued_task_is_not_done_before_its_list_stays(bench: Bench, service: ScriptedService) -> None:
    task = service.make_task(3)
    task.lists = [[2], [2, 0], [0, 1, 2]]
    engine = bench.engine(url=service.url)
    job_id, _ = engine.add_task(task.id, ModelId.GEMINI_2_5_FLASH, Placement())
    job = bench.end_of(engine, job_id)
    assert (job.state, sorted(tags(job))) == (JobState.DONE, ["0.0", "0.1", "0.2"])


def test_a_name_that_is_taken_is_left_alone(bench: Bench, service: ScriptedService) -> None:
    engine = bench.engine(url=service.url)
    first = bench.run(engine)
    path = bench.library.image_path(first, 0, ".png")
    assert path == first.results[0].path
    is_written = threading.Event()
    service.manners["ASSET"] = [Manner(hold=is_written)]
    job_id = engine.submit(DRAFT, Placement())
    theirs = bench.library.image_path(engine.job(job_id), 0, ".png")
    theirs.write_bytes(b"the artist's own")
    is_written.set()
    job = bench.end_of(engine, job_id)
    assert theirs.read_bytes() == b"the artist's own"
    assert job.results[0].path != theirs
    assert tags(job) == ["1.0"]


def test_what_a_crash_left_unrecorded_is_taken_and_not_fetched_beside_it(
    bench: Bench, service: ScriptedService
) -> None:
    """The process died after saving the file and before recording it; the list has another order now."""
    service.plans.append(lambda task: setattr(task, "lists", [[1], [0, 1]]))
    engine = bench.engine(url=service.url)
    job = bench.run(engine, dataclasses.replace(DRAFT, count=2))
    engine.stop()
    ledger = Ledger(bench.library.ledger_path)
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM results")
        connection.execute("UPDATE jobs SET state = 'RUNNING'")
    ledger.close()
    before = bench.images()
    bench.wait_state(bench.engine(url=service.url), job.id, JobState.DONE)
    assert bench.images() == before
    assert sorted(tags(bench.engines[-1].job(job.id))) == ["0.0", "0.1"]


def test_a_file_that_a_crash_left_without_its_recipe_gets_one(bench: Bench, service: ScriptedService) -> None:
    """A rebuilt ledger learns only from the recipe what was requested."""
    service.plans.append(lambda task: task.raw.update({0: b"ply\n"}))
    engine = bench.engine(url=service.url)
    job = bench.run(engine, ModelRequest(model=ModelId.HUNYUAN_PRO, prompt="chair", sources=()))
    engine.stop()
    (recipe,) = bench.library.images_folder.rglob("*.json")
    told = recipe.read_bytes()
    recipe.unlink()
    ledger = Ledger(bench.library.ledger_path)
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM results")
        connection.execute("UPDATE jobs SET state = 'RUNNING'")
    ledger.close()
    bench.wait_state(bench.engine(url=service.url), job.id, JobState.DONE)
    assert recipe.stat().st_size == pytest.approx(len(told), abs=20), "but for the time"
    assert len(bench.images()) == 2


def test_images_that_an_older_easel_fetched_are_known_by_their_place(
    bench: Bench, service: ScriptedService
) -> None:
    service.plans.append(lambda task: setattr(task, "lists", [[0], [0, 1]]))
    engine = bench.engine(url=service.url)
    job = bench.run(engine, dataclasses.replace(DRAFT, count=2))
    engine.stop()
    ledger = Ledger(bench.library.ledger_path)
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM results WHERE position = 1")
        connection.execute("UPDATE results SET asset = '', content = ''")
        connection.execute("UPDATE jobs SET state = 'RUNNING'")
    ledger.close()
    bench.wait_state(bench.engine(url=service.url), job.id, JobState.DONE)
    assert tags(bench.engines[-1].job(job.id)) == ["0.0", "0.1"]


def test_an_image_whose_link_is_forgotten_is_known_by_its_content() -> None:
    """In a ledger rebuilt from the files, the places of images may differ from those in the list."""
    listing = Listing(2, [result(0, "", "b")])
    listing.see(["https://host.test/a", "https://host.test/b"], 1, 0.0)
    assert {asset.name for asset in listing.missing([result(0, "", "b")])} == {"a"}
    listing.learn({"a": "a"})
    assert listing.missing([result(0, "", "b"), result(1, "a", "a")]) == []


def test_what_came_before_the_task_failed_can_be_placed(bench: Bench, service: ScriptedService) -> None:
    job = run(bench, service, 2, lists=[[1]], ends=["FINISHED", "FINISHED", "FAILED"])
    assert (job.state, tags(job)) == (JobState.PARTIAL, ["0.1"])
    assert "It broke." in job.message


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], list[list[int]]]:
    """Draw a task's pictures, some alike, and the lists that the service shows; the last two are whole."""
    contents = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=4))
    everything = list(range(len(contents)))
    views = draw(st.lists(st.lists(st.sampled_from([*everything, -1]), unique=True), max_size=5))
    return contents, [*views, draw(st.permutations(everything)), draw(st.permutations(everything))]


@settings(deadline=None)
@given(histories(), st.sampled_from(["{index}.png", "{nth}/{index}.png", "get"]), st.booleans())
def test_whatever_a_list_shows_at_last_is_here(
    history: tuple[list[str], list[list[int]]], path: str, is_rescued: bool
) -> None:
    contents, views = history
    listing = Listing(0 if is_rescued else len(contents), [])
    results: list[Result] = []

    def fetch(assets: list[Asset]) -> None:
        for asset in assets:
            content = contents[int(asset.link.rpartition("=")[2])]
            listing.learn({asset.name: content})
            if asset.is_copy or content not in {result.content for result in results}:
                assert asset.index not in {result.index for result in results}
                results.append(result(asset.index, asset.name, content))

    now = 0.0
    for nth, view in enumerate([*views, *[views[-1]] * 5]):
        now += 1.0
        links = [
            f"https://host-{nth}.test/{path.format(nth=nth, index=index)}?signed={nth}&id={index}"
            if index >= 0
            else ""
            for index in view
        ]
        listing.see(links, len(results), now)
        while assets := listing.missing(results):
            fetch(assets)
        if listing.quiet_s(now) > GRACE_S:
            fetch(listing.copies(results))
        assert len(results) <= len(contents)
    assert sorted(result.content for result in results) == sorted(contents)
    assert listing.wanted == len(contents)


def result(index: int, asset: str, content: str) -> Result:
    return Result(
        index=index,
        path=Path(asset),
        sha256=content,
        byte_count=1,
        width=1,
        height=1,
        asset=asset,
        content=content,
    )
