# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the virtual environments of this project. It only needs Python 3.9 or newer.

    python3 tools/bootstrap.py blender42 blender52 lint

Each name is an environment in `.venv/` with exactly the packages of its hash-pinned requirements file.
Current environments stay unchanged, so a `make` target can call this every time. `tools` contains uv and pip,
which make the others.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
VENVS = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
BIN = "Scripts" if os.name == "nt" else "bin"
EXE = ".exe" if os.name == "nt" else ""


class Environment(NamedTuple):
    """The contents of one folder in `.venv/`."""

    python: str  # "3.11"
    requirements: str
    has_bpy: bool


ENVIRONMENTS = {
    "blender42": Environment("3.11", "blender42.txt", has_bpy=True),
    "blender52": Environment("3.13", "blender52.txt", has_bpy=True),
    "blender53": Environment("3.13", "blender53.txt", has_bpy=True),
    "lint": Environment("3.13", "lint.txt", has_bpy=False),
    "farm": Environment("3.13", "farm.txt", has_bpy=False),
}

# Libraries that bpy loads on Linux: the file → its Debian package.
SYSTEM_LIBRARIES = {
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libSM.so.6": "libsm6",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libgomp.so.1": "libgomp1",
}


class SetupError(Exception):
    """The developer has to do something; the text says what."""


def main(names: list[str]) -> int:
    """Update the named environments. Returns the exit code."""
    unknown = [name for name in names if name not in (*ENVIRONMENTS, "tools")]
    if unknown:
        sys.stderr.write(f"bootstrap: no environment is called {', '.join(unknown)}\n")
        return 2
    try:
        ensure_tools()
        for name in names:
            if name in ENVIRONMENTS:
                ensure_environment(name, ENVIRONMENTS[name])
        if any(name in ENVIRONMENTS and ENVIRONMENTS[name].has_bpy for name in names):
            ensure_system_libraries()
    except SetupError as error:
        sys.stderr.write(f"bootstrap: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"bootstrap: exit code {error.returncode} from: {shlex.join(error.cmd)}\n")
        return 1
    return 0


def ensure_tools() -> None:
    """Make `.venv/tools`: uv, and a pip that downloads wheels for other platforms."""
    folder = VENVS / "tools"
    stamp = stamp_of(REQUIREMENTS / "uv.txt", sys.version)
    if is_current(folder, stamp):
        return
    say("tools: uv")
    shutil.rmtree(folder, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is None:  # Debian has it in a separate package
        install_packages(["python3-venv"])
    run([sys.executable, "-m", "venv", str(folder)])
    requirements = REQUIREMENTS / "uv.txt"
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    run([str(folder / BIN / f"python{EXE}"), *install, "-r", str(requirements)])
    mark_current(folder, stamp)


def ensure_environment(name: str, environment: Environment) -> None:
    """Make or update `.venv/<name>` so that it has exactly its requirements."""
    folder = VENVS / name
    requirements = REQUIREMENTS / environment.requirements
    stamp = stamp_of(requirements, environment.python)
    if is_current(folder, stamp):
        return
    python = find_python(environment.python)
    say(f"{name}: {python}, requirements/{requirements.name}")
    uv = str(uv_path())
    run([uv, "venv", "--quiet", "--clear", "--python", python, str(folder)])
    run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(folder), str(requirements)])
    mark_current(folder, stamp)


def find_python(version: str) -> str:
    """Return a Python of this version: one known to uv, one of pyenv, or one that uv installs."""
    uv = str(uv_path())
    find = [uv, "python", "find", "--system", "--no-python-downloads", version]
    found = subprocess.run(find, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    installed = sorted((pyenv / "versions").glob(f"{version}.*/bin/python{EXE}"))
    if installed:
        return str(installed[-1])
    say(f"installing Python {version}")
    run([uv, "python", "install", "--quiet", version])
    return subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()


def ensure_system_libraries() -> None:
    """Install missing libraries that bpy loads, if possible (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    packages = [package for soname, package in SYSTEM_LIBRARIES.items() if not can_load(soname)]
    if packages:
        install_packages(packages)


def can_load(soname: str) -> bool:
    """Return whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def install_packages(packages: list[str]) -> None:
    """Install system packages if no question is needed. Raises SetupError with the command otherwise."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        msg = f"please install, with this system's own package manager: {' '.join(packages)}"
        raise SetupError(msg)
    if os.geteuid() != 0:
        msg = f"please run: sudo {shlex.join(command)}"
        raise SetupError(msg)
    say(f"system packages: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], quiet)
    run([*command, "-qq"], quiet)


def uv_path() -> Path:
    """Return the path of the uv from `ensure_tools`."""
    return VENVS / "tools" / BIN / f"uv{EXE}"


def stamp_of(requirements: Path, python: str) -> str:
    """Return a text that identifies an environment's contents."""
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(python.encode())
    return digest.hexdigest()


def is_current(folder: Path, stamp: str) -> bool:
    """Return whether the environment was completed with this stamp and its Python still exists."""
    mark = folder / ".complete"
    if not mark.is_file() or mark.read_text() != stamp:
        return False
    return (folder / BIN / f"python{EXE}").exists()


def mark_current(folder: Path, stamp: str) -> None:
    """Mark the environment as complete."""
    (folder / ".complete").write_text(stamp)


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command. Raises `CalledProcessError` if it fails."""
    subprocess.run(command, check=True, env=environment)


def say(text: str) -> None:
    """Write one line of progress."""
    sys.stderr.write(f"bootstrap: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
