# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository's pages name only files, headings, commands and options that exist."""

import re
import subprocess
from pathlib import Path

import pytest

from easel.terminal.parser import parser

OUTSIDE = ("http:", "https:", "mailto:")
NAMED_FILE = re.compile(r"`((?:\w+/)*\w+\.(?:py|toml|sh|html|json)|(?:\w+/)+)`")
MADE = frozenset({"dist/"})
"""Folders that the tools make, so Git does not track them."""


@pytest.fixture(scope="module")
def pages(repo_root: Path) -> dict[Path, str]:
    """Return each page with its text."""
    found = [
        *repo_root.glob("*.md"),
        *(repo_root / "docs").rglob("*.md"),
        *(repo_root / "findings").glob("*.md"),
    ]
    return {page: page.read_text(encoding="utf-8") for page in found}


def anchors(text: str) -> set[str]:
    """Return the anchors of all headings: in lower case, without signs, with hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(text: str) -> str:
    """Return a page without its indented and fenced code."""
    return re.sub(r"^```[^`]*^```|^    .*$", "", text, flags=re.MULTILINE)


def test_each_link_leads_to_a_file_and_a_heading(pages: dict[Path, str]) -> None:
    broken = []
    for page, text in pages.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if link.startswith(OUTSIDE):
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(pages[target])):
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_each_picture_is_in_a_page(pages: dict[Path, str], repo_root: Path) -> None:
    shown = {name for text in pages.values() for name in re.findall(r"pictures/([\w.-]+)\)", text)}
    assert {path.name for path in (repo_root / "docs" / "pictures").iterdir()} == shown


def test_each_file_that_a_page_for_developers_names_is_there(pages: dict[Path, str], repo_root: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=repo_root, capture_output=True, text=True, check=True)
    files = [f"/{name}" for name in tracked.stdout.splitlines()]
    missing = []
    for page, text in pages.items():
        if "handbook" in page.parts or page.name == "CHANGELOG.md":  # these name the artist's own files
            continue
        missing += [
            f"{page.name}: {name}"
            for name in set(NAMED_FILE.findall(text)) - MADE
            if not any(
                f"/{name}" in file if name.endswith("/") else file.endswith(f"/{name}") for file in files
            )
        ]
    assert missing == []


def test_each_target_of_make_is_in_the_makefile(pages: dict[Path, str], repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        target
        for text in pages.values()
        for target in re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)
    }
    assert len(named) > 10
    assert named - targets == set()


def test_each_operator_that_a_page_calls_is_declared(pages: dict[Path, str], repo_root: Path) -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (repo_root / "operators").rglob("*.py"))
    declared = set(re.findall(r'bl_idname = "easel\.(\w+)"', sources))
    called = {name for text in pages.values() for name in re.findall(r"bpy\.ops\.easel\.(\w+)", text)}
    assert len(called) > 20
    assert called - declared == set()


def test_each_option_that_the_command_lines_page_names_is_one(repo_root: Path) -> None:
    page = (repo_root / "docs" / "handbook" / "command-line.md").read_text(encoding="utf-8")
    (commands,) = (action for action in parser()._actions if hasattr(action, "choices") and action.choices)
    known = {option for sub in commands.choices.values() for option in sub._option_string_actions}
    blenders = {"--online-mode", "--command"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) - blenders - known == set()
    verbs = set(re.findall(r"(?:--command easel|^    easel|`easel) ([a-z]+)", page, re.MULTILINE))
    assert verbs - set(commands.choices) == set()
