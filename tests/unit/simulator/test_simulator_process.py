# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator can be started, stopped and restarted, in this process and in a separate one."""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from api_user import ApiUser, data_uri, png

from easel.simulator import Simulator, catalogue
from easel.simulator.faults import On, When


def test_stop_is_quick_though_requests_hang() -> None:
    simulator = Simulator(speed=1000, rate_limit=None).start()
    simulator.script(catalogue.hang(On.WALLET), catalogue.hang(On.STATUS))
    failures: list[Exception] = []

    def ask(path: str) -> None:
        with ApiUser(simulator) as user:
            try:
                user.get(path)
            except requests.ConnectionError as error:
                failures.append(error)

    paths = ("/account/user/wallet/", "/v1/generation-request/x/status/")
    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    while len(simulator.log) < 2:
        time.sleep(0.01)
    start = time.monotonic()
    simulator.stop()
    assert time.monotonic() - start < 20
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert len(failures) == 2


def test_stop_is_quick_in_mid_drawing() -> None:
    simulator = Simulator(speed=1000, rate_limit=None).start()
    with ApiUser(simulator) as user:
        user.submit("GEMINI_3_PRO", "brick", resolution="4K", num_images=4)
        time.sleep(0.2)
        start = time.monotonic()
        simulator.stop()
        assert time.monotonic() - start < 5


def test_stop_may_come_twice_and_first() -> None:
    Simulator().stop()
    simulator = Simulator().start()
    url = simulator.url
    simulator.stop()
    simulator.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    with pytest.raises(RuntimeError, match="starts once"):
        simulator.start()


def test_nothing_is_left_behind(user: ApiUser) -> None:
    files = user.files(user.generate(resolution="512px"))
    assert len(files) == 1
    scratch = user.simulator.source_dir.parent
    assert scratch.exists()
    user.simulator.stop()
    assert not scratch.exists()


def test_a_connection_is_kept(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=5)
    headers = {"Authorization": "Bearer key"}
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", "/account/user/wallet/", headers=headers)
        assert connection.getresponse().read() == b'{"balance": "1000.00"}'
        assert connection.sock is first
    connection.close()


def test_a_restart_knows_its_tasks(tmp_path: Path) -> None:
    source = data_uri(png(64, 64, (200, 40, 40)))
    with Simulator(speed=1000, rate_limit=None, state_dir=tmp_path) as first, ApiUser(first) as user:
        first.script(catalogue.failed("Blocked."))
        failed = user.submit(resolution="512px")
        response = user.edit(resolution="512px", images=[source, source, source], num_images=2)
        before = user.files(response)
        task_id = response.json()["task_id"]
        assert user.wait(failed)["status"] == "FAILED"
        assert user.balance() == "980.00"
    with Simulator(speed=1000, rate_limit=None, state_dir=tmp_path) as second, ApiUser(second) as user:
        results = user.wait(task_id)["results"]
        assert [user.download(result["asset"]).content for result in results] == before
        assert user.wait(failed)["failure_reason"] == "Blocked."
        assert user.balance() == "980.00"
        assert second.tasks[task_id].order == first.tasks[task_id].order


def test_a_restart_lets_a_running_task_run_on(tmp_path: Path) -> None:
    with Simulator(rate_limit=None, state_dir=tmp_path) as first, ApiUser(first) as user:
        first.script(catalogue.takes(600))
        task_id = user.submit(resolution="512px")
        ready_at = first.tasks[task_id].ready_at
    with Simulator(rate_limit=None, state_dir=tmp_path) as second, ApiUser(second) as user:
        assert second.tasks[task_id].ready_at == ready_at
        assert user.status(task_id).json()["status"] != "FINISHED"
        second.finish(task_id)
        assert user.wait(task_id, with_links=False)["status"] == "FINISHED"


def test_an_empty_wallet_is_full_again_after_a_restart(tmp_path: Path) -> None:
    for expected in ("10.00", "10.00"):
        simulator = Simulator(rate_limit=None, balance=90, state_dir=tmp_path)
        with simulator, ApiUser(simulator) as user:
            user.submit("GEMINI_3_PRO", resolution="4K")
            assert user.balance() == expected


