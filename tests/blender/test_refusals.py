# SPDX-License-Identifier: GPL-3.0-or-later
"""All refusals are one family, drawn where its root is defined; the verbs catch this root."""

import importlib
from collections.abc import Iterator

import bpy
import imports
import pytest

from easel import registration
from easel.operators.verb import Verb
from easel.texts import refusal
from easel.texts.phrases import phrase

INSIDE_ONE_ROOM = {
    "jobs.desk.Left",
    "jobs.desk.PutOff",
    "client.transport.NetworkTrouble",
    "client.connections.AddressRefused",
    "simulator.answers.Refusal",
    "simulator.exchange._Gone",
    "imaging.inscription.NotInscribed",
    "imaging.xmp.XmpUnusable",
    "imaging.packet_places.NoRoom",
    "batches.csv_in._CellError",
    "terminal.parser.UsageError",
}
"""Exceptions that their own room always catches: no artist ever sees one."""

NO_VERBS = {"easel.progress", "easel.report", "easel.preset_add", "easel.choose_picture"} | {
    "easel.place_arrived",
    "easel.choose_from_library",
    "easel.choose_newest",
    "easel.clear_filters",
    "easel.stop_chore",
    "easel.turn_page",
}
"""Operators that only show something, and Blender's own."""


@pytest.fixture(scope="module")
def own_exceptions() -> list[type[Exception]]:
    """Return all exceptions that the shipped modules define."""
    for path in imports.shipped_files(imports.ROOT):
        name = imports.module_name(path, imports.ROOT)
        if name and not name.endswith("__main__"):
            importlib.import_module(f"easel.{name}")
    return [one for one in descendants(Exception) if ".easel." in one.__module__]


def descendants(of: type[Exception]) -> Iterator[type[Exception]]:
    """Yield all classes below one."""
    for one in of.__subclasses__():
        yield one
        yield from descendants(one)


def drawn_parents(drawing: str) -> dict[str, str]:
    """Return each drawn class's parent."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = [(0, "Refusal")]
    for line in drawing.splitlines():
        column = line.find("──")
        if column < 0:
            continue
        while above[-1][0] >= column:
            above.pop()
        name = line[column + 2 :].split()[0]
        parents[name] = above[-1][1]
        above.append((column, name))
    return parents


def test_the_tree_is_as_it_is_drawn(own_exceptions: list[type[Exception]]) -> None:
    family = [one for one in own_exceptions if issubclass(one, refusal.Refusal)][1:]
    assert drawn_parents(refusal.__doc__ or "") == {one.__name__: one.__base__.__name__ for one in family}


def test_what_is_not_of_the_family_stays_in_its_room(own_exceptions: list[type[Exception]]) -> None:
    strangers = {one for one in own_exceptions if not issubclass(one, refusal.Refusal)}
    names = {f"{one.__module__.partition('.easel.')[2]}.{one.__name__}" for one in strangers}
    assert names == INSIDE_ONE_ROOM


def test_all_operators_but_a_few_are_verbs() -> None:
    operators = [cls for cls in registration.CLASSES if issubclass(cls, bpy.types.Operator)]
    assert {cls.bl_idname for cls in operators if not issubclass(cls, Verb)} == NO_VERBS


class Probe(Verb):
    """A verb that remembers what it reported."""

    outcome: object = None
    said: list[tuple[set[str], str]]

    def __init__(self, outcome: object) -> None:
        self.outcome = outcome
        self.said = []

    def act(self, context: object) -> object:  # noqa: ARG002
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def report(self, level: set[str], text: str) -> None:
        self.said.append((level, text))


@pytest.mark.parametrize(
    ("outcome", "ended", "said"),
    [
        (None, {"FINISHED"}, []),
        ("", {"FINISHED"}, []),
        (phrase("Copied"), {"FINISHED"}, [({"INFO"}, "Copied")]),
        ({"CANCELLED"}, {"CANCELLED"}, []),
        (refusal.Refusal(phrase("Copied")), {"CANCELLED"}, [({"ERROR"}, "Copied")]),
        (OSError(28, "No space left"), {"CANCELLED"}, [({"ERROR"}, "[Errno 28] No space left")]),
    ],
)
def test_a_verb_reports_how_it_ended(outcome: object, ended: set[str], said: object) -> None:
    probe = Probe(outcome)
    assert probe.execute(bpy.context) == ended
    assert probe.said == said


def test_a_defect_is_no_refusal() -> None:
    with pytest.raises(ZeroDivisionError):
        Probe(ZeroDivisionError()).execute(bpy.context)
