# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive a real Blender in a real window from outside.

    with BlenderWindow(launcher, work, env={"EASEL_API_URL": simulator.url}) as blender:
        blender.show_sidebar("VIEW_3D", "Easel")
        blender.click(*blender.find_widget("bpy.ops.easel.generate"))
        blender.wait("'result' in bpy.data.images", timeout=20)
        blender.screenshot("after-generate")
        exit_code, seconds = blender.quit()

The methods are:

run(code)           runs code in Blender's event loop; names it makes stay for later code. A value left in
                    `result` is returned (JSON, else its repr). `bpy`, `window()`, `area(type)`,
                    `region(area_type, region_type)` are there.
get(expression)     returns the value of an expression.
wait(expression)    returns the first true value of an expression; it asks until `timeout`.
move, click, drag, stroke   use the mouse, in window coordinates (pixels from the bottom left, as `region.x`).
key, type_text      use the keyboard; the keys go where the mouse is. Text may be any Unicode.
find_widget(what)   returns the coordinates of a button or field by its function: "easel.prompt" (its data
                    path from the Scene, WindowManager, …) or "bpy.ops.easel.generate" (its operator, perhaps
                    with the first arguments). It hovers to find it, so the widget must be visible.
screenshot(name)    writes the whole screen to tests/gui/out/<name>.png and returns the path. Look at it.
quit()              quits as the artist does; returns (exit code, seconds).
kill()              does kill -9; returns the exit code.

