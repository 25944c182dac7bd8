# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that share a request, and a batch's price, duration and limits."""

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from easel.batches.fill import of_images, of_lines, of_lists, of_objects, of_variations, read_lists
from easel.batches.packing import pack
from easel.batches.plan import Terms, plan_batch
from easel.batches.ranges import read_ranges
from easel.batches.requests import request_of
from easel.batches.row import Row, Settings, values_of
from easel.batches.run import Run, read_run
from easel.batches.stored import stored_rows
from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest
from easel.jobs.batch import Batch, RowState
from easel.jobs.caps import Caps, Spent
from easel.jobs.job import Job, JobState
from easel.jobs.placement import OfBatch, Placement
from easel.jobs.targets import PlacementKind
from easel.prompting.tokens import evaluate
from easel.texts.refusal import Refusal

BARK = Row(prompt="bark", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))
SEEDREAM = Settings(model=ModelId.SEEDREAM_V5_LITE)

some_rows = st.lists(
    st.builds(
        Row,
        prompt=st.sampled_from(["bark", "moss"]),
        settings=st.sampled_from([BARK.settings, SEEDREAM, replace(SEEDREAM, seed=4)]),
        count=st.integers(1, 4),
        object=st.sampled_from(["", "Cube"]),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(rows=some_rows, data=st.data())
def test_packed_rows_are_all_there_and_cost_the_same(rows: list[Row], data: st.DataObject) -> None:
    which = data.draw(st.permutations(range(len(rows))))
    groups = pack(rows, which)
    assert sorted(number for group in groups for number in group.rows) == list(range(len(rows)))
    assert sum(group.price for group in groups) == sum(row.price for row in rows)
    for group in groups:
        told = {replace(rows[number], count=1) for number in group.rows}
        assert len(told) == 1, "only equal rows share a request"
        assert group.count == sum(rows[number].count for number in group.rows)
        assert group.count <= group.settings.table.max_images
        assert group.settings.seed is None or len(group.rows) == 1
    firsts = [which.index(group.rows[0]) for group in groups]
    assert firsts == sorted(firsts), "the order stays"


@settings(deadline=None)
@given(
    rows=some_rows,
    balance=st.none() | st.integers(0, 400),
    day=st.integers(0, 300),
    spent=st.integers(0, 100),
    most=st.integers(0, 300),
)
def test_what_fits_stays_below_every_limit(
    rows: list[Row], balance: int | None, day: int, spent: int, most: int
) -> None:
    groups = pack(rows)
    terms = Terms(balance=balance, caps=Caps(day=day), spent=Spent(day=spent), most=most)
    plan = plan_batch(groups, terms)

    def is_allowed(count: int) -> bool:
        price = sum(group.price for group in groups[:count])
        return (
            (balance is None or price <= balance)
            and (not day or not price or spent + price <= day)
            and (not most or price <= most)
        )

    assert is_allowed(plan.fitting)
    assert plan.fitting == len(groups) or not is_allowed(plan.fitting + 1)
    assert bool(plan.stop) is (plan.fitting < len(groups))
    assert plan.fitting_rows == sum(len(group.rows) for group in groups[: plan.fitting])
    assert plan.credits == sum(row.price for row in rows)


def test_a_plan_says_when_the_last_one_goes_out() -> None:
    rows = of_lines("\n".join(f"prop {number}" for number in range(200)), BARK)
    plan = plan_batch(pack(rows), Terms(per_minute=3, balance=1200))
    assert plan.requests == plan.fitting == 200
    assert plan.last_submit_s == 66 * 60
    assert plan.end_s == 66 * 60 + BARK.settings.table.typical_seconds
    assert plan.balance_after == 200
    assert plan_batch(pack(rows), Terms(ahead=3)).last_submit_s == 67 * 60
    assert plan_batch([], Terms()).last_submit_s == 0


def test_a_batch_is_one_click() -> None:
    plan = plan_batch(pack([BARK] * 9), Terms(caps=Caps(click=40)))
    assert plan.fitting == 0
    assert "a click" in plan.stop
    assert plan_batch(pack([BARK] * 9), Terms(caps=Caps(click=40), most=40)).fitting == 2


def test_equal_rows_take_fewer_requests() -> None:
    assert [group.count for group in pack(of_variations(9, BARK))] == [4, 4, 1]


def test_variations_step_the_seed_where_the_model_has_one() -> None:
    rows = of_variations(3, replace(BARK, settings=SEEDREAM), seed=7, step=10)
    assert [row.settings.seed for row in rows] == [7, 17, 27]
    assert {row.settings.seed for row in of_variations(3, BARK, seed=7)} == {None}
    with pytest.raises(Refusal):
        of_variations(3, replace(BARK, settings=SEEDREAM), seed=2**31 - 2)


def test_lists_are_combined() -> None:
    prompt, lists = read_lists(
        "a {style} {thing}, studio light\nstyle: art deco, worn\nthing:\n- chair\n- {lamp}\n"
    )
    rows = of_lists(lists, replace(BARK, prompt=prompt))
    sent = [evaluate(row.prompt, lambda token: token) for row in rows]
    assert sent[:2] == ["a art deco chair, studio light", "a art deco {lamp}, studio light"]
    assert len(sent) == 4
    with pytest.raises(Refusal, match="thing"):
        of_lists({"thing": ["chair"]}, BARK)
    with pytest.raises(Refusal, match="rows"):
        of_lists(dict.fromkeys("abc", ["x"] * 100), replace(BARK, prompt="{a}{b}{c}"))


def test_rows_of_what_is_at_hand() -> None:
    assert [row.prompt for row in of_lines("\n# note\n one \ntwo", BARK)] == ["one", "two"]
    (row,) = of_objects(["Cube"], BARK)
    assert (row.object, row.place) == ("Cube", PlacementKind.TEXTURE)
    (row,) = of_images(["Copper"], replace(BARK, sources=("Style",)))
    request = request_of(row, lambda token: token, count=3)
    assert isinstance(request, EditRequest)
    assert ([source.name for source in request.sources], request.count) == (["Copper", "Style"], 3)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("", [0, 1, 2, 3, 4]), ("1-3", [0, 1, 2]), ("1-5:2,2", [0, 1, 2, 4]), ("1-1", [0]), ("5", [4])],
)
def test_ranges_name_rows(text: str, numbers: list[int]) -> None:
    assert read_ranges(text, 5) == numbers


