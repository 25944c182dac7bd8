# SPDX-License-Identifier: GPL-3.0-or-later
"""Be another program on the same X11 screen: drag files onto windows, or hold a file on the clipboard.

    python outside.py drop X Y FILE…       X and Y are pixels of the screen from the top left.
                                           Exit code: 0 the window took them, 1 it refused, 2 no window
    python outside.py offer TYPE FILE      holds the clipboard until it is ended; TYPE like image/png

It implements the source's half of XDND version 5 (https://www.freedesktop.org/wiki/Specifications/XDND) and
of X11's selections with ctypes, so it needs no package anywhere and uses nothing of Blender.
"""

import ctypes
import ctypes.util
import sys
import time
from pathlib import Path

VERSION = 5
PATIENCE = 20.0  # s
SELECTION_CLEAR, SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 29, 30, 31, 33
ATOM, REPLACE, CURRENT_TIME = 4, 0, 0


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    )


class SelectionRequest(ctypes.Structure):
    """XSelectionRequestEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("owner", ctypes.c_ulong),
        ("requestor", ctypes.c_ulong),
        ("selection", ctypes.c_ulong),
        ("target", ctypes.c_ulong),
        ("property", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
    )


class SelectionNotify(ctypes.Structure):
    """XSelectionEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("requestor", ctypes.c_ulong),
        ("selection", ctypes.c_ulong),
        ("target", ctypes.c_ulong),
        ("property", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
    )


