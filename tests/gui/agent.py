# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the driver of the window tests from inside Blender (`blender --python agent.py`).

driver.py is the other part.

The agent connects to the driver (EASEL_AGENT_PORT, loopback) and answers one JSON object per line:

    {"do": "run", "code": "…"}              runs in the event loop; `result` is sent back
    {"do": "scan", "points": […], "what"}   returns the points that are over `what`
    {"do": "enter", "point": …, "what"}     moves the mouse to the point; returns if that is over `what`
    {"do": "events", "events": […]}         simulates the events, all in one iteration of the event loop
    {"do": "screenshot", "path": "…"}       writes a PNG of the whole screen

→ {"result": …} or {"error": "…"}. A thread reads the socket. All but the screenshot happens in an app timer:
that is in Blender's event loop, between its own events.
"""

import json
import os
import queue
import shutil
import socket
import subprocess
import threading
import traceback
from collections.abc import Generator, Iterator
from typing import Any, ClassVar

import bpy

MOVES = 2  # moves to one point: the first leaves the last button, the second enters the new one
IDLE = 0.01  # s; else Blender sleeps 0.005 s if nothing happens, but not with --enable-event-simulate

Step = Generator[None, None, Any]

_inbox: queue.SimpleQueue[tuple[dict[str, Any], queue.SimpleQueue[dict[str, Any]]]] = queue.SimpleQueue()
_draws = 0


def window() -> bpy.types.Window:
    """Return the main window."""
    return bpy.context.window_manager.windows[0]


def area(kind: str) -> bpy.types.Area:
    """Return the largest area of this type, such as "VIEW_3D"."""
    areas = [found for found in window().screen.areas if found.type == kind]
    return max(areas, key=lambda found: found.width * found.height)


def region(area_kind: str, region_kind: str = "UI") -> bpy.types.Region:
    """Return a region, such as the sidebar ("UI") of the 3D View."""
    return next(found for found in area(area_kind).regions if found.type == region_kind)


def draw_count() -> int:
    """Return how often the 3D View was drawn; 0 means that there is no window yet."""
    return _draws


def hovered(area_kind: str, region_kind: str) -> str:
    """Return what is under the mouse: "easel.prompt", "bpy.ops.easel.generate()", or "" if unknown."""
    manager = bpy.context.window_manager
    with bpy.context.temp_override(
        window=window(), area=area(area_kind), region=region(area_kind, region_kind)
    ):
        for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
            manager.clipboard = ""
            if copy.poll() and copy() == {"FINISHED"}:
                return manager.clipboard
    return ""


_globals: dict[str, Any] = {
    "bpy": bpy,
    "window": window,
    "area": area,
    "region": region,
    "draw_count": draw_count,
}


def _run(code: str) -> Step:
    """Run code with the names that earlier code has left; answer with the value of `result`."""
    _globals.pop("result", None)
    exec(code, _globals)  # noqa: S102 (the agent exists for this)
    yield
    return _globals.get("result")


def _events(events: list[dict[str, Any]]) -> Step:
    """Feed the events to the window, which handles them in order and then draws once.

    A person can also be quicker than Blender draws. A redraw after each event would take most of the time.
    """
    for event in events:
        window().event_simulate(**event)
    yield
    yield


class AGENT_OT_scan(bpy.types.Operator):  # noqa: N801 (Blender's naming)
    """Note what is under the mouse at each of the points

    Blender handles all moves in one turn of the event loop and draws nothing in between: drawing takes a
    hundred times as long. This operator sees each event before the widgets do, so at the next event it sees
    the effect of the last one on them.
    """

    bl_idname = "agent.scan"
    bl_label = "Scan"
    bl_options = {"INTERNAL"}  # noqa: RUF012 (Blender wants a set)

    points: ClassVar[list[tuple[int, int]]] = []
    region: ClassVar[tuple[str, str]] = ("", "")
    seen: ClassVar[dict[tuple[int, int], str]] = {}
    is_done: ClassVar[bool] = False

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        AGENT_OT_scan.is_done = False
        self.seen.clear()
        self._last: tuple[int, int] | None = None
        x, y = self.points[-1]
        self._end = (x + 1, y)
        for x, y in [*self.points, self._end]:
            for _time in range(MOVES):
                window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, _context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "MOUSEMOVE":
            return {"PASS_THROUGH"}
        if self._last in self.points:
            self.seen[self._last] = hovered(*self.region)
        self._last = (event.mouse_x, event.mouse_y)
        if self._last != self._end:
            return {"PASS_THROUGH"}
        AGENT_OT_scan.is_done = True
        return {"FINISHED", "PASS_THROUGH"}


def _sweep(points: list[tuple[int, int]], area_kind: str, region_kind: str) -> Step:
    """Redraw the region, move the mouse over the points, and return what was under it at each."""
    scan = AGENT_OT_scan
    region(area_kind, region_kind).tag_redraw()
    yield
    yield
    scan.points, scan.region = points, (area_kind, region_kind)
    with bpy.context.temp_override(window=window(), area=area(area_kind)):
        bpy.ops.agent.scan("INVOKE_DEFAULT")
    while not scan.is_done:
        yield
    return dict(scan.seen)


def _scan(points: list[tuple[int, int]], what: str, area_kind: str, region_kind: str) -> Step:
    """Return the first unbroken run of points that are over `what`, or an empty list.

    If the mouse leaves a button for empty space, the button counts as under it until the next redraw. So the
    mouse goes over the points and, after a redraw, back: only hits on both ways count.
    """
    there = [(x, y) for x, y in points]
    ways: list[dict[tuple[int, int], str]] = []
    for way in (there, there[::-1]):
        window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=way[0][0], y=way[0][1])
        seen = yield from _sweep(way, area_kind, region_kind)
        ways.append(seen)
        if not any(found.startswith(what) for found in seen.values()):
            return []
    hits: list[tuple[int, int]] = []
    for point in there:
        if all(way[point].startswith(what) for way in ways):
            hits.append(point)
        elif hits:
            break
    return hits


def _enter(point: tuple[int, int], what: str, area_kind: str, region_kind: str) -> Step:
    """Move the mouse to the point after a redraw; return whether it is over `what` there.

    The mouse comes from elsewhere, so nothing there can have counted as under it since before the redraw.
    """
    x, y = point
    seen = yield from _sweep([(x, y)], area_kind, region_kind)
    return seen[x, y].startswith(what)


def _screenshot(path: str) -> None:
    """Write the screen as PNG, with ImageMagick if possible: Blender's own is black without a GPU."""
    tool = shutil.which("import")
    if tool is not None and "DISPLAY" in os.environ:
        subprocess.run([tool, "-window", "root", "-quality", "10", path], check=True)
    else:
        _ask({"do": "run", "code": f"bpy.ops.screen.screenshot(filepath={path!r})"})


