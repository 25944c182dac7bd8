# SPDX-License-Identifier: GPL-3.0-or-later
"""A Blender without a window in a separate process, for tests that must not affect their own process."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# The version of bpy → its environment in .venv.
BLENDERS = {"4.2": "blender42", "5.2": "blender52", "5.3": "blender53"}


class HeadlessBlender:
    """Runs scripts in a bpy of the given version, with an empty profile."""

    def __init__(self, version: str, profile: Path) -> None:
        self.version = version
        self.profile = profile
        self.profile.mkdir()
        binary = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        self._python = ROOT / ".venv" / BLENDERS[version] / binary

    def run(self, script: Path, *args: object) -> dict[str, Any]:
        """Run `script` in a separate process. Returns the JSON that it writes to its last argument."""
        answer = self.profile / "answer.json"
        command = [str(self._python), str(script), *map(str, args), str(answer)]
        environment = {**os.environ, "BLENDER_USER_RESOURCES": str(self.profile)}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        values: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return values
