# SPDX-License-Identifier: GPL-3.0-or-later
"""How a farm's tasks divide the rows, and the job template of these tasks."""

import json

from hypothesis import given, strategies as st

from easel.batches.ranges import read_ranges
from easel.farms.chunks import MOST_TASKS, chunks
from easel.farms.open_jd import template

ROWS = st.lists(st.integers(1, 5000), unique=True, max_size=400).map(sorted)


@given(ROWS, st.integers(-3, 50))
def test_each_row_is_in_one_task(rows: list[int], per_task: int) -> None:
    made = chunks(rows, per_task)
    read = [number + 1 for chunk in made for number in read_ranges(chunk, 5000)]
    assert read == rows
    assert len(made) <= MOST_TASKS


def test_a_batch_of_any_length_has_no_more_tasks_than_a_step_may_have() -> None:
    made = chunks(range(1, 10_001), 1)
    assert len(made) <= MOST_TASKS
    assert made[0] == "1-10"
    assert read_ranges(made[-1], 10_000)[-1] == 9_999


def test_the_template_has_no_prompt_and_no_key_in_it() -> None:
    values = json.loads(template('Walls "old"', ["1-10", "11"], table="rows.csv", seconds_a_row=60))
    images, report = values["steps"]
    action = images["script"]["actions"]["onRun"]
    assert action["timeout"] == 600, "by the largest task"
    assert action["args"][:5] == ["-b", "--online-mode", "--command", "easel", "batch"]
    assert report["dependencies"] == [{"dependsOn": "Images"}]
    assert "EASEL_API_KEY" not in json.dumps(values["steps"])
