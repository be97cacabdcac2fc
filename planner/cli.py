"""The command line: reads arguments, asks the same core as the window, prints text or JSON. Never imports Qt."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from planner.units import ValueFault

if TYPE_CHECKING:
    from planner.report import LanguageReader, PdfWriter

REPORT_FORMATS = ("html", "pdf", "markdown", "csv", "json")
RESERVED = {"prove": "prove", "calibrate": "calibrate", "import": "import"}


class UsageFault(Exception):
    """Wrong usage: exit 2 with one line."""


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose faults are one line on stderr."""

    def error(self, message: str) -> NoReturn:
        raise UsageFault(f"{self.prog}: {message} (see '{self.prog} --help')")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="fit-planner",
        description="What runs on this machine, how fast, and the command that starts it. "
        "Without a subcommand the desktop window opens.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and the date of the data")
    commands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.add_argument("--json", action="store_true", help="machine-readable output")
        return sub

    detect = add("detect", "this machine: GPUs, CPU, RAM, engines, and what could not be read and why")
    detect.add_argument(
        "--measure-ram", action="store_true", help="measure the RAM bandwidth (under a second)"
    )
    for name, text in (
        ("models", "the catalogue, searchable by any name people use"),
        ("accelerators", "the accelerator table for what-if machines"),
    ):
        add(name, text).add_argument("text", nargs="?", default="", metavar="TEXT")
    rank = add("rank", "every model on this machine, best plan each, sorted")
    _rank_options(rank)
    _machine_options(rank)
    _question_options(rank)
    plan = add("plan", "the best plan for one model, with alternatives and the command")
    plan.add_argument("model", metavar="MODEL")
    plan.add_argument("--shell", choices=("posix", "powershell", "cmd"), default="posix")
    _machine_options(plan)
    _question_options(plan)
    check = add("check", "will a command somebody already has fit, how fast, and what to change")
    check.add_argument("--batch", metavar="FILE", help="JSON lines of requests; '-' reads standard input")
    check.add_argument(
        "--model", metavar="MODEL", default=None, help="what the file is, if its name does not say"
    )
    _machine_options(check)
    check.add_argument("--quant", metavar="Q", default=None)
    check.add_argument("--engine-version", metavar="V", default=None)
    check.add_argument("--prompt-tokens", metavar="N", default=None)
    check.add_argument("--gen-tokens", metavar="N", default=None)
    check.add_argument("--depth", metavar="N", default=None)
    check.add_argument("--concurrency", metavar="N", default=None)
    check.add_argument("command", nargs="*", metavar="COMMAND", help="after --")
    _report_options(add("report", "the fit report of a plan, a comparison or the ranking in a file"))
    for name in RESERVED:
        commands.add_parser(name, help=f"reserved: {name}", add_help=False)
    return parser


def _rank_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--use", choices=("chat", "code", "vision", "long"), default="chat", help="what it is for"
    )
    parser.add_argument("--top", type=int, default=None, metavar="N", help="only the first N")
    parser.add_argument("--all", action="store_true", help="list what does not fit too")


def _report_options(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(
        dest="what", metavar="plan|compare|rank", required=True, parser_class=_Parser
    )
    for name, text, models in (
        ("plan", "one plan", None),
        ("compare", "two to four plans side by side; a name may carry its quantization", "+"),
        ("rank", "every model on the machine", None),
    ):
        kind = kinds.add_parser(name, help=text, description=f"report of {text}", allow_abbrev=False)
        if name == "rank":
            _rank_options(kind)
        else:
            kind.add_argument("models", metavar="MODEL", nargs=models or 1)
        kind.add_argument(
            "--out",
            required=True,
            metavar="FILE",
            help="ends in .html, .pdf, .md, .csv or .json, which is the format",
        )
        kind.add_argument(
            "--format", choices=REPORT_FORMATS, default=None, help="the format, whatever the file's ending"
        )
        kind.add_argument(
            "--paper", choices=("a4", "letter"), default=None, help="of a PDF (default that of the locale)"
        )
        kind.add_argument(
            "--date", metavar="YYYY-MM-DD", default=None, help="date of the report (default today)"
        )
        kind.add_argument(
            "--language",
            metavar="LANGUAGE",
            default="en",
            help="of HTML, PDF and Markdown: en (default) or zh_CN; CSV, JSON and commands are never translated",
        )
        kind.add_argument("--force", action="store_true", help="replace a file that exists")
        kind.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="say what was written as JSON"
        )
        _machine_options(kind)
        _question_options(kind)


def _machine_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("machine (nothing given = this machine)")
    group.add_argument(
        "--gpu",
        action="append",
        metavar="SPEC",
        help='"RTX 4090", "2x RTX 3090", "RTX A6000:48" (GiB), none; repeatable',
    )
    group.add_argument("--ram", metavar="GiB", help="size of the system memory")
    group.add_argument("--ram-bandwidth", metavar="GB/s")
    group.add_argument("--cpu", metavar="NAME")
    group.add_argument(
        "--rpc",
        action="append",
        metavar="HOST=GPU",
        help='another machine that lends its GPUs (llama.cpp rpc-server): "10.0.0.2=2x RTX 3090"; repeatable',
    )
    group.add_argument(
        "--machine", metavar="FILE|NAME", help="a saved machine, or the JSON of 'detect --json'"
    )
    group.add_argument(
        "--reserve", metavar="GiB", default=None, help="memory kept free on each GPU (default 1)"
    )


