# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a static extension repository: the zips, Blender's index, a page to drag from, and checksums.

    python tools/repository.py [FOLDER]     # dist/repository by default; after tools/build.py

Any web server can serve the folder, or a studio's share as `file://…`. It has one version, because Blender
would list an older one beside it.
"""

from __future__ import annotations

import hashlib
import html
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from build import blender_ext

ROOT: Final = Path(__file__).resolve().parents[1]
SUMS: Final = "SHA256SUMS"
_PAGE: Final = ROOT / "tools" / "repository.html"


def main(arguments: list[str]) -> int:
    """Write the repository. Returns the exit code."""
    folder = Path(arguments[0]) if arguments else ROOT / "dist" / "repository"
    version = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]
    zips = sorted((ROOT / "dist").glob(f"easel-{version}-*.zip"))
    if not zips:
        sys.stderr.write("make repository: there are no zips in dist/: run make build\n")
        return 1
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    write(folder, zips, version, changes)
    print(f"{folder}: {len(zips)} zips of version {version}")
    return 0


def write(folder: Path, zips: list[Path], version: str, changelog: str) -> None:
    """Make a folder the repository of exactly these zips.

    Raises:
        CalledProcessError: Blender's generator refuses them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("easel-*.zip"):
        stale.unlink()
    for file in zips:
        shutil.copyfile(file, folder / file.name)
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "page.html"
        changes = as_html(entry_of(changelog, version)).replace("$", "$$")  # for Blender's template
        text = _PAGE.read_text(encoding="utf-8").replace("VERSION", version).replace("CHANGES", changes)
        page.write_text(text, encoding="utf-8")
        command = [sys.executable, str(blender_ext()), "server-generate", "--repo-dir", str(folder)]
        subprocess.run([*command, "--html", "--html-template", str(page)], check=True)
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in zips]
    (folder / SUMS).write_text("".join(sums), encoding="utf-8", newline="\n")


def entry_of(changelog: str, version: str) -> str:
    """Return the changelog's entry of a version; without one, the unreleased changes."""
    found = re.findall(r"^## \[?([^\]\s]+)\]?[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    entries = dict(found)
    return entries.get(version, entries.get("Unreleased", "")).strip()


def as_html(text: str) -> str:
    """Turn the changelog's Markdown (headings, lists, emphasis, code, links) into HTML."""
    lines = re.sub(r"\n  (?=\S)", " ", html.escape(text, quote=False)).splitlines()
    made: list[str] = []
    for line in lines:
        if line.startswith("### "):
            made.append(f"<h3>{_inline(line[4:])}</h3>")
        elif line.startswith("- "):
            made.append(f"<li>{_inline(line[2:])}</li>")
        elif line:
            made.append(f"<p>{_inline(line)}</p>")
    return re.sub(r"((?:<li>.*</li>\n?)+)", r"<ul>\n\1\n</ul>", "\n".join(made))


def _inline(text: str) -> str:
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        f"<code>{part[1:-1]}</code>" if part.startswith("`") else _emphasis(part) for part in parts
    )


def _emphasis(text: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
