# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line without Blender: its arguments, its output, and its answer to signals."""

import io
import json
import signal

import pytest
from hypothesis import given, strategies as st

from easel.client.every_model import EVERY_MODEL
from easel.client.models import MODELS
from easel.client.options import OPTIONS
from easel.terminal.exits import Exit, worst
from easel.terminal.interrupts import Interrupts
from easel.terminal.output import Output
from easel.terminal.parser import UsageError, parser
from easel.terminal.told import every_model, model_lines, model_record

COMMANDS = {
    "generate": ["copper"],
    "edit": ["greener", "--source", "a.png"],
    "batch": ["rows.csv", "--out", "out"],
    "collect": [],
    "jobs": [],
    "spend": [],
    "wallet": [],
    "library": [],
    "simulate": [],
    "models": [],
}


class Terminal(io.StringIO):
    """A stream that is a terminal with an old encoding."""

    encoding = "ascii"

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A pipe whose reader has gone away."""

    encoding = "utf-8"

    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_understood(name: str) -> None:
    asked = parser().parse_args([name, *COMMANDS[name], "--json"])
    assert (asked.command, asked.json) == (name, True)


@pytest.mark.parametrize("name", ["generate", "edit", "batch"])
def test_all_options_of_images_are_there(name: str) -> None:
    asked = parser().parse_args([name, *COMMANDS[name]])
    assert all(hasattr(asked, option.name) for option in OPTIONS)
    assert all(getattr(asked, option.name) is None for option in OPTIONS)


@pytest.mark.parametrize(
    "words",
    [
        ["sculpt"],
        ["generate", "x", "--key", "secret"],
        ["generate", "x", "--model", "dall-e"],
        ["generate", "x", "--model", "enhance"],
        ["generate", "x", "--max-credits", "-1"],
        ["generate", "x", "--max-credits", "1.5"],
        ["generate", "x", "--timeout", "nan"],
        ["generate", "x", "--set", "height"],
        ["edit", "x", "--sizing", "huge"],
        ["batch", "rows.csv"],
        ["batch", "rows.csv", "--out", ""],
        ["batch", "rows.csv", "--export", " "],
        ["generate", "x", "--out", ""],
        ["collect", "--out", ""],
        ["library", "--export", ""],
        ["jobs", "--state", "ASLEEP"],
    ],
)
def test_what_makes_no_sense_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(UsageError, match="usage: easel"):
        parser().parse_args(words)


@pytest.mark.parametrize("name", [model.value for model in MODELS])
def test_models_are_called_as_people_write_them(name: str) -> None:
    for text in (name, name.lower(), name.replace("_", "-"), f" {name} "):
        assert parser().parse_args(["generate", "x", "--model", text]).model == name


def test_the_list_of_models_has_all_with_their_prices() -> None:
    records = {record["model"]: record for record in map(model_record, every_model())}
    assert records.keys() == {model.value for model in EVERY_MODEL}
    for model in MODELS.values():
        prices = records[model.id.value]["credits"]
        assert prices == {size: model.price(count=1, resolution=size) for size in model.resolutions or ("",)}
        assert set(records[model.id.value]["options"]) == {
            option.name for option in OPTIONS if option.is_offered(model)
        }
        assert any(str(price) in line for price in prices.values() for line in model_lines(model))


@given(st.text(), st.text())
def test_a_record_is_one_line_that_any_terminal_can_show(name: str, prompt: str) -> None:
    out = Terminal()
    Output(out, io.StringIO(), is_json=True).record("job", {"name": name, "prompt": prompt}, "not this")
    (line,) = out.getvalue().splitlines()
    assert json.loads(line) == {"event": "job", "name": name, "prompt": prompt}
    plain = Terminal()
    Output(plain, io.StringIO()).record("job", {}, prompt)
    assert plain.getvalue().isascii()


def test_a_reader_that_goes_away_stops_nothing() -> None:
    output = Output(Gone(), Gone(), is_json=True)
    output.record("job", {"id": "1"})
    output.note("note")
    output.problem("problem")
    output.progress("progress")


def test_no_text_of_a_file_gives_orders_to_the_terminal() -> None:
    out, err = Terminal(), Terminal()
    output = Output(out, err)
    evil = "moss\x1b]0;owned\x07\r\x9b2J\x7f"
    output.record("image", {}, evil)
    output.line(evil)
    output.table([[evil, "b"]])
    output.progress(evil)
    output.note(evil)
    output.problem(evil)
    told = out.getvalue() + err.getvalue().replace("\r\x1b[K", "")
    assert told.count(r"moss\x1b]0;owned\x07\x0d\x9b2J\x7f") == 6
    assert not set(told) & {chr(code) for code in (*range(32), *range(127, 160)) if code != 10}


def test_progress_is_written_over_on_a_terminal_alone() -> None:
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        output = Output(io.StringIO(), stream)
        for text in ("Queued", "Queued", "Sending"):
            output.progress(text)
        output.note("over")
    assert log.getvalue() == "Queued\nSending\nover\n"
    assert terminal.getvalue().count("Queued") == 1
    assert terminal.getvalue().endswith("\r\x1b[Kover\n")
    quiet = io.StringIO()
    output = Output(io.StringIO(), quiet, is_quiet=True)
    output.note("note")
    output.progress("progress")
    assert quiet.getvalue() == ""


@pytest.mark.parametrize("name", [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)])
def test_a_signal_is_asked_for_and_a_second_one_ends(name: str) -> None:
    number, told = signal.Signals[name], []
    before = signal.getsignal(number)
    interrupts = Interrupts(lambda: told.append(name))
    with interrupts.listen():
        assert not interrupts.is_wanted
        signal.raise_signal(number)
        assert interrupts.is_wanted
        assert interrupts.exit_code == 128 + number
        assert told == [name]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before
    with interrupts.listen(), interrupts.raising(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_the_gravest_outcome_is_the_exit_code() -> None:
    assert worst([]) is Exit.DONE
    assert worst([Exit.DONE, Exit.REFUSED]) is Exit.REFUSED
    assert worst([Exit.REFUSED, Exit.FAILED]) is Exit.FAILED
    assert worst([Exit.FAILED, Exit.RUNNING]) is Exit.RUNNING
    assert worst([Exit.RUNNING, Exit.UNCERTAIN, Exit.DONE]) is Exit.UNCERTAIN
