# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's settings: the studio's policy first, then the environment, then the preferences."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..client.server import ProxyMode, Server
from ..imaging.outgoing import UploadRule
from ..jobs.caps import Cap, Caps
from ..jobs.originals import OriginalsRule
from ..jobs.policy import Policy
from ..texts.phrases import phrase
from . import live, studio

DEFAULT_CONNECT_TIMEOUT_S = 10
"""Where Blender's own network timeout says nothing."""

PACKAGE = __package__.rpartition(".")[0]
SIMULATOR_NAME = "simulator"
"""Identity of the built-in simulator in the ledger."""

ENVIRONMENT = {
    "server_url": "EASEL_API_URL",
    "library": "EASEL_LIBRARY",
    "rate_limit": "EASEL_RATE_LIMIT",
    "limit_click": "EASEL_LIMIT_CLICK",
    "limit_day": "EASEL_LIMIT_DAY",
    "limit_month": "EASEL_LIMIT_MONTH",
    "limit_project": "EASEL_LIMIT_PROJECT",
}
"""Preferences that an environment variable overrides (for farms and tests). The key's is EASEL_API_KEY."""


_CAPS = {f"limit_{cap.value}": cap for cap in Cap}
"""Preferences of how much may be spent."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A change of any of these restarts the engine, except the rate limit, `caps` and `policy`."""

    server: Server
    """With an empty `url` where the built-in simulator is meant, which has none before it runs."""
    library: Path
    rate_limit: int
    upload_rule: UploadRule
    originals_rule: OriginalsRule
    tells_others: bool = False
    """Prompts are written into files as other programs read them."""
    caps: Caps
    policy: Policy
    simulator_speed: float = 1.0

    @property
    def is_simulator(self) -> bool:
        """True for the built-in simulator."""
        return self.server.name == SIMULATOR_NAME

    @property
    def is_loopback(self) -> bool:
        """True if Blender's switch for online access does not matter."""
        return self.is_simulator or self.server.is_loopback


def preferences() -> Any:
    """Return the add-on's preferences. Only the context has them, and they are the same in every context."""
    return bpy.context.preferences.addons[PACKAGE].preferences


def from_environment(name: str) -> str:
    """Return what the environment says in place of a preference; empty if it says nothing."""
    return os.environ.get(ENVIRONMENT[name], "").strip()


def set_by_studio(name: str) -> str:
    """Return what the studio's policy says in place of a preference; empty if it says nothing."""
    return _set_by(studio.policy(), name)


def _set_by(policy: Policy, name: str) -> str:
    if name == "library":
        return policy.library
    limit = policy.limits.get(_CAPS[name]) if name in _CAPS else None
    return "" if limit is None else str(limit)


def set_elsewhere(name: str) -> str:
    """Return what the studio or the environment says in place of a preference; empty if neither does."""
    return set_by_studio(name) or from_environment(name)


def _limits(chosen: Any) -> tuple[Policy, Caps]:
    """Return what the studio allows, and how much may be spent. What can't be read lets nothing be sent."""
    policy, limits, locked = studio.policy(), dict[str, int](), set[Cap]()
    for name, cap in _CAPS.items():
        told = _set_by(policy, name) or from_environment(name)
        if not told:
            limits[cap.value] = getattr(chosen, name)
            continue
        locked.add(cap)
        if told.isdecimal():
            limits[cap.value] = int(told)
        elif not policy.problem:
            text = phrase(
                "{variable} is not a number of credits: {value}", variable=ENVIRONMENT[name], value=told
            )
            policy = replace(policy, problem=text)
    return policy, Caps(**limits, by_studio=frozenset(locked))


@dataclass(kw_only=True)
class _Held:
    is_holding: bool = False
    settings: Settings | None = None


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Have `read` read once within the block, in which the artist can't change anything. Main thread."""
    state = live.part(_Held)
    state.is_holding = True
    try:
        yield
    finally:
        state.is_holding, state.settings = False, None


