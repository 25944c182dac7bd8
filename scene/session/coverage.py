# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute how much of a model its views will see. Main thread; a thread computes while the panel is visible.

The panel asks. When its question has stayed the same for a moment, a turn of the pump reads the mesh.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import bpy

from ...client.errors import DEFECT
from ...imaging.surface.viewpoints import SheetPlan, Viewpoint
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ...threads.task import Task
from .. import live
from ..models.bring import layer_of
from ..refs import reference
from ..windows import unseen_overlay
from .model_reading import Model, read

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from ...imaging.surface.unseen import Foreseen
    from ...jobs.targets import DatablockRef

MOST_BY_ITSELF: Final = 400_000
"""The most faces that are computed without a click: reading more would block Blender for longer."""
_STEADY_S: Final = 0.35
"""A question must stay the same for this time: while a slider is moved, it changes with every pixel."""
_WATCHED_S: Final = 2.0
"""For this long after a draw, somebody is assumed to look at the panel."""
MOST_MORE: Final = 4
"""The most views of a second round: with more, each is smaller and adds little."""
_MOST_KNOWN: Final = 12


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question. Any change makes another question."""

    scene: DatablockRef
    objects: tuple[DatablockRef, ...]
    shapes: tuple[tuple[float, ...], ...]
    """Numbers that change with the objects: their places, sizes and counts of faces (`_shape`)."""
    plan: SheetPlan
    size: int
    """The textures' side, pixels."""
    earlier: tuple[Viewpoint, ...] = ()
    most: int = 1
    """The most additional views to find."""
    faces: int = 0

    @property
    def is_by_itself(self) -> bool:
        """Whether it is computed without a click."""
        return self.faces <= MOST_BY_ITSELF


@dataclass(frozen=True, kw_only=True)
class Known:
    """An answer."""

    foreseen: Foreseen | None = None
    problem: str = ""
    """Why nothing was found."""


@dataclass(kw_only=True)
class _Looking:
    asked: Asked
    task: Task
    found: list[Known]


@dataclass(kw_only=True)
class _State:
    asked: dict[str, tuple[Asked, float, float]] = field(
        default_factory=dict[str, tuple[Asked, float, float]]
    )
    """By part of the panel: the question, since when it is the same, and when it was last asked
    (monotonic)."""
    known: dict[Asked, Known] = field(default_factory=dict["Asked", Known])
    looking: _Looking | None = None
    is_shown: bool = False
    """Unseen faces are shown in the 3D View."""


def _state() -> _State:
    return live.part(_State)


def asked_of(
    scene: bpy.types.Scene,
    objects: Sequence[bpy.types.Object],
    plan: SheetPlan,
    size: int,
    *,
    earlier: tuple[Viewpoint, ...] = (),
    most: int = 1,
) -> Asked:
    """Return the question about a plan. For `draw`: it reads a few numbers of each object."""
    return Asked(
        scene=reference(scene),
        objects=tuple(reference(obj) for obj in objects),
        shapes=tuple(_shape(obj) for obj in objects),
        plan=plan,
        size=size,
        earlier=earlier,
        most=most,
        faces=sum(len(obj.data.polygons) for obj in objects if obj.type == "MESH"),
    )


def asked_for_more(
    scene: bpy.types.Scene, objects: Sequence[bpy.types.Object], earlier: tuple[Viewpoint, ...]
) -> Asked:
    """Return the question about what earlier views left unseen, for a second round. For `draw`."""
    nothing = SheetPlan(viewpoints=(), side=1)
    return asked_of(scene, objects, nothing, 1, earlier=earlier, most=MOST_MORE)


def ask(what: str, asked: Asked) -> Known | None:
    """Return the answer; None if it is not known yet. For `draw`.

    Args:
        what: the part of the panel that asks.
        asked: replaces the earlier question of that part.
    """
    before, now = _state().asked.get(what), time.monotonic()
    since = before[1] if before is not None and before[0] == asked else now
    _state().asked[what] = asked, since, now
    return _state().known.get(asked)


def known_now(asked: Asked) -> Known:
    """Compute the answer now, and block meanwhile. For scripts."""
    found = _state().known.get(asked)
    if found is None:
        try:
            found = _look_at(asked.plan, asked, _model(asked), None)
        except Refusal as refusal:
            found = Known(problem=str(refusal))
        _state().known[asked] = found
    return found


def is_busy() -> bool:
    """Return whether an answer is being computed, or soon will be."""
    now = time.monotonic()
    return _state().looking is not None or any(
        asked not in _state().known and now - at < _WATCHED_S for asked, _since, at in _state().asked.values()
    )


def is_shown() -> bool:
    """Return whether unseen faces are shown. For `draw`."""
    return _state().is_shown


