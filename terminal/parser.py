# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of `easel`: `parser().parse_args(argv)`. Options of images come from their table."""

from __future__ import annotations

import argparse
from typing import Any, Final, NoReturn

from ..client.every_model import EVERY_MODEL
from ..client.models import MODELS, TOOLS, ModelId
from ..client.options import OPTIONS, Count, SafetyChecker, Seed
from ..client.requests import Sizing
from ..jobs.job import JobState
from ..jobs.targets import EditScope, PlacementKind

EXITS: Final = (
    "exit codes: 0 done · 1 failed, or not placed · 2 wrong arguments · 3 refused, nothing was spent · "
    "4 still with the service (easel collect) · 5 uncertain, may have been charged · 130 Ctrl-C"
)


class UsageError(Exception):
    """The arguments can't be understood."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().strip()}")


def parser() -> argparse.ArgumentParser:
    """Make the parser. Its `parse_args` raises `UsageError`, and SystemExit after `--help`."""
    main = _Parser(prog="easel", description="Images by the 3D AI Studio API.", epilog=EXITS)
    main.add_argument("--version", action="store_true", help="say which Easel this is")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="write one JSON object a line")
    common.add_argument("--quiet", action="store_true", help="no progress and no notes")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=text, description=text, epilog=EXITS)

    _add_generate(add("generate", "Make images of a prompt."))
    _add_edit(add("edit", "Change an image by a prompt."))
    _add_paint(add("paint", "Paint whole models of the open file from a prompt."))
    _add_batch(add("batch", "Make the images of a table (CSV), row by row."))
    _add_collect(add("collect", "Fetch everything that is not on disk yet."))
    _add_jobs(add("jobs", "List jobs, or do something about some."))
    _add_spend(add("spend", "Say what was spent."))
    add("wallet", "Ask for the balance, which shows whether the key is right.")
    _add_library(add("library", "Find images of the library, copy them, bring others in."))
    _add_simulate(add("simulate", "Run the service in a box on this machine, until Ctrl-C."))
    add("models", "List models with their options and prices.")
    return main


def _model(text: str) -> ModelId:
    try:
        return ModelId(text.strip().upper().replace("-", "_").replace(".", "_"))
    except ValueError:
        known = ", ".join(model.value for model in EVERY_MODEL)
        raise argparse.ArgumentTypeError(f"there is no model {text!r}; there are {known}") from None


def _image_model(text: str) -> ModelId:
    model = _model(text)
    if model not in MODELS:
        raise argparse.ArgumentTypeError(f"{model.value} makes no images of a prompt")
    return model


def _maker(text: str) -> ModelId:
    model = _model(text)
    if model in TOOLS:
        raise argparse.ArgumentTypeError(f"{model.value} is a tool: easel edit --tool")
    return model


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name.strip().replace("-", "_"), value


def _folder(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a folder is missing")
    return text


def _credits(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of credits")
    return int(text)


def _row_count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


def _add_money(command: argparse.ArgumentParser) -> None:
    money = command.add_argument_group("money")
    money.add_argument("--dry-run", action="store_true", help="check it all and say the price; send nothing")
    money.add_argument(
        "--max-credits", type=_credits, metavar="N", help="refuse, before anything is sent, what costs more"
    )


def _add_waiting(command: argparse.ArgumentParser) -> None:
    waiting = command.add_argument_group("waiting")
    waiting.add_argument(
        "--no-wait", action="store_true", help="end when the service has it; collect fetches it later"
    )
    _add_timeout(waiting, 3600.0)


def _add_timeout(waiting: Any, seconds: float) -> None:
    waiting.add_argument(
        "--timeout",
        type=_seconds,
        default=seconds,
        metavar="SECONDS",
        help=f"end after so long, 0 for as long as it takes; nothing is lost then ({seconds:.0f})",
    )


def _add_prompt(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "prompt", nargs="?", help="the prompt, sent exactly as written; - reads it; without it, the form's"
    )


def _add_options(command: argparse.ArgumentParser) -> None:
    _add_prompt(command)
    options = command.add_argument_group("options of images (easel models lists them)")
    options.add_argument(
        "--model", type=_maker, help="which model to use, or which engine for a 3D model; else the form's"
    )
    options.add_argument("--all-models", action="store_true", help="ask every model: a job for each")
    _add_table(options)


def _add_table(options: Any) -> None:
    """Add everything in the table of options."""
    for option in OPTIONS:
        flag = "--" + option.name.replace("_", "-")
        match option:
            case SafetyChecker():
                options.add_argument(
                    flag, action=argparse.BooleanOptionalAction, default=None, help=option.hint
                )
            case Count() | Seed():
                options.add_argument(flag, type=int, help=option.hint)
            case _:
                options.add_argument(flag, help=option.hint)


def _add_placing(command: argparse.ArgumentParser) -> None:
    placing = command.add_argument_group("what becomes of them")
    placing.add_argument(
        "--out", type=_folder, metavar="DIR", help="copy the images there, with how they were made in them"
    )
    placing.add_argument(
        "--placement",
        type=str.upper,
        choices=[kind.value for kind in PlacementKind],
        metavar="WAY",
        help="place them in the open file: IMAGE, TEXTURE, PLANE … (IMAGE)",
    )
    _add_file(placing)


def _add_file(placing: Any) -> None:
    """Add arguments about objects of the open file."""
    placing.add_argument(
        "--object",
        action="append",
        default=[],
        metavar="NAME",
        help="select this object first; may be repeated",
    )
    placing.add_argument(
        "--save",
        nargs="?",
        const="",
        metavar="FILE",
        help="save the .blend then, there or under its own name",
    )
    placing.add_argument(
        "--set",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="any other parameter of the operator, as in reference_height=1.8; may be repeated",
    )


def _add_generate(command: argparse.ArgumentParser) -> None:
    _add_options(command)
    _add_placing(command)
    _add_money(command)
    _add_waiting(command)


def _add_edit(command: argparse.ArgumentParser) -> None:
    _add_options(command)
    sources = command.add_argument_group("sources")
    sources.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="IMAGE",
        help="name of an image of the open file, or a path; the first is edited. None: the form's",
    )
    sources.add_argument(
        "--role", action="append", default=[], help="what the source is for, in the order of the sources"
    )
    sources.add_argument(
        "--tool",
        type=lambda text: text.lower().replace("-", "_"),
        choices=["remove_background", "enhance"],
        help="have a tool work on the source, without a prompt; --set quality=low",
    )
    sources.add_argument("--tiles", help="UDIM tiles of the first source: 1001,1003")
    sources.add_argument(
        "--sizing", type=str.upper, choices=[sizing.value for sizing in Sizing], help="how it comes back"
    )
    sources.add_argument(
        "--scope",
        type=str.upper,
        choices=[scope.value for scope in EditScope],
        help="which nodes get the edit of a texture",
    )
    _add_placing(command)
    _add_money(command)
    _add_waiting(command)


def _add_paint(command: argparse.ArgumentParser) -> None:
    _add_prompt(command)
    options = command.add_argument_group("options of images (easel models lists them)")
    options.add_argument("--model", type=_image_model, help="which model to use; else the form's")
    _add_table(options)
    views = command.add_argument_group("views, and what is made")
    views.add_argument("--views", type=int, choices=(1, 4, 6, 8), help="how many views around the model")
    views.add_argument("--cameras", action="store_true", help="the views of the scene's cameras instead")
    views.add_argument("--perspective", action="store_true", help="views around the model in perspective")
    views.add_argument(
        "--look", type=str.upper, choices=("CLAY", "TEXTURE", "LIT"), help="what the views show of the model"
    )
    views.add_argument("--normals", action="store_true", help="send the normals of the views too")
    views.add_argument("--depth", action="store_true", help="send the depth of the views too")
    views.add_argument(
        "--source", action="append", default=[], metavar="IMAGE", help="a style reference; may be repeated"
    )
    views.add_argument("--size", type=int, metavar="PIXELS", help="of a side of each texture")
    views.add_argument("--deep", action="store_true", help="textures of 16 bits")
    _add_file(command.add_argument_group("objects"))
    _add_money(command)
    _add_waiting(command)


def _add_batch(command: argparse.ArgumentParser) -> None:
    command.add_argument("table", help="CSV; its first line names the columns, of which prompt must be there")
    command.add_argument("--rows", metavar="RANGES", help="only those, from 1: 1-40, or 1-9:2,12")
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=_folder, metavar="DIR", help="where images and results are written")
    where.add_argument(
        "--export",
        type=_folder,
        metavar="DIR",
        help="send nothing; write there what a farm needs to make the rows",
    )
    command.add_argument("--retry", action="store_true", help="send rows once more that came to nothing")
    command.add_argument(
        "--save", nargs="?", const="", metavar="FILE", help="save the .blend then, with the images in it"
    )
    command.add_argument(
        "--again",
        action="store_true",
        help="make rows anew that another table has made in DIR before",
    )
    farm = command.add_argument_group("on a farm")
    farm.add_argument(
        "--farm",
        choices=("openjd", "flamenco"),
        help="other workers write to DIR too: claim each row there, tell the engine how far it is, and"
        " succeed once every row has an end",
    )
    farm.add_argument(
        "--report",
        action="store_true",
        help="send nothing; write what became of all rows, and a contact sheet",
    )
    farm.add_argument(
        "--per-task",
        type=_row_count,
        metavar="N",
        help="of an export: how many rows a worker makes before it takes other work",
    )
    options = command.add_argument_group("what empty cells mean")
    options.add_argument("--model", type=_image_model, help="which model to use")
    _add_table(options)
    _add_money(command)
    _add_timeout(command.add_argument_group("waiting"), 0.0)


def _add_collect(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "task",
        nargs="*",
        help="task ids of jobs of another machine, in any text; - reads such a text",
    )
    command.add_argument("--model", type=_model, help="which model those were sent to")
    command.add_argument("--out", type=_folder, metavar="DIR", help="copy what was fetched there")
    command.add_argument(
        "--wait",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="end after so long with what is there by then, for cron; 0 is until all is there (0)",
    )


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--limit", type=int, default=50, metavar="N", help="so many of the newest (50)")
    command.add_argument("--hidden", action="store_true", help="those that were taken off the list, too")
    command.add_argument(
        "--state",
        action="append",
        default=[],
        type=str.upper,
        choices=[state.value for state in JobState],
        help="only those; may be repeated",
    )
    verbs = command.add_argument_group("verbs: each takes ids of jobs, or their first letters")
    for name, text in (
        ("cancel", "take back what was not sent yet: it costs nothing"),
        ("send", "send what an earlier session left unsent: it costs"),
        ("send-again", "send the request anew, as a new job: it costs again"),
        ("look-again", "ask the service once more, and fetch what is there"),
        ("stop-watching", "leave it with the service"),
        ("hide", "take it off the list; its images stay"),
    ):
        verbs.add_argument(f"--{name}", nargs="+", default=[], metavar="ID", help=text)
    _add_money(command)
    _add_waiting(command)


def _add_spend(command: argparse.ArgumentParser) -> None:
    command.add_argument("--csv", metavar="FILE", help="write a line for each job, for the client's bill")


def _add_library(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "words", nargs="*", help="of prompts, models, objects, days; all where there are none"
    )
    command.add_argument("--starred", action="store_true", help="only those with a star")
    command.add_argument("--rating", type=int, default=0, metavar="N", help="at least so many points")
    command.add_argument("--tag", action="append", default=[], help="only those with it; may be repeated")
    command.add_argument("--project", help="name of the .blend, or Blender project, that they are of")
    command.add_argument("--limit", type=int, default=50, metavar="N", help="so many (50)")
    command.add_argument(
        "--export", type=_folder, metavar="DIR", help="copy what is found there, with lists of it"
    )
    command.add_argument(
        "--import", dest="bring", nargs="+", metavar="FILE", help="copy images or a folder in"
    )


def _add_simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, default=0, help="0 picks a free one")
    command.add_argument("--speed", type=float, default=1.0, help="how many times quicker than the service")
    command.add_argument("--rate-limit", type=int, default=3, help="submits a minute; 0 for no limit")
    command.add_argument("--balance", default="1000", help="credits at the start")
