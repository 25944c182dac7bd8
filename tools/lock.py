# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin requirements/*.in into requirements/*.txt: the newest allowed versions, with all hashes.

The files name no package index, because that depends on the machine.
"""

import subprocess
import sys
from pathlib import Path

from bootstrap import REQUIREMENTS, ensure_tools, uv_path

# Pillow first: tests and type checker use the shipped version.
PYTHONS = {
    "uv": "3.9",
    "pillow": "3.11",
    "blender42": "3.11",
    "blender52": "3.13",
    "blender53": "3.13",
    "lint": "3.13",
    "farm": "3.13",
}


def main() -> int:
    """Write all files again. Returns the exit code."""
    ensure_tools()
    command = [str(uv_path()), "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"]
    command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    for name, python in PYTHONS.items():
        files = [f"{name}.in", "--output-file", f"{name}.txt"]
        subprocess.run([*command, "--python-version", python, *files], cwd=REQUIREMENTS, check=True)
        if "://" in Path(REQUIREMENTS, f"{name}.txt").read_text(encoding="utf-8"):
            print(f"requirements/{name}.txt names a host", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