All input is simulated inside Blender (`Window.event_simulate`), past the window system: the real mouse does
not disturb it, and it works on every platform. The launcher provides the window. Files for Blender must lie
in the launcher's work folder: `launcher.inside(path)` is their name there.
"""

import contextlib
import itertools
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from launcher import BlenderGoneError, Launcher

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
GEOMETRY = (1200, 1000)  # pixels

CALL_S = 300  # for one call: software rendering compiles the shaders of the first Material Preview
_LOOKS = 5  # at a widget that moves


class AgentError(Exception):
    """The code sent to Blender raised an exception; the text is its traceback."""


class BlenderWindow:
    """One running Blender. The module's docstring lists what it can do."""

    def __init__(
        self,
        launcher: Launcher,
        profile: Path,
        *,
        env: Mapping[str, str] | None = None,
        args: Sequence[str] = (),
        ui_scale: float = 1,
        has_light_views: bool = False,
        size: tuple[int, int] = GEOMETRY,
        timeout: float = 90,
    ) -> None:
        """Start Blender with this profile (BLENDER_USER_RESOURCES) and wait for its first frame.

        Args:
            has_light_views: whether the 3D Views hide the grid and outlines.
        """
        self.launcher = launcher
        self._started = time.monotonic()
        self._profile = profile
        self._log = launcher.work / f"{profile.name}.log"
        agent = profile / "agent.py"
        shutil.copyfile(HERE / "agent.py", agent)
        with socket.create_server(("127.0.0.1", 0)) as server:
            variables = {
                "BLENDER_USER_RESOURCES": launcher.inside(profile),
                "EASEL_AGENT_PORT": str(server.getsockname()[1]),
                "EASEL_UI_SCALE": str(ui_scale),
                "EASEL_LIGHT_VIEWS": "1" if has_light_views else "",
                **(env or {}),
            }
            arguments = ["--window-geometry", "0", "0", *map(str, size), "--enable-event-simulate"]
            arguments += [*args, "--python-exit-code", "9", "--python", launcher.inside(agent)]
            self._process = launcher.popen(arguments, variables, self._log)
            try:
                self._connection = self._accept(server, timeout)
                self._stream = self._connection.makefile("rwb")
                self.wait("draw_count()", timeout=timeout)
            except BaseException:
                self._process.kill()
                raise
        self.seconds_to_first_draw = time.monotonic() - self._started

    def _accept(self, server: socket.socket, timeout: float) -> socket.socket:
        server.settimeout(0.2)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                connection, _address = server.accept()
                connection.settimeout(CALL_S)
                return connection
        raise BlenderGoneError(self._process.poll(), self._log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End Blender if the test did not; after a failure, take a screenshot first."""
        if self._process.poll() is None:
            if error is not None:
                with contextlib.suppress(Exception):
                    self.screenshot("failure")
            self.kill()

    # Asking

    def run(self, code: str) -> Any:
        """Run `code` in Blender's event loop; return what it left in `result`."""
        return self._ask(do="run", code=code)

    def get(self, expression: str) -> Any:
        """Return the value of `expression` in Blender."""
        return self.run(f"result = {expression}")

    def wait(self, expression: str, timeout: float = 15, every: float = 0.05) -> Any:
        """Return the first true value of `expression`; raise TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        # Blender decides if it is true, because an empty collection would arrive as its repr.
        while not (value := self.get(f"({expression}) or None")):
            if time.monotonic() > deadline:
                msg = f"not true within {timeout} s: {expression}"
                raise TimeoutError(msg)
            time.sleep(every)
        return value

    def log(self) -> str:
        """Return what Blender has written to its output so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    # Mouse and keyboard

    def move(self, x: int, y: int) -> None:
        """Move the mouse there."""
        self._events({"type": "MOUSEMOVE", "value": "NOTHING", "x": x, "y": y})

    def click(self, x: int, y: int, button: str = "LEFTMOUSE", **modifiers: bool) -> None:
        """Click there; `modifiers` are shift, ctrl, alt, oskey."""
        press = {"type": button, "x": x, "y": y, **modifiers}
        self.clicks += 1
        self.move(x, y)
        self._events({**press, "value": "PRESS"}, {**press, "value": "RELEASE"})

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 8) -> None:
        """Press at `start`, move to `end`, and release."""
        (x0, y0), (x1, y1) = start, end
        path = [(x0 + (x1 - x0) * i // steps, y0 + (y1 - y0) * i // steps) for i in range(1, steps + 1)]
        self.move(x0, y0)
        self._events(
            {"type": "LEFTMOUSE", "value": "PRESS", "x": x0, "y": y0},
            *({"type": "MOUSEMOVE", "value": "NOTHING", "x": x, "y": y} for x, y in path),
            {"type": "LEFTMOUSE", "value": "RELEASE", "x": x1, "y": y1},
        )

    def drag_edge(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag the edge of a region.

        Blender begins to move the edge after a first move, and forgets the moves that come with it.
        """
        (x0, y0), (x1, y1) = start, end
        self.move(x0, y0)
        self._events({"type": "LEFTMOUSE", "value": "PRESS", "x": x0, "y": y0})
        for share in (0.25, 0.5, 1):
            time.sleep(0.3)
            place = {"x": x0 + round((x1 - x0) * share), "y": y0 + round((y1 - y0) * share)}
            self._events({"type": "MOUSEMOVE", "value": "NOTHING", **place})
        time.sleep(0.3)
        self._events({"type": "LEFTMOUSE", "value": "RELEASE", "x": x1, "y": y1})

    def stroke(self, places: Sequence[tuple[int, int]], steps: int = 4) -> None:
        """Press at the first of several places, move along all of them, and release."""
        path = [
            (x1 + (x2 - x1) * step // steps, y1 + (y2 - y1) * step // steps)
            for (x1, y1), (x2, y2) in itertools.pairwise(places)
            for step in range(1, steps + 1)
        ]
        (x, y), (end_x, end_y) = places[0], places[-1]
        self.move(x, y)
        self._events(
            {"type": "LEFTMOUSE", "value": "PRESS", "x": x, "y": y},
            *({"type": "MOUSEMOVE", "value": "NOTHING", "x": x, "y": y} for x, y in path),
            {"type": "LEFTMOUSE", "value": "RELEASE", "x": end_x, "y": end_y},
        )

    def key(self, name: str, **modifiers: bool) -> None:
        """Press and release a key by Blender's name for it: "RET", "ESC", "A"."""
        x, y = self._mouse
        event = {"type": name, "x": x, "y": y, **modifiers}
        self._events({**event, "value": "PRESS"}, {**event, "value": "RELEASE"})

    def type_text(self, text: str) -> None:
        """Type into the field that is being edited."""
        x, y = self._mouse
        # The field takes the character; the key matters only with a modifier.
        event = {"type": "A", "x": x, "y": y}
        keys = (
            ({**event, "value": "PRESS", "unicode": character}, {**event, "value": "RELEASE"})
            for character in text
        )
        self._events(*itertools.chain.from_iterable(keys))

    _mouse = (0, 0)
    clicks = 0
    """How many clicks the driver has made."""

    def _events(self, *events: dict[str, object]) -> None:
        self._ask(do="events", events=events)
        if events and "x" in events[-1]:
            self._mouse = (events[-1]["x"], events[-1]["y"])

    # Finding and showing

    def show_sidebar(self, area: str, tab: str) -> None:
        """Open the sidebar of an area at one of its tabs."""
        self.run(f"area({area!r}).spaces.active.show_region_ui = True")
        self.wait(f"region({area!r}).width > 1 and region({area!r}).active_panel_category != 'UNSUPPORTED'")
        self.run(f"region({area!r}).active_panel_category = {tab!r}")
        self.run(f"region({area!r}).tag_redraw()")
        self.wait(f"region({area!r}).active_panel_category == {tab!r}")

    def find_widget(self, what: str, area: str = "VIEW_3D", region: str = "UI") -> tuple[int, int]:
        """Return the middle of the button or field that does `what`; raise LookupError if none is visible.

        It looks down the middle of the region first, then elsewhere, since buttons may share a row. It looks
        again until the place stays, since a panel that is yet to be drawn moves the widgets below it.
        """
        if what.startswith("bpy.ops.") and "(" not in what:
            what += "("  # so that `edit` does not find `edit_prompt_text`
        x, y, width, height = self.get(
            f"(lambda r: (r.x, r.y, r.width, r.height))(region({area!r}, {region!r}))"
        )
        for part in (0.5, 0.25, 0.75, 0.83, 0.9, 0.12, 0.69):
            column = x + int(width * part)
            points = [(column, row) for row in range(y + height - 6, y, -9)]  # a row is 20 high
            for _ in range(_LOOKS):
                hits = self._ask(do="scan", points=points, what=what, area_kind=area, region_kind=region)
                if not hits:
                    break
                found = column, (hits[0][1] + hits[-1][1]) // 2
                self._mouse = found
                if self._ask(do="enter", point=found, what=what, area_kind=area, region_kind=region):
                    return found
        raise LookupError(what)

    def screenshot(self, name: str) -> Path:
        """Write the whole screen to tests/gui/out/<name>.png and return that path."""
        OUT.mkdir(exist_ok=True)
        picture = self._profile / "screenshot.png"
        self._ask(do="screenshot", path=self.launcher.inside(picture))
        target = OUT / f"{name}.png"
        shutil.move(picture, target)
        return target

    # Ending

    def quit(self, timeout: float = 30) -> tuple[int, float]:
        """Quit as the artist does, even with unsaved changes; return the exit code and the seconds."""
        began = time.monotonic()
        self.run("bpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.05)")
        exit_code = self._process.wait(timeout)
        self._hang_up()
        return exit_code, time.monotonic() - began

    def kill(self) -> int:
        """End Blender as a crash does; return the exit code that its parent saw."""
        with contextlib.suppress(BlenderGoneError, OSError):
            self.run("import os, signal; os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._hang_up()
        return self._process.wait()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # nobody is left to read the unsent rest
            self._stream.close()
        self._connection.close()

    def _ask(self, **request: object) -> Any:
        try:
            self._stream.write(json.dumps(request).encode() + b"\n")
            self._stream.flush()
            line = self._stream.readline()
        except OSError as error:
            raise BlenderGoneError(self._process.poll(), self._log) from error
        if not line:
            raise BlenderGoneError(self._process.poll(), self._log)
        answer = json.loads(line)
        if "error" in answer:
            raise AgentError(answer["error"])
        return answer["result"]
