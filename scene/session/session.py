# SPDX-License-Identifier: GPL-3.0-or-later
"""The one engine of this Blender, its built-in simulator, its key, and the id of the open file's session.

Only the main thread uses this, except for two callables of the engine's workers: these read plain Python
values that the main thread wrote.
"""

from __future__ import annotations

import atexit
import os
import time
import uuid
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

import bpy

from ...client.errors import KeyMissing, Remedy
from ...client.key import VARIABLE, Key, KeyOrigin, KeyStore
from ...imaging.files import make_private_folder
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live, settings, studio
from ..settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from ...jobs.engine import Engine
    from ...jobs.peek import WorkPeek
    from ...simulator import Simulator

WATCHED_S = 60.0
"""For this long after a draw, somebody is assumed to be looking."""

_DUMMY_KEY = "simulator"


class Obstacle(Enum):
    """What prevents sending, in words for the artist."""

    NONE = ""
    ONLINE_ACCESS = phrase("Online access is off in Blender's preferences")
    KEY = phrase("No API key is set")

    @property
    def remedy(self) -> Remedy:
        """The remedy for it."""
        match self:
            case Obstacle.ONLINE_ACCESS:
                return Remedy.ALLOW_ONLINE
            case Obstacle.KEY:
                return Remedy.SET_KEY
            case Obstacle.NONE:
                return Remedy.NONE


@dataclass(kw_only=True)
class _State:
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    engine: Engine | None = None
    engine_settings: Settings | None = None
    simulator: Simulator | None = None
    key: Key | None = None
    key_looked_up: bool = False
    key_only: KeyOrigin | None = None
    """The only allowed source of the key by the studio's policy, as last read."""
    online_allowed: bool = False
    drawn_at: float = 0.0
    """Monotonic time at which a panel was last drawn; 0: never."""
    pending: Settings | None = None
    """Settings that differ from the engine's, as read a tick ago."""


def _state() -> _State:
    return live.part(_State)


def session_id() -> str:
    """Return an id of this Blender with its open file. A result is placed by itself only there."""
    return _state().id


def renew_id() -> None:
    """Change the id, because another file was opened."""
    _state().id = uuid.uuid4().hex


# -- the engine -------------------------------------------------------------------------------------


def engine() -> Engine:
    """Return the engine, started if needed. The first call imports the network libraries.

    Raises:
        Refusal: the simulator can't be started.
    """
    state = _state()
    if state.engine is None:
        state.engine = _start_engine(settings.read())
    return state.engine


def find_engine() -> Engine | None:
    """Return the engine if it is running."""
    return _state().engine


def _start_engine(wanted: Settings) -> Engine:
    from ...jobs.engine import Engine
    from ...jobs.library import Library

    follow_online_access()
    known_key()
    state, server, folder = _state(), wanted.server, settings.user_folder()
    if wanted.is_simulator:
        server = replace(server, url=_start_simulator(wanted).url)
    try:
        engine = Engine(
            library=Library(wanted.library),
            server=server,
            key=lambda: _DUMMY_KEY if wanted.is_simulator else _key_value(_store(folder, state.key_only)),
            may_go_online=lambda: server.is_loopback or state.online_allowed,
            rate_limit=wanted.rate_limit,
            upload_rule=wanted.upload_rule,
            originals_rule=wanted.originals_rule,
            tells_others=wanted.tells_others,
            caps=wanted.caps,
            policy=wanted.policy,
        )
    except BaseException:
        stop()  # also the simulator, which has no engine
        raise
    engine.start()
    _state().engine_settings = wanted
    atexit.register(stop)
    return engine


def _key_value(store: KeyStore) -> str:
    """Look up the key for a request, on the worker."""
    key = store.find()
    if key is None:
        raise KeyMissing(phrase("No API key is set."))
    return key.value


def _start_simulator(wanted: Settings) -> Simulator:
    from ...simulator import Simulator

    state_folder = settings.user_folder() / "simulator"
    try:
        make_private_folder(state_folder)
        simulator = Simulator(speed=wanted.simulator_speed, state_dir=state_folder).start()
    except OSError as error:
        raise Refusal(phrase("The simulator can't be started: {error}", error=error)) from error
    _state().simulator = simulator
    return simulator


def stop() -> None:
    """Stop the engine and the simulator; takes 2 s at most, whatever the network does. Idempotent."""
    if not live.has_begun():
        return  # Python 3.14 calls what was unregistered while it exits, which is when Blender disables us
    engine, _state().engine = _state().engine, None
    simulator, _state().simulator = _state().simulator, None
    _state().engine_settings = _state().pending = None
    atexit.unregister(stop)
    try:
        if engine is not None:
            engine.stop()
    finally:
        if simulator is not None:
            simulator.stop()