def _steps_for(request: dict[str, Any]) -> Step:
    kind = request.pop("do")
    return {"run": _run, "events": _events, "scan": _scan, "enter": _enter}[kind](**request)


def _pump() -> Iterator[float]:
    """Work off the inbox, one step per turn of the event loop; yield the delay until the next turn, always 0.

    If the inbox is empty it sleeps instead of Blender, else the event loop takes a whole core.
    """
    while True:
        try:
            request, reply = _inbox.get(timeout=IDLE)
        except queue.Empty:
            yield 0
            continue
        answer: dict[str, Any]
        try:
            steps = _steps_for(request)
            while True:
                try:
                    next(steps)
                except StopIteration as finished:
                    answer = {"result": finished.value}
                    break
                yield 0
        except Exception:  # noqa: BLE001 (the driver raises it again)
            answer = {"error": traceback.format_exc()}
        reply.put(answer)


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    """Put a request to the event loop and return its answer; runs on the socket's thread."""
    reply: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    _inbox.put((request, reply))
    return reply.get()


def _serve(port: int) -> None:
    """Answer the driver until it goes away; then end Blender."""
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rwb") as stream:
        for line in stream:
            request = json.loads(line)
            if request["do"] == "screenshot":
                try:
                    _screenshot(request["path"])
                    answer: dict[str, Any] = {"result": None}
                except (OSError, subprocess.CalledProcessError) as error:
                    answer = {"error": str(error)}
            else:
                answer = _ask(request)
            stream.write(json.dumps(answer, default=repr).encode() + b"\n")
            stream.flush()
    os._exit(98)


def _count_draws() -> None:
    global _draws
    _draws += 1


_steps = _pump()


def _tick() -> float:
    return next(_steps)


@bpy.app.handlers.persistent
def _lighten(*_arguments: object) -> None:
    """Turn off details that no test needs: they take software OpenGL a third of a frame, in EEVEE seconds."""
    for scene in bpy.data.scenes:
        scene.eevee.taa_samples = 1  # plain surfaces look the same as with sixteen
    for screen in bpy.data.screens:
        for view in (space for place in screen.areas for space in place.spaces if space.type == "VIEW_3D"):
            overlay = view.overlay
            overlay.show_floor = overlay.show_axis_x = overlay.show_axis_y = False
            overlay.show_outline_selected = False


def main() -> None:
    """Start serving."""
    bpy.utils.register_class(AGENT_OT_scan)
    if os.environ.get("EASEL_LIGHT_VIEWS"):
        _lighten()
        bpy.app.handlers.load_post.append(_lighten)
    view = bpy.context.preferences.view
    view.show_splash = False
    view.ui_scale = float(os.environ.get("EASEL_UI_SCALE", "1"))
    bpy.context.preferences.system.viewport_aa = "OFF"  # else Blender draws each view for 8 samples
    bpy.types.SpaceView3D.draw_handler_add(_count_draws, (), "WINDOW", "POST_PIXEL")
    bpy.app.timers.register(_tick, first_interval=0, persistent=True)
    port = int(os.environ["EASEL_AGENT_PORT"])
    threading.Thread(target=_serve, args=(port,), name="agent", daemon=True).start()


main()