@pytest.mark.parametrize("text", ["0-3", "3-1", "6", "1-", "one", "1-3:0", "²"])
def test_what_names_no_rows_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_ranges(text, 5)


def test_equal_rows_have_the_same_digest() -> None:
    assert BARK.digest == replace(BARK, count=3, name="other").digest
    assert BARK.digest != replace(BARK, object="Cube").digest
    assert replace(BARK, prompt="\ud800").digest


def a_run(count: int) -> Run:
    rows = [replace(BARK, prompt=f"bark {number}") for number in range(count)]
    batch = Batch(id="b", server="test", name="Props", created_at=0.0)
    return Run(batch, stored_rows(rows))


def test_what_a_thread_has_packed_is_taken_where_nothing_has_changed_since() -> None:
    run = a_run(4)
    revision, waiting = run.plan_revision, run.waiting_now()
    run.take_packed(waiting.packed(), revision)
    assert run.is_packed
    revision, waiting = run.plan_revision, run.waiting_now()
    run.cancel([1])
    assert waiting.plan(Terms()).rows == 4, "it is of the moment when it was asked for"
    run.take_packed(waiting.packed(), revision)
    assert not run.is_packed, "a row that was taken back would be sent"
    assert [group.rows for group in run.groups()] == [(0,), (2,), (3,)]


def test_what_was_left_unsent_is_planned_with_what_waits() -> None:
    run = a_run(3)
    before = run.plan(Terms())
    run.sent(run.groups()[0], "left")
    assert run.plan(Terms(), left={"left"}) == before
    assert run.plan(Terms()).rows == 2, "and nothing is changed by that"


def test_of_what_another_blender_left_unsent_only_what_was_agreed_to_is_sent() -> None:
    run = a_run(3)
    first, second, _third = run.groups()
    run.sent(first, "before")
    run.start()
    run.sent(second, "since")
    left = ("before", "since", "of another batch")
    assert run.agreed_of(left) == {"since"}, "the price of the other was on no button here"
    assert not run.is_under_way(left)
    assert run.is_under_way(["since"])
    run.let_go(["since"])
    assert not run.agreed_of(left), "once is enough"
    run.start(["before"])
    assert "before" in run.agreed_of(left)


def test_a_picture_that_was_read_before_a_row_was_sent_knows_its_job() -> None:
    before, job = (
        a_run(2),
        Job(
            id="sent",
            state=JobState.RUNNING,
            request=GenerateRequest(model=BARK.settings.model, prompt="bark 0"),
            placement=Placement(batch=OfBatch(id="b", rows=(0,), firsts=(0,))),
            server="test",
            price=5,
            created_at=0.0,
            updated_at=0.0,
        ),
    )
    before.sent(before.groups()[0], job.id)
    known = {job.id: job}
    run = read_run(
        before.batch, [replace(told, state=RowState.WAITING, job_id="") for told in before.told], known.get
    )
    run.take_over(before, known.get)
    assert run.numbers([RowState.WAITING]) == [1], "or it is sent twice"
    assert run.note(replace(job, state=JobState.CANCELLED))
    assert run.numbers([RowState.CANCELLED]) == [0]


@pytest.mark.parametrize("what", ["nothing", "a retry", "an edit"])
def test_what_another_blender_makes_of_the_rows_is_sent_after_a_click_alone(what: str) -> None:
    before = a_run(3)
    before.cancel([2])
    before.start()
    stored, rows = list(before.told), list(before.rows)
    if what == "a retry":
        stored[2] = replace(stored[2], state=RowState.WAITING)
    if what == "an edit":
        rows[1] = replace(rows[1], settings=Settings(model=ModelId.GEMINI_3_PRO))
    values = [replace(told, values=values_of(row)) for told, row in zip(stored, rows, strict=True)]
    run = read_run(before.batch, values, lambda _id: None)
    run.take_over(before, lambda _id: None)
    assert run.is_running == (what == "nothing")
    run.start()
    assert run.is_running