def settings_changed() -> bool:
    """Return whether the artist has changed settings that need another engine.

    They must be equal in two calls, so that dragging a slider does not stop the engine. A rate limit alone is
    set in place, and so are limits of spending.
    """
    if _state().engine is None or _state().engine_settings is None:
        return False
    wanted = settings.read()
    follow_limits(wanted)
    if wanted.rate_limit != _state().engine_settings.rate_limit:
        _state().engine.set_rate_limit(wanted.rate_limit)
        _state().engine_settings = replace(_state().engine_settings, rate_limit=wanted.rate_limit)
    if wanted == _state().engine_settings:
        _state().pending = None
        return False
    settled = wanted == _state().pending
    _state().pending = wanted
    return settled


def is_library_elsewhere() -> bool:
    """Return whether the library of the running engine was moved."""
    engine = find_engine()
    return engine is not None and settings.has_moved(engine.library.root)


def follow_limits(wanted: Settings) -> None:
    """Tell the engine the current limits of spending and the studio's policy."""
    engine, known = _state().engine, _state().engine_settings
    if engine is None or known is None or (known.caps, known.policy) == (wanted.caps, wanted.policy):
        return
    engine.set_limits(wanted.caps, wanted.policy)
    _state().engine_settings = replace(known, caps=wanted.caps, policy=wanted.policy)


def is_at_another_service() -> bool:
    """Return whether the running engine uses another service or library than the settings."""
    running, wanted = _state().engine_settings, settings.read()
    return running is not None and (running.server.name, running.library) != (
        wanted.server.name,
        wanted.library,
    )


def peek_for_work() -> WorkPeek:
    """Check on a thread whether an earlier session left jobs at the service."""
    from ...jobs.library import Library
    from ...jobs.peek import WorkPeek

    wanted = settings.read()
    return WorkPeek(Library(wanted.library).ledger_path, wanted.server.name)


# -- online access and key ----------------------------------------------------------------------------


def follow_online_access() -> None:
    """Copy Blender's switch to the value that workers read."""
    _state().online_allowed = bpy.app.online_access


def key_store() -> KeyStore:
    """Return the store of the key, with the source that the studio allows."""
    return _store(settings.user_folder(), studio.policy().key)


def _store(folder: Path, only: KeyOrigin | None) -> KeyStore:
    return KeyStore(folder / "key", only=only)


def look_up_key() -> Key | None:
    """Look for the key, also on disk, and remember it for `has_key`."""
    _state().key_only = studio.policy().key
    _state().key = key_store().find()
    _state().key_looked_up = True
    return _state().key


def save_key(text: str) -> None:
    """Store a key that the artist pasted or typed.

    Raises:
        KeyMissing: this can't be a key; the text says why, without it.
        Refusal: the file can't be written.
    """
    key_store().save(text)
    look_up_key()


def forget_key() -> None:
    """Remove the key's file. Raises Refusal."""
    key_store().forget()
    look_up_key()


def has_key() -> bool:
    """Return whether there is a key; only the first call reads the disk."""
    return known_key() is not None


def known_key() -> Key | None:
    """Return the key as last looked up.

    It is looked up the first time, when the environment's key changed, and when the studio requires another
    source.
    """
    only = studio.policy().key
    is_in_environment = bool(os.environ.get(VARIABLE, "").strip()) and only is not KeyOrigin.FILE
    knows_environments = _state().key is not None and _state().key.origin is KeyOrigin.ENVIRONMENT
    is_news = is_in_environment != knows_environments or only is not _state().key_only
    if not _state().key_looked_up or is_news:
        look_up_key()
    return _state().key


def obstacle(wanted: Settings | None = None) -> Obstacle:
    """Return what prevents sending. Fast enough for `poll`.

    Args:
        wanted: the settings, if the caller has read them.
    """
    wanted = wanted or settings.read()
    if wanted.is_simulator:
        return Obstacle.NONE
    if not wanted.is_loopback and not bpy.app.online_access:
        return Obstacle.ONLINE_ACCESS
    return Obstacle.NONE if has_key() else Obstacle.KEY


# -- who is looking -----------------------------------------------------------------------------------


def note_drawn() -> None:
    """Note that a panel is being drawn: somebody wants to see the balance and the jobs."""
    _state().drawn_at = time.monotonic()


def is_watched() -> bool:
    """Return whether panels were drawn recently."""
    return _state().drawn_at > 0 and time.monotonic() - _state().drawn_at < WATCHED_S


def was_drawn() -> bool:
    """Return whether any panel was ever drawn."""
    return _state().drawn_at > 0
