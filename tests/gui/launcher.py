# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a Blender that has a window, and install the extension for it."""

import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 600  # s; no test may keep a window open longer


class Launcher:
    """The command that starts a Blender with a window, and the folder that this Blender can see.

    `command` is a Blender that finds a display by itself, or a `run-blender-gui`, which brings its own. The
    latter sees only our folder `work`, as /w, and nothing of our environment.
    """

    def __init__(self, command: str, work: Path, *, has_own_root: bool) -> None:
        self.work = work
        self._command = shlex.split(command)
        self._has_own_root = has_own_root

    def inside(self, path: Path) -> str:
        """Return Blender's name of a file of ours, which must lie in the work folder."""
        relative = path.resolve().relative_to(self.work.resolve())
        return f"/w/{relative.as_posix()}" if self._has_own_root else str(path)

    def popen(self, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start Blender with these arguments and these variables added to its environment."""
        if self._has_own_root:
            variables = [f"{name}={value}" for name, value in env.items()]
            limits = ["-w", str(self.work), "-t", str(LIMIT)]
            command = [*self._command, *limits, "-x", "env", *variables, "blender", "--gpu-backend", "opengl"]
            environment = None
        else:
            command = self._command
            environment = {**_host_environment(), **env}
        with log.open("wb") as stream:
            return subprocess.Popen(
                [*command, *arguments], env=environment, stdout=stream, stderr=subprocess.STDOUT
            )

    def run(self, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        """Run Blender to its end without a window, with its output in `log`; raise with that on failure."""
        process = self.popen(arguments, env, log)
        if process.wait(LIMIT) != 0:
            raise BlenderGoneError(process.returncode, log)


class BlenderGoneError(Exception):
    """Blender ended, or never started, before it could answer."""

    def __init__(self, exit_code: int | None, log: Path) -> None:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])
        super().__init__(f"exit code {exit_code}; the end of its output:\n{tail}")


def install(launcher: Launcher, packages: Path, folder: Path) -> Path:
    """Install and enable the built zip of this machine's platform in a new profile.

    Args:
        packages: the folder of the built zips.
        folder: where the profile goes; in the launcher's work folder.

    Returns:
        the profile.
    """
    (package,) = packages.glob(f"easel-*-{own_platform()}.zip")
    copy = folder / package.name
    shutil.copyfile(package, copy)
    profile = folder / "installed"
    profile.mkdir()
    command = ["--command", "extension", "install-file", "--repo", "user_default", "--enable"]
    environment = {"BLENDER_USER_RESOURCES": launcher.inside(profile)}
    launcher.run([*command, launcher.inside(copy)], environment, folder / "install.log")
    # Else every copy of the profile compiles the modules imported after enabling, above all Pillow.
    compiling = f"import compileall; compileall.compile_dir({launcher.inside(profile)!r}, quiet=1)"
    arguments = ["--background", "--factory-startup", "--python-expr", compiling]
    launcher.run(arguments, environment, folder / "compile.log")
    return profile


def own_platform() -> str:
    """Return Blender's name for the platform of this machine."""
    systems = {"linux": "linux", "win32": "windows", "darwin": "macos"}
    machines = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}
    return f"{systems[sys.platform]}-{machines[platform.machine().lower()]}"


def _host_environment() -> dict[str, str]:
    """Return this process's environment without the variables that affect a Blender's Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