class Event(ctypes.Union):
    """XEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("message", ClientMessage),
        ("request", SelectionRequest),
        ("notify", SelectionNotify),
        ("pad", ctypes.c_long * 24),
    )


class Program:
    """One program on the screen of $DISPLAY. It offers `data`, by type."""

    def __init__(self, selection: str, data: dict[str, bytes]) -> None:
        self._x = _xlib()
        self._display = self._x.XOpenDisplay(None)
        if not self._display:
            raise OSError("no X display")
        self._root = self._x.XDefaultRootWindow(self._display)
        self._window = self._x.XCreateSimpleWindow(self._display, self._root, 0, 0, 1, 1, 0, 0, 0)
        self._data = {self._atom(name): content for name, content in data.items()}
        self._x.XSetSelectionOwner(self._display, self._atom(selection), self._window, CURRENT_TIME)
        self._x.XFlush(self._display)

    def drop(self, x: int, y: int) -> int:
        """Drag the data to a place on the screen and drop it there; return the exit code."""
        self._x.XWarpPointer(self._display, 0, self._root, 0, 0, 0, 0, x, y)
        target = self._target(x, y)
        if not target:
            return 2
        self._send(target, "XdndEnter", VERSION << 24, next(iter(self._data)))
        status = None
        for step in (8, 4, 0):  # pixels: the drag comes from the side
            place = (x - step) << 16 | y
            self._send(target, "XdndPosition", 0, place, CURRENT_TIME, self._atom("XdndActionCopy"))
            status = self._answer("XdndStatus")
        if status is None or not status[1] & 1:
            self._send(target, "XdndLeave")
            return 1
        self._send(target, "XdndDrop", 0, CURRENT_TIME)
        return 0 if self._answer("XdndFinished") else 1

    def offer(self) -> None:
        """Hand over the data on request, until the program ends or another one takes the clipboard."""
        self._answer("", patience=float("inf"))

    def _target(self, x: int, y: int) -> int:
        """Return the first window that takes drops, from the root down to the one under the place, or 0."""
        window, child = self._root, ctypes.c_ulong()
        inner_x, inner_y = ctypes.c_int(), ctypes.c_int()
        while window and not self._is_aware(window):
            places = ctypes.byref(inner_x), ctypes.byref(inner_y), ctypes.byref(child)
            self._x.XTranslateCoordinates(self._display, self._root, window, x, y, *places)
            window = child.value
        return window

    def _is_aware(self, window: int) -> bool:
        kind, form = ctypes.c_ulong(), ctypes.c_int()
        count, rest, data = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_void_p()
        found = (ctypes.byref(out) for out in (kind, form, count, rest, data))
        self._x.XGetWindowProperty(self._display, window, self._atom("XdndAware"), 0, 1, 0, ATOM, *found)
        if data:
            self._x.XFree(data)
        return count.value > 0

    def _send(self, target: int, message: str, *data: int) -> None:
        event = Event()
        event.message.type, event.message.window, event.message.format = CLIENT_MESSAGE, target, 32
        event.message.message = self._atom(message)
        event.message.data[:] = [self._window, *data, *[0] * (4 - len(data))]
        self._x.XSendEvent(self._display, target, 0, 0, ctypes.byref(event))
        self._x.XFlush(self._display)

    def _answer(self, message: str, patience: float = PATIENCE) -> list[int] | None:
        """Wait for a message of the target and return it; hand over the data whenever the target asks."""
        wanted, event = self._atom(message) if message else -1, Event()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not self._x.XPending(self._display):
                time.sleep(0.005)
                continue
            self._x.XNextEvent(self._display, ctypes.byref(event))
            if event.type == SELECTION_REQUEST:
                self._hand_over(event.request)
            elif event.type == SELECTION_CLEAR:
                return None
            elif event.type == CLIENT_MESSAGE and event.message.message == wanted:
                return list(event.message.data)
        return None

    def _hand_over(self, request: SelectionRequest) -> None:
        answer = Event()
        notify = answer.notify
        notify.type, notify.requestor, notify.time = SELECTION_NOTIFY, request.requestor, request.time
        notify.selection, notify.target = request.selection, request.target
        content, kind, bits = self._data.get(request.target), request.target, 8
        if request.target == self._atom("TARGETS"):
            content, kind, bits = bytes((ctypes.c_long * len(self._data))(*self._data)), ATOM, 32
        if content is not None:
            notify.property = request.property
            length = len(self._data) if bits == 32 else len(content)
            place = self._display, request.requestor, request.property
            self._x.XChangeProperty(*place, kind, bits, REPLACE, content, length)
        self._x.XSendEvent(self._display, request.requestor, 0, 0, ctypes.byref(answer))
        self._x.XFlush(self._display)

    def _atom(self, name: str) -> int:
        return self._x.XInternAtom(self._display, name.encode(), 0)


def _xlib() -> ctypes.CDLL:
    x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    pointer, number, integer = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int
    x.XOpenDisplay.restype, x.XOpenDisplay.argtypes = pointer, [ctypes.c_char_p]
    x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = number, [pointer]
    x.XInternAtom.restype, x.XInternAtom.argtypes = number, [pointer, ctypes.c_char_p, integer]
    x.XCreateSimpleWindow.restype = number
    x.XCreateSimpleWindow.argtypes = [pointer, number, *[integer] * 5, number, number]
    x.XSetSelectionOwner.argtypes = [pointer, number, number, number]
    x.XWarpPointer.argtypes = [pointer, number, number, *[integer] * 6]
    x.XTranslateCoordinates.argtypes = [pointer, number, number, integer, integer, *[pointer] * 3]
    x.XGetWindowProperty.argtypes = [
        *(pointer, number, number, ctypes.c_long, ctypes.c_long, integer, number),
        *[pointer] * 5,
    ]
    x.XChangeProperty.argtypes = [
        *(pointer, number, number, number, integer, integer, ctypes.c_char_p, integer)
    ]
    x.XSendEvent.argtypes = [pointer, number, integer, ctypes.c_long, pointer]
    x.XFree.argtypes = x.XFlush.argtypes = x.XPending.argtypes = [pointer]
    x.XNextEvent.argtypes = [pointer, pointer]
    return x


def main(verb: str, *arguments: str) -> int:
    """Carry out the command line; return the exit code."""
    match verb, *arguments:
        case "drop", x, y, *files:
            uris = "".join(f"{Path(file).absolute().as_uri()}\r\n" for file in files)
            return Program("XdndSelection", {"text/uri-list": uris.encode()}).drop(int(x), int(y))
        case "offer", kind, file:
            Program("CLIPBOARD", {kind: Path(file).read_bytes()}).offer()
            return 0
        case _:
            return 64


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
