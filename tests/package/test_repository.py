# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender installs Easel from the static repository, updates it with a job at the service, and removes it."""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import repository
from headless_blender import HeadlessBlender
from served_repository import in_version, served

from easel.simulator import Simulator, catalogue

SCRIPT = Path(__file__).with_name("update_in_blender.py")
CHANGELOG = """# Changelog

## Unreleased

### Added

- *More* of `it`,
  for $5

## 0.1.0 - 2026-12-01

- Old
"""


@pytest.fixture
def repository_served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Yield a folder, and the address of its index on a plain web server."""
    folder = tmp_path / "served"
    folder.mkdir()
    with served(folder) as address:
        yield folder, f"{address}/index.json"


@contextlib.contextmanager
def answering(folder: Path, acts: Mapping[str, Callable[[], object]]) -> Iterator[None]:
    """Carry out the acts that the other process requests with files of these names."""
    stopping = threading.Event()

    def answer() -> None:
        while not stopping.wait(0.02):
            for name, act in acts.items():
                if (folder / name).exists():
                    act()
                    (folder / name).unlink()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def test_an_update_loses_no_job_and_removing_it_keeps_the_library(
    headless_blender: HeadlessBlender,
    own_package: Path,
    repository_served: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, address = repository_served
    repository.write(folder, [in_version(own_package, "0.1.1", tmp_path)], "0.1.1", CHANGELOG)
    newer = in_version(own_package, "0.2.0", tmp_path)
    library, requests = tmp_path / "library", tmp_path / "requests"
    requests.mkdir()
    with Simulator(rate_limit=None) as service:
        service.script(catalogue.takes(3600))
        monkeypatch.setenv("EASEL_API_URL", service.url)
        monkeypatch.setenv("EASEL_API_KEY", "update-test-key-0123456789")
        monkeypatch.setenv("EASEL_LIBRARY", str(library))
        acts = {
            "publish": lambda: repository.write(folder, [newer], "0.2.0", CHANGELOG),
            "finish": lambda: [service.finish(task_id) for task_id in service.tasks],
        }
        with answering(requests, acts):
            seen = headless_blender.run(SCRIPT, address, requests)
        assert len(service.tasks) == 1, "nothing is paid twice"
    assert (seen["first"], seen["second"]) == ("0.1.1", "0.2.0")
    assert seen["confirm_above"] == 77, "preferences stay"
    assert [Path(name).is_relative_to(library) and Path(name).is_file() for name in seen["images"]] == [True]
    assert not seen["is_left"]
    assert (library / "ledger.sqlite3").is_file()


def test_the_page_says_what_is_new_and_the_sums_are_right(own_package: Path, tmp_path: Path) -> None:
    repository.write(tmp_path, [own_package], "0.1.0-dev", CHANGELOG)
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "<li><em>More</em> of <code>it</code>, for $5</li>" in page
    assert "Old" not in page
    digest, _, name = (tmp_path / repository.SUMS).read_text("utf-8").strip().partition("  ")
    assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_only_one_version_is_offered(own_package: Path, tmp_path: Path) -> None:
    (tmp_path / "easel-0.0.1-linux-x64.zip").write_bytes(b"stale")
    repository.write(tmp_path, [own_package], "0.1.0", CHANGELOG)
    assert [file.name for file in tmp_path.glob("*.zip")] == [own_package.name]


def test_an_entry_of_the_changelog_is_that_of_the_version() -> None:
    assert repository.entry_of(CHANGELOG, "0.1.0") == "- Old"
    assert repository.entry_of(CHANGELOG, "9.9.9").startswith("### Added")