def read() -> Settings:
    """Return the settings as they are now, or as they were before in a block of `held`.

    Main thread; memory only. In a turn of the pump, reading takes up to 0.4 ms.
    """
    state = live.part(_Held)
    found = state.settings or _read()
    if state.is_holding:
        state.settings = found
    return found


def _read() -> Settings:
    chosen = preferences()
    policy, caps = _limits(chosen)
    url = from_environment("server_url")
    if chosen.use_simulator and not url:
        server = Server(name=SIMULATOR_NAME, url="")
    else:
        url = (url or chosen.server_url).strip().rstrip("/")
        server = Server(
            name=url,
            url=url,
            connect_timeout_s=float(blender_timeout_s() or DEFAULT_CONNECT_TIMEOUT_S),
            read_timeout_s=float(chosen.answer_timeout),
            submit_timeout_s=float(chosen.upload_timeout),
            ca_bundle=_full_path(chosen.ca_bundle),
            proxy_mode=ProxyMode(chosen.proxy_mode or ProxyMode.SYSTEM),  # "": a newer Easel's
            proxy=chosen.proxy.strip() if chosen.proxy_mode == ProxyMode.CUSTOM else "",
        )
    return Settings(
        server=server,
        library=library_folder(),
        rate_limit=_rate_limit(chosen.rate_limit),
        upload_rule=UploadRule(
            max_side=chosen.max_upload_side,
            max_bytes=chosen.max_upload_size * 1_000_000,
            lossless=chosen.lossless_uploads,
        ),
        originals_rule=OriginalsRule(
            days=chosen.originals_days, max_bytes=chosen.originals_size * 1_000_000_000
        ),
        tells_others=chosen.tells_others,
        caps=caps,
        policy=policy,
        simulator_speed=chosen.simulator_speed if server.name == SIMULATOR_NAME else 1.0,
    )


def asset_libraries() -> dict[str, str]:
    """Return the folders of Blender's asset libraries, by their names."""
    paths = bpy.context.preferences.filepaths
    return {library.name: bpy.path.abspath(library.path) for library in paths.asset_libraries if library.path}


def blender_timeout_s() -> int:
    """Return Blender's own network timeout; 0 if it has no such setting, or waits for ever."""
    return max(0, getattr(bpy.context.preferences.system, "network_timeout", 0))


def user_folder() -> Path:
    """Return Easel's folder in Blender's user files, which survives updates. May not exist."""
    return Path(bpy.utils.extension_path_user(PACKAGE))


class _Moves(dict[Path, Path]):
    """Libraries that were moved while Easel is enabled, and where to."""


def library_folder() -> Path:
    """Return the folder of results and ledger. May not exist."""
    chosen = set_elsewhere("library") or preferences().library.strip()
    folder = Path(_full_path(chosen)) if chosen else user_folder() / "library"
    return live.part(_Moves).get(folder, folder)


def note_moved(old: Path, new: Path) -> None:
    """The library is in another folder: the preferences name it, where the environment does not choose."""
    moves = live.part(_Moves)
    moves.pop(new, None)
    for before, after in list(moves.items()):
        if after == old:
            moves[before] = new
    if library_folder() != old:
        return  # it is another one by now that is looked at
    moves[old] = new
    live.part(_Held).settings = None
    if not set_elsewhere("library"):
        preferences().library = str(new)
        bpy.context.preferences.is_dirty = True  # so that Blender saves them


def has_moved(folder: Path) -> bool:
    """Whether a library was moved, since Easel is enabled, from a folder to another."""
    return folder in live.part(_Moves)


def typed_path(text: str) -> str:
    """Return a path as who typed it means it: "~" is the home folder, "//" where the .blend lies."""
    return bpy.path.abspath(os.path.expanduser(text.strip()))  # noqa: PTH111 - which raises for "~nobody"


def _full_path(text: str) -> str:
    """The same; one that is relative is taken from the home folder, not from where Blender was started."""
    if not text.strip():
        return ""
    path = Path(typed_path(text))
    return str(path if path.is_absolute() else Path.home() / path)


def _rate_limit(preferred: int) -> int:
    text = from_environment("rate_limit")
    return int(text) if text.isdecimal() and int(text) > 0 else preferred