def show_unseen(*, shown: bool) -> None:
    """Show unseen faces in 3D Views, or hide them."""
    _state().is_shown = shown
    if not shown:
        unseen_overlay.end()
        return
    for asked, _since, _at in _state().asked.values():  # compute again: numbers may not show a change
        _state().known.pop(asked, None)


def file_loaded() -> None:
    """React to another file."""
    _give_up()
    unseen_overlay.end()
    live.forget(_State)


def look() -> bool:
    """Take an answer, and begin the next question. True if panels look different now."""
    changed = _take()
    _show()
    return changed or _begin_next()


def _show() -> None:
    """Show the unseen faces of the panel's model, while the panel is drawn or the model is selected."""
    state = _state()
    if not state.is_shown:
        return
    asked, _since, at = state.asked.get("SHEET", (None, 0.0, 0.0))
    known = state.known.get(asked) if asked is not None else None
    if asked is None or (time.monotonic() - at > _WATCHED_S and not _is_selected(asked)):
        unseen_overlay.end()
    elif known is not None and known.foreseen is not None:
        unseen_overlay.show(known.foreseen.unseen)


def _is_selected(asked: Asked) -> bool:
    wanted = {ref.session_uid for ref in asked.objects}
    for window in bpy.data.window_managers[0].windows:
        objects = window.view_layer.objects
        if any(obj.session_uid in wanted for obj in objects.selected):
            return True
    return False


def _take() -> bool:
    state = _state()
    at_work = state.looking
    if at_work is None or not at_work.task.is_over:
        return False
    state.looking = None
    state.known[at_work.asked] = at_work.found[0] if at_work.found else Known(problem=DEFECT)
    while len(state.known) > _MOST_KNOWN:
        del state.known[next(iter(state.known))]
    return True


def _begin_next() -> bool:
    state, now = _state(), time.monotonic()
    for asked, since, at in state.asked.values():
        if asked in state.known or now - at > _WATCHED_S or not asked.is_by_itself:
            continue
        if state.looking is not None and state.looking.asked == asked:
            return False
        if now - since < _STEADY_S:
            continue
        _begin(asked)
        return True
    return False


def _give_up() -> None:
    if _state().looking is not None:
        _state().looking.task.stop.set()
        _state().looking = None


def _begin(asked: Asked) -> None:
    _give_up()
    try:
        model = _model(asked)
    except Refusal as refusal:
        _state().known[asked] = Known(problem=str(refusal))
        return
    found: list[Known] = []
    task = Task("coverage", lambda stop: found.append(_look_at(asked.plan, asked, model, stop)))
    _state().looking = _Looking(asked=asked, task=task, found=found)


def _model(asked: Asked) -> Model:
    """Read the meshes. Raises Refusal."""
    scene = next((it for it in bpy.data.scenes if it.session_uid == asked.scene.session_uid), None)
    if scene is None:
        raise Refusal(phrase("The scene is gone."))
    wanted = {ref.session_uid: number for number, ref in enumerate(asked.objects)}
    objects = sorted(
        (obj for obj in scene.objects if obj.session_uid in wanted), key=lambda obj: wanted[obj.session_uid]
    )
    layer = layer_of(scene)
    if layer.depsgraph is None:
        layer.update()
    return read(scene, layer.depsgraph, objects)


def _look_at(plan: SheetPlan, asked: Asked, model: Model, stop: threading.Event | None) -> Known:
    """Compute an answer. On a worker, or for a script that waits."""
    import threading

    from ...imaging.surface.mesh import ELSEWHERE
    from ...imaging.surface.pieces import assembled
    from ...imaging.surface.unseen import foresee

    try:
        mesh = assembled(model.pieces)
        parts = sorted({part for piece in model.pieces for part in piece.parts if part != ELSEWHERE})
        sizes = dict.fromkeys(parts, asked.size)
        tiles = {part: [one.tile for one in model.shown if one.part == part and one.tile] for part in parts}
        found = foresee(mesh, plan, sizes, asked.earlier, asked.most, tiles, stop or threading.Event())
    except Refusal as refusal:
        return Known(problem=str(refusal))
    except MemoryError:
        return Known(problem=phrase("There is too little memory for the picture."))
    return Known(foreseen=found)


def _shape(obj: bpy.types.Object) -> tuple[float, ...]:
    """Return numbers of an object that most of its changes change."""
    corners = [value for corner in (obj.bound_box[0], obj.bound_box[6]) for value in corner]
    place = [value for row in obj.matrix_world for value in row]
    mesh = obj.data
    counts = (len(mesh.polygons), len(mesh.vertices), len(obj.modifiers), len(obj.material_slots))
    return (*(round(value, 5) for value in (*corners, *place)), *counts)
