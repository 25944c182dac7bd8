# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender -b [file] --command easel …` works with the installed zip; the bpy module lacks this option."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import Launcher

if TYPE_CHECKING:
    from easel.simulator import Simulator

LIMIT = 120  # s


def test_the_command_of_a_real_blender(launcher: Launcher, profile: Path, service: "Simulator") -> None:
    out, log = profile / "out", profile / "command.log"
    environment = {
        "BLENDER_USER_RESOURCES": launcher.inside(profile),
        "EASEL_API_URL": service.url,
        "EASEL_API_KEY": "window-test-key-0123456789",
        "EASEL_LIBRARY": launcher.inside(profile / "library"),
    }

    def easel(*arguments: str, file: str = "") -> int:
        command = ["-b", *([file] if file else []), "--command", "easel", *arguments]
        return launcher.popen(command, environment, log).wait(LIMIT)

    blend = launcher.inside(profile / "scene.blend")
    told = easel(
        "generate", "copper", "--placement", "plane", "--json", "--out", launcher.inside(out), "--save", blend
    )
    records = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert told == 0, log.read_text()
    assert [record["event"] for record in records] == ["job", "saved"]
    assert [path.suffix for path in out.iterdir()] == [".png"]
    assert (profile / "scene.blend").is_file()
    assert easel("generate", "copper", "--max-credits", "1", file=blend) == 3
    assert "15 credits" in log.read_text()
    assert easel("jobs", file=launcher.inside(profile / "no.blend")) == 3, (
        "Blender itself goes on without the file"
    )
    assert easel("nothing") == 2
    assert len(service.tasks) == 1