def test_a_task_of_last_week_is_forgotten_with_its_files(tmp_path: Path) -> None:
    source = data_uri(png(64, 64))
    with Simulator(speed=1000, rate_limit=None, state_dir=tmp_path) as first, ApiUser(first) as user:
        for age in (2, 8):
            response = user.edit(resolution="512px", images=[source])
            user.wait(response.json()["task_id"])
            task = first.tasks[response.json()["task_id"]]
            task.ready_at -= age * 24 * 3600
            first.store.save(task)
    second = Simulator(state_dir=tmp_path)
    assert list(second.tasks) == list(first.tasks)[:1]
    assert len(list(second.source_dir.iterdir())) == 1
    second.stop()


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b'{"task_id": "x"}', b'{"balance": "much"}', b'{"balance": null}']
)
def test_files_that_cannot_be_read_are_passed_by(tmp_path: Path, content: bytes) -> None:
    """A power cut may leave such files, or a version that writes them differently."""
    with Simulator(rate_limit=None, state_dir=tmp_path) as first, ApiUser(first) as user:
        task_id = user.submit(resolution="512px")
    for name in ("task-0.json", "task-x.json", "wallet.json"):
        (tmp_path / name).write_bytes(content)
    with Simulator(rate_limit=None, balance=500, state_dir=tmp_path) as second, ApiUser(second) as user:
        assert list(second.tasks) == [task_id]
        assert user.balance() == "500.00"


@contextmanager
def _process(root: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "simulator", "--print-url", *options]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_process_of_its_own_is_steered_from_outside(repo_root: Path, tmp_path: Path) -> None:
    options = ["--speed", "1000", "--rate-limit", "0", "--balance", "50", "--control"]
    with _process(repo_root, *options, "--state-dir", str(tmp_path)) as (process, url):
        headers = {"Authorization": "Bearer key"}
        faults = [
            {"name": "throttled", "on": "wallet", "seconds": 5, "times": 2, "retry_after": False},
            {"name": "course", "failure_reason": "No.", "delivered": 0, "outcome": "FAILED"},
            {"name": "dropped", "on": "submit", "when": "after"},
        ]
        scripted = requests.post(url + "/_sim/script", json={"faults": faults}, timeout=5)
        assert scripted.json() == {"pending": 3}
        wallet = url + "/account/user/wallet/"
        codes = [requests.get(wallet, headers=headers, timeout=5).status_code for _ in range(3)]
        assert codes == [429, 429, 200]
        with pytest.raises(requests.ConnectionError):
            requests.post(
                url + "/v1/images/gemini/2.5/flash/generate/",
                json={"prompt": "copper"},
                headers=headers,
                timeout=5,
            )
        (task,) = requests.get(url + "/_sim/tasks", timeout=5).json()
        assert (task["model"], task["price"]) == ("GEMINI_2_5_FLASH", 5)
        log = requests.get(url + "/_sim/log", timeout=5).json()
        assert [entry["status"] for entry in log if entry["method"] == "POST"] == [200, None]
        wrong = requests.post(url + "/_sim/script", json={"faults": [{"name": "nonsense"}]}, timeout=5)
        assert wrong.status_code == 400
        assert requests.post(url + "/_sim/set", json={"speed": 5}, timeout=5).status_code == 200
        assert requests.post(url + "/_sim/set", json={"secret": 5}, timeout=5).status_code == 400
        process.terminate()
        assert process.wait(20) == (0 if sys.platform != "win32" else 1)
    assert len(list(tmp_path.glob("task-*.json"))) == 1


def test_a_process_ends_with_its_standard_input(repo_root: Path) -> None:
    with _process(repo_root) as (process, url):
        assert requests.get(url + "/_sim/log", timeout=5).status_code == 404
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_every_fault_can_be_named_from_outside() -> None:
    from easel.simulator.control import fault_from_json

    needed: dict[str, dict[str, object]] = {
        "late_urls": {"seconds": 1.0, "shape": "null_asset"},
        "fewer": {"delivered": 1},
        "takes": {"seconds": 1.0},
        "error": {"on": "status", "status": 500, "shape": "text", "when": "after"},
        "throttled": {"on": "submit"},
        "trouble": {"on": "submit"},
        "html_page": {"on": "submit"},
        "dropped": {"on": "submit"},
        "hang": {"on": "submit"},
        "cut": {"on": "asset"},
        "slow": {"on": "asset"},
        "spoilt": {"way": "bomb"},
    }
    for name, maker in catalogue.BY_NAME.items():
        assert fault_from_json({"name": name, **needed.get(name, {})}).on in On, maker
    assert fault_from_json({"name": "error", **needed["error"]}).when is When.AFTER
