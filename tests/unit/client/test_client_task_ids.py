# SPDX-License-Identifier: GPL-3.0-or-later
"""Task ids are found in any pasted text."""

import uuid

from hypothesis import example, given, strategies as st

from easel.client.task_ids import task_ids

SEPARATORS = st.text(" \n\t,;:.\"'()[]{}<>/\\|=–„“", min_size=1, max_size=4)


@given(st.lists(st.tuples(SEPARATORS, st.uuids(), st.booleans()), min_size=1, max_size=8), SEPARATORS)
@example([('{"task_id": "', uuid.UUID(int=1), True)], '"}\n')
def test_each_is_found_once_in_its_order(parts: list[tuple[str, uuid.UUID, bool]], end: str) -> None:
    text = "".join(before + (str(id_).upper() if loud else str(id_)) for before, id_, loud in parts) + end
    assert task_ids(text) == tuple(dict.fromkeys(str(id_) for _before, id_, _loud in parts))


def test_what_looks_like_none_is_taken_alone_only() -> None:
    assert task_ids(" task-17 \n") == ("task-17",)
    assert task_ids("there is none here") == ()
    assert task_ids("") == ()
    longer = f"a{uuid.UUID(int=5)}"
    assert task_ids(f"see {longer}") == (), "a part of something else"
