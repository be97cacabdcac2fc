"""Arguments survive each shell unchanged; POSIX is asked of the real shells, the others of their
documented rules."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.commands.launch_command import FlagNote, LaunchCommand
from planner.commands.shell_quoting import (
    QuotingFault,
    Shell,
    join_command,
    lay_out_command,
    powershell_caveat,
    quote_argument,
    split_command,
    split_words,
)

NASTY = [
    "",
    " ",
    "a b",
    "it's",
    'say "hi"',
    "$HOME",
    "`id`",
    "$(id)",
    "line\nbreak",
    "-n",
    "--",
    "-rf /",
    "*",
    "?",
    "[ab]",
    "~",
    "~root",
    "{a,b}",
    "!",
    "!!",
    "a!b",
    "%PATH%",
    "100%",
    "^",
    "a^b",
    "&",
    "a&b",
    "|",
    "<x>",
    ">",
    ";",
    "#x",
    "a#b",
    "\\",
    "a\\",
    "a b\\",
    "\\\\srv\\a b\\",
    '\\"',
    '\\\\"',
    '"',
    '""',
    "'",
    "''",
    "\u2018typo\u2019",
    "\u201ctypo\u201d",
    "\u2013ngl",
    "C:\\Program Files\\x.gguf",
    "D:\\modèles\\日本語 モデル.gguf",
    "👍🏽",
    "e\u0301",
    "a\tb",
    "blk\\.(0|1)\\.ffn_.*_exps=CPU",
    "CUDA0,CUDA1",
    "a=b",
    "-foo.bar",
    "-foo:bar",
    "1e3",
    "0x10",
    "1kb",
    "@x",
    "@{a=1}",
    "(x)",
    '{"rope_scaling":{"rope_type":"yarn","factor":4.0}}',
    "unsloth/Qwen3-30B-A3B-GGUF:Q4_K_M",
    "x\x01y",
    "--%",
    "\u00a0",
    "\u2028",
]
TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=30)
SHELL_CHARS = st.text(
    st.sampled_from(list("ab \"'`$\\^%!&|<>;#(){}[]*?~=-@,:\n\t\u2018\u2019\u201c\u201d")), max_size=12
)
ARGS = st.lists(st.one_of(TEXT, SHELL_CHARS), min_size=0, max_size=6)


def read_by_shell(program: str, lines: list[str]) -> list[list[str]]:
    """What a real shell passes to a program for each line: arguments end in NUL, commands in SOH NUL SOH."""
    show = "show() { for a in \"$@\"; do printf '%s\\0' \"$a\"; done; printf '\\1\\0'; }\n"
    if program == "fish":
        show = "function show; for a in $argv; printf '%s\\0' $a; end; printf '\\1\\0'; end\n"
    script = show + "\n".join(lines) + "\n"
    done = subprocess.run([program], input=script.encode(), capture_output=True, check=True, timeout=120)
    assert not done.stderr, done.stderr[:500]
    out: list[list[str]] = []
    now: list[str] = []
    for piece in done.stdout.split(b"\0")[:-1]:
        if piece == b"\1":
            out.append(now)
            now = []
        else:
            now.append(piece.decode())
    return out


def random_names(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    alphabet = (
        "abcXYZ019 \"'`$\\^%!&|<>;#(){}[]*?~=-@,:.\n\t_/+éß日本👍\u2018\u2019\u201c\u2028\u00a0\x7f\x1b"
    )
    names = []
    for _ in range(count):
        name = "".join(draw.choice(alphabet) for _ in range(draw.randrange(0, 18)))
        names.append(draw.choice(["", "-", "--", " "]) + name)
    return names


@pytest.mark.parametrize("program", ["bash", "dash", "zsh", "fish"])
@pytest.mark.parametrize("multiline", [False, True])
def test_that_a_real_shell_passes_thousands_of_random_names_unchanged(program: str, multiline: bool) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    names = [n for n in NASTY + random_names(4000, seed=20) if n != "\1"]
    commands = [["show", *names[i : i + 3]] for i in range(0, len(names), 3)]
    lines = [join_command(command, Shell.POSIX, multiline=multiline) for command in commands]
    assert read_by_shell(program, lines) == [command[1:] for command in commands]


def test_that_a_real_shell_passes_environment_and_program_names() -> None:
    text = join_command(["/usr/bin/env"], Shell.POSIX, env={"FIT_A": "a b'$x\n", "FIT_B": ""})
    done = subprocess.run(["bash", "-c", text + " -0"], capture_output=True, check=True, env={})
    assert {b"FIT_A=a b'$x\n", b"FIT_B="} <= set(done.stdout.split(b"\0"))


@settings(deadline=None)
@given(ARGS)
@example(NASTY)
def test_that_posix_text_reads_back_exactly(args: list[str]) -> None:
    argv = ["llama-server", *args]
    assert split_command(join_command(argv, Shell.POSIX), Shell.POSIX) == argv
    assert split_command(join_command(argv, Shell.POSIX, multiline=True), Shell.POSIX) == argv


@settings(deadline=None)
@given(ARGS)
@example(NASTY)
def test_that_powershell_text_reads_back_exactly(args: list[str]) -> None:
    argv = ["llama-server", *[a.replace("\r", "") for a in args]]
    assert split_command(join_command(argv, Shell.POWERSHELL), Shell.POWERSHELL) == argv
    assert split_command(join_command(argv, Shell.POWERSHELL, multiline=True), Shell.POWERSHELL) == argv


@settings(deadline=None)
@given(ARGS)
@example([n for n in NASTY if "\n" not in n])
def test_that_cmd_text_reads_back_exactly(args: list[str]) -> None:
    argv = ["llama-server.exe", *[a.replace("\n", "").replace("\r", "") for a in args]]
    assert split_command(join_command(argv, Shell.CMD), Shell.CMD) == argv
    assert split_command(join_command(argv, Shell.CMD, multiline=True), Shell.CMD) == argv


@settings(deadline=None)
@given(st.one_of(TEXT, SHELL_CHARS))
@example("%PATH%")
@example('a" & calc & "')
def test_that_no_operator_or_variable_of_cmd_is_live_in_its_text(argument: str) -> None:
    """Outside quotes every operator has its caret; inside quotes there is no per cent sign and no
    exclamation mark."""
    text = quote_argument(argument.replace("\n", "").replace("\r", ""), Shell.CMD)
    inside, i = False, 0
    while i < len(text):
        c = text[i]
        if c == "^" and not inside:
            i += 2
            continue
        if c == '"':
            inside = not inside
        elif not inside:
            assert c not in "&|<>%!"
        else:
            assert c not in "%!"
        i += 1
    assert not inside


@settings(deadline=None)
@given(st.one_of(TEXT, SHELL_CHARS))
def test_that_powershell_expands_nothing_in_its_text(argument: str) -> None:
    """Bare words hold no character with a meaning; everything else is a single-quoted string without
    expansion."""
    text = quote_argument(argument, Shell.POWERSHELL)
    if not text.startswith("'"):
        assert text
        assert all(c.isascii() and (c.isalnum() or c in "_./\\:-") for c in text)
        assert not (text.startswith("-") and set(text) & set(".:/\\"))
    else:
        body = text[1:-1]
        for mark in "'\u2018\u2019\u201a\u201b":
            assert body.count(mark) % 2 == 0


@pytest.mark.parametrize(
    ("argument", "posix", "powershell", "cmd"),
    [
        ("a b", "'a b'", "'a b'", '"a b"'),
        ("it's", "'it'\"'\"'s'", "'it''s'", "it's"),
        ('{"a":1}', "'{\"a\":1}'", "'{\"a\":1}'", '^"{\\^"a\\^":1}^"'),
        ("CUDA0,CUDA1", "CUDA0,CUDA1", "'CUDA0,CUDA1'", "CUDA0,CUDA1"),
        ("C:\\My Models\\", "'C:\\My Models'\"\\\\\"", "'C:\\My Models\\'", '"C:\\My Models\\\\"'),
        ("%PATH%", "%PATH%", "'%PATH%'", "^%PATH^%"),
        ("", "''", "''", '""'),
    ],
)
def test_that_the_text_is_what_the_documents_say(
    argument: str, posix: str, powershell: str, cmd: str
) -> None:
    assert quote_argument(argument, Shell.POSIX) == posix
    assert quote_argument(argument, Shell.POWERSHELL) == powershell
    assert quote_argument(argument, Shell.CMD) == cmd


def test_that_the_c_runtime_examples_of_its_documentation_read_as_documented() -> None:
    table = {
        '"abc" d e': ["abc", "d", "e"],
        'a\\\\b d"e f"g h': ["a\\\\b", "de fg", "h"],
        'a\\\\\\"b c d': ['a\\"b', "c", "d"],
        'a\\\\\\\\"b c" d e': ["a\\\\b c", "d", "e"],
        'a"b"" c d': ['ab" c d'],
    }
    for line, wanted in table.items():
        if line != 'a"b"" c d':
            assert split_command("x " + line, Shell.CMD)[1:] == wanted, line


def test_that_multiline_text_keeps_flags_and_values_together() -> None:
    argv = ["llama-server", "-m", "model.gguf", "-ngl", "-1", "-c", "8192", "--no-repack"]
    assert join_command(argv, Shell.POSIX, multiline=True) == (
        "llama-server \\\n  -m model.gguf \\\n  -ngl -1 \\\n  -c 8192 \\\n  --no-repack"
    )
    assert " `\n  -c 8192" in join_command(argv, Shell.POWERSHELL, multiline=True)
    assert " ^\n  -c 8192" in join_command(argv, Shell.CMD, multiline=True)


def test_that_lines_of_a_width_hold_as_many_flags_as_fit() -> None:
    argv = ["llama-server", "-m", "model.gguf", "-ngl", "-1", "-c", "8192", "--no-repack"]
    packed = join_command(argv, Shell.POSIX, multiline=True, width=25)
    assert packed == "llama-server \\\n  -m model.gguf -ngl -1 \\\n  -c 8192 --no-repack"
    assert split_command(packed, Shell.POSIX) == argv
    broken = ["llama-server", "-m", "two\nlines.gguf", "-c", "8192", "-np", "1"]
    assert split_command(join_command(broken, Shell.POSIX, multiline=True, width=80), Shell.POSIX) == broken


@pytest.mark.parametrize("shell", list(Shell))
def test_that_the_place_of_every_word_is_known_whatever_the_width(shell: Shell) -> None:
    argv = [
        "llama-server",
        "-m",
        "my model.gguf",
        "-c",
        "8192",
        "-c",
        "",
        "-ot",
        "a|b=CPU",
        "--jinja",
        "last",
    ]
    seen = set()
    for width in range(120):
        laid_out = lay_out_command(argv, shell, {"A": "1 2"}, True, width)
        assert laid_out.text == join_command(argv, shell, {"A": "1 2"}, True, width)
        words = [laid_out.text[start:end] for start, end in laid_out.places]
        assert words == [quote_argument(word, shell, program=i == 0) for i, word in enumerate(argv)]
        seen.add(laid_out.text.count("\n"))
    assert seen == set(range(max(seen) + 1)), "from one flag a line to all in one"


def test_that_a_flag_explained_twice_or_not_written_has_its_own_place() -> None:
    notes = (
        FlagNote("-v", "a", ""),
        FlagNote("--gone", None, ""),
        FlagNote("-v", "b", ""),
        FlagNote("-x", None, ""),
    )
    command = LaunchCommand(
        ("docker", "run", "-v", "a", "-v", "b", "image", "-x"), "llama.cpp", "", flags=notes
    )
    laid_out = command.laid_out(Shell.POSIX, 80)
    assert [laid_out.text[a:b] if a >= 0 else None for a, b in laid_out.places] == [
        "-v a",
        None,
        "-v b",
        "-x",
    ]


def test_that_impossible_arguments_are_refused() -> None:
    for shell in Shell:
        with pytest.raises(QuotingFault, match="NUL"):
            quote_argument("a\0b", shell)
    with pytest.raises(QuotingFault, match="line break"):
        quote_argument("a\nb", Shell.CMD)
    with pytest.raises(QuotingFault, match="cannot set"):
        join_command(["x"], Shell.CMD, env={"A": "50%"})
    with pytest.raises(QuotingFault, match="not a name"):
        join_command(["x"], Shell.POSIX, env={"A B": "1"})
    for text in ("'open", '"open', 'a "b'):
        with pytest.raises(QuotingFault, match="never closed"):
            split_command(text, Shell.POSIX)


def test_that_environment_is_written_for_each_shell() -> None:
    env = {"CUDA_VISIBLE_DEVICES": "0,1"}
    assert join_command(["vllm"], Shell.POSIX, env) == "CUDA_VISIBLE_DEVICES=0,1 vllm"
    assert join_command(["vllm"], Shell.POWERSHELL, env) == "$env:CUDA_VISIBLE_DEVICES = '0,1'; vllm"
    assert join_command(["vllm"], Shell.CMD, env) == 'set "CUDA_VISIBLE_DEVICES=0,1" && vllm'


def test_that_a_quoted_program_is_called_in_powershell() -> None:
    assert join_command(["C:\\My Tools\\llama-server.exe", "-c", "1"], Shell.POWERSHELL).startswith(
        "& 'C:\\My Tools"
    )


def test_that_operators_come_back_as_unquoted_words() -> None:
    words = split_words("llama-server -c 1 && echo 'a && b' > log 2>&1", Shell.POSIX)
    assert [w.text for w in words if not w.quoted and w.text in "&>"] == ["&", "&", ">", ">", "&"]
    assert "a && b" in [w.text for w in words if w.quoted]


def test_that_powershell_5_is_warned_about() -> None:
    assert powershell_caveat(["vllm", '{"a":1}']) is not None
    assert powershell_caveat(["llama-server", "-c", "8192"]) is None