def _question_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("question")
    group.add_argument("--engine", choices=("llama.cpp", "vllm", "any"), default=None)
    group.add_argument("--engine-version", metavar="V", default=None)
    group.add_argument("--quant", metavar="Q", default=None)
    group.add_argument("--n-ctx", metavar="N", default=None, help="tokens each user gets (8192, 8k)")
    group.add_argument("--n-parallel", metavar="N", default=None, help="users at once")
    group.add_argument("--n-ubatch", metavar="N", default=None)
    group.add_argument("--cache-type-k", metavar="TYPE", default=None)
    group.add_argument("--cache-type-v", metavar="TYPE", default=None)
    group.add_argument("--prompt-tokens", metavar="N", default=None)
    group.add_argument("--gen-tokens", metavar="N", default=None)
    group.add_argument(
        "--depth",
        metavar="N|full",
        default=None,
        help="tokens already in the context; full = all but prompt and answer",
    )
    group.add_argument("--concurrency", metavar="N", default=None)
    group.add_argument(
        "--objective",
        choices=("quality", "speed", "context", "users"),
        default=None,
        help="users: the most who all have --min-decode-tps (vLLM)",
    )
    group.add_argument(
        "--yarn", action="store_true", help="contexts beyond the trained one, where the maker offers YaRN"
    )
    beside = parser.add_argument_group("what is loaded beside the model (llama.cpp)")
    beside.add_argument("--mmproj", action="store_true", help="the vision projector too")
    beside.add_argument("--draft-model", metavar="MODEL", default=None, help="a smaller model that drafts")
    beside.add_argument("--draft-quant", metavar="Q", default=None, help="its quantization (default Q4_K_M)")
    beside.add_argument("--draft-n-max", metavar="N", default=None, help="tokens drafted at once (default 3)")
    beside.add_argument("--mtp", action="store_true", help="draft with the model's own prediction blocks")
    beside.add_argument(
        "--cache-ram", metavar="MiB", default=None, help="room kept in RAM for the server's prompt cache"
    )
    beside.add_argument(
        "--runtime-overhead",
        choices=("low", "typical", "high"),
        default=None,
        help="which end of the logs the driver's context is taken from",
    )
    group.add_argument(
        "--min-decode-tps", metavar="N", default=None, help="least speed that counts (default 5)"
    )


def main(
    argv: Sequence[str] | None = None,
    pdf_writer: PdfWriter | None = None,
    languages: LanguageReader | None = None,
) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str or None
        None = the program's own arguments.
    pdf_writer : PdfWriter or None
        Makes ``report --format pdf``; plugged in by :mod:`ui.launch`, because this package knows no Qt.
    languages : LanguageReader or None
        Finds the language of ``report --language``; plugged in likewise, because the translations lie in that package.

    Returns
    -------
    int
        0 answered, 1 the answer could not be computed, 2 wrong usage.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _write_any_text()
    try:
        if arguments and arguments[0] in RESERVED:
            raise UsageFault(f"fit-planner: '{arguments[0]}' is reserved and does nothing yet")
        parser = build_parser()
        options, rest = parser.parse_known_args(
            arguments, argparse.Namespace(pdf_writer=pdf_writer, languages=languages)
        )
        if rest and options.subcommand != "check":
            raise UsageFault(f"fit-planner: unknown argument {rest[0]!r} (see 'fit-planner --help')")
        if options.version:
            return _print_version()
        if options.subcommand is None:
            return no_display("no subcommand was given")
        if options.subcommand == "check":
            options.command = _after_dashes(arguments, options, rest)
        from planner import cli_answers

        answer = getattr(cli_answers, options.subcommand)
        code = int(answer(options))
        sys.stdout.flush()
        return code
    except UsageFault as fault:
        return _fail(str(fault), 2)
    except ValueFault as fault:
        return _fail(f"fit-planner: {fault}", 1)
    except BrokenPipeError:
        _discard_output()
        return 0
    except OSError as fault:
        _discard_output()
        return _fail(f"fit-planner: {fault.filename or 'output'}: {fault.strerror or fault}", 1)
    except KeyboardInterrupt:
        return _fail("fit-planner: interrupted", 130)


def _write_any_text() -> None:
    """Let a terminal or pipe that cannot show a character show ``?`` for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _discard_output() -> None:
    """Send what is still buffered nowhere, so that closing the output at exit raises nothing."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _after_dashes(arguments: list[str], options: argparse.Namespace, rest: list[str]) -> list[str]:
    """Return the command after ``--`` word for word, whatever argparse made of it."""
    if "--" in arguments:
        return arguments[arguments.index("--") + 1 :]
    if rest:
        raise UsageFault(
            f"fit-planner check: unknown argument {rest[0]!r}; put '--' before the command to check"
        )
    return list(options.command)


def no_display(reason: str) -> int:
    """Say why there is no window, then print the ranking for this machine."""
    print(f"fit-planner: no window ({reason}); here is the ranking for this machine", file=sys.stderr)
    return main(["rank", "--top", "25"])


def _print_version() -> int:
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("hardware-fit-planner")
    except PackageNotFoundError:
        number = "unknown"
    print(f"fit-planner {number}")
    return 0


def _fail(message: str, code: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return code


def print_json(value: Any) -> None:
    """Print one JSON document, without NaN."""
    sys.stdout.write(json_text(value, indent=1) + "\n")


def json_text(value: Any, indent: int | None = None) -> str:
    """One JSON document without NaN; characters the output cannot take are escaped.

    Raises
    ------
    ValueError
        If a number in it is not finite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, allow_nan=False, indent=indent)
    return text
