"""Arguments as text that a shell reads back unchanged, and such text as arguments: POSIX sh, PowerShell, cmd.

Both directions follow the shells' own documents:

* POSIX: IEEE Std 1003.1-2024, Shell Command Language, 2.2 Quoting.
* PowerShell: ``about_Quoting_Rules``, ``about_Parsing`` and ``about_Special_Characters`` (PowerShell
  7.3 or newer, where
  native programs get arguments unchanged; Windows PowerShell 5.1 loses double quotes inside arguments,
  see :func:`powershell_caveat`).
* cmd: ``cmd /?`` for carets and per cent signs, and "Parsing C command-line arguments" of the Microsoft
  C runtime for
  what the program then makes of the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from planner.words import say


class Shell(StrEnum):
    """A shell that command text is written for."""

    POSIX = "posix"
    POWERSHELL = "powershell"
    CMD = "cmd"


class QuotingFault(ValueError):
    """An argument that the shell has no way to pass, or text with an unfinished quote."""


@dataclass(frozen=True, slots=True)
class Word:
    """One argument read from text."""

    text: str
    quoted: bool = False
    """True if any part of it stood in quotes or was escaped, so that it is no operator of the shell."""


_POSIX_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
_BACKSLASH = "\\"
_FISH_ESCAPES = re.compile(r"(\\*'+|\\{2,}|\\+\Z)")
"""Single quotes with the backslashes before them, and backslashes that fish would read as escapes in single quotes."""
_POWERSHELL_FLAG = re.compile(r"--?[A-Za-z][A-Za-z0-9_-]*\Z")
_POWERSHELL_WORD = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_./\\:-]*|[0-9]+)\Z")
_POWERSHELL_PROGRAM = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.exe)?\Z|[.][/\\][A-Za-z0-9_./\\-]+\Z")
_POWERSHELL_KEYWORDS = frozenset(
    (
        *(
            "begin",
            "break",
            "catch",
            "class",
            "clean",
            "continue",
            "data",
            "do",
            "dynamicparam",
            "else",
            "elseif",
        ),
        *(
            "end",
            "enum",
            "exit",
            "filter",
            "finally",
            "for",
            "foreach",
            "from",
            "function",
            "hidden",
            "if",
            "in",
        ),
        *("param", "process", "return", "static", "switch", "throw", "trap", "try", "until", "using", "var"),
        "while",
    )
)
_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
"""Characters PowerShell takes for a single quote (its tokenizer treats typographic quotes like plain
ones)."""
_DOUBLE_QUOTES = '"\u201c\u201d\u201e'
_CMD_META = re.compile(r'[()%!^"<>&|]')
_CMD_BARE = re.compile(r"[A-Za-z0-9_@+=:,./\\#~{}\[\]$'*?;-]+\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def quote_argument(argument: str, shell: Shell, program: bool = False) -> str:
    """Write one argument so that ``shell`` passes exactly it.

    Parameters
    ----------
    argument : str
        Any text without NUL.
    shell : Shell
        The shell it is written for.
    program : bool
        True for the first word, which shells read by other rules.

    Returns
    -------
    str
        The text, quoted only where needed.

    Raises
    ------
    QuotingFault
        For NUL anywhere, for line breaks in cmd, and for program names cmd cannot be given.
    """
    if "\0" in argument:
        raise QuotingFault("no shell can pass a NUL character in an argument")
    if shell is Shell.POSIX:
        return _posix(argument, program)
    if shell is Shell.POWERSHELL:
        return _powershell(argument, program)
    return _cmd_program(argument) if program else _cmd(argument)


def join_command(
    argv: Sequence[str],
    shell: Shell,
    env: Mapping[str, str] | None = None,
    multiline: bool = False,
    width: int = 0,
) -> str:
    """Write a whole command, its environment first.

    Parameters
    ----------
    argv : sequence of str
        Program and arguments.
    shell : Shell
        The shell it is written for.
    env : mapping of str to str, optional
        Variables set for this command (POSIX) or for the session before it (PowerShell, cmd).
    multiline : bool
        True: several lines, a flag and its value on the same one, with the shell's mark of continuation.
    width : int
        Characters of a line that holds more than one flag; 0 = one flag a line.

    Returns
    -------
    str
        Text to paste into the shell.

    Raises
    ------
    QuotingFault
        When an argument, a variable's name or its value cannot be written for the shell.
    """
    return lay_out_command(argv, shell, env, multiline, width).text


@dataclass(frozen=True, slots=True)
class CommandLayout:
    """A command as text, and where its words are."""

    text: str
    places: tuple[tuple[int, int], ...]
    """First character of each argument and the one after its last, in ``text``."""


def lay_out_command(
    argv: Sequence[str],
    shell: Shell,
    env: Mapping[str, str] | None = None,
    multiline: bool = False,
    width: int = 0,
) -> CommandLayout:
    """Write a whole command as :func:`join_command` does, and say where each argument went.

    Raises
    ------
    QuotingFault
        When an argument, a variable's name or its value cannot be written for the shell.
    """
    words = [quote_argument(word, shell, program=i == 0) for i, word in enumerate(argv)]
    text = _environment(env or {}, shell)
    if shell is Shell.POWERSHELL and words and words[0].startswith("'"):
        words[0] = "& " + words[0]
    mark = {Shell.POSIX: " \\\n  ", Shell.POWERSHELL: " `\n  ", Shell.CMD: " ^\n  "}[shell]
    places: list[tuple[int, int]] = []
    in_line = len(text)
    for number, (first, end) in enumerate(_groups(argv) if multiline else [(0, len(argv))]):
        part = " ".join(words[first:end])
        if number and in_line + len(part) + len(mark) > width:
            text, in_line = text + mark, len(part)
        else:
            text, in_line = text + " " * bool(number), in_line + len(part) + bool(number)
        for word in words[first:end]:
            start = len(text) + bool(places and places[-1][1] == len(text))
            places.append((start, start + len(word)))
            text = text.ljust(start) + word
    return CommandLayout(text, tuple(places))


def split_command(text: str, shell: Shell) -> list[str]:
    """Read command text by the rules of one shell and return the arguments.

    Raises
    ------
    QuotingFault
        For an unfinished quote.
    """
    return [word.text for word in split_words(text, shell)]


def split_words(text: str, shell: Shell) -> list[Word]:
    """Read command text by the rules of one shell.

    Continued lines are joined; a bare line break and the operators ``; | &`` come back as words that
    are not quoted.

    Raises
    ------
    QuotingFault
        For an unfinished quote.
    """
    text = text.replace("\r\n", "\n")
    if shell is Shell.POSIX:
        return _split_posix(text)
    if shell is Shell.POWERSHELL:
        return _split_powershell(text)
    return _split_cmd(text)


def powershell_caveat(argv: Sequence[str]) -> str | None:
    """Say what Windows PowerShell 5.1 would do wrong with these arguments; None if nothing."""
    bad = [a for a in argv if '"' in a or not a or (a.endswith("\\") and re.search(r"\s", a))]
    if not bad:
        return None
    return say(
        "Windows PowerShell 5.1 changes the argument {argument!r} (double quotes are lost); "
        "use PowerShell 7.3 or newer",
        argument=bad[0],
    )


def _groups(argv: Sequence[str]) -> list[tuple[int, int]]:
    """Index ranges of words that share a line: leading plain words, then each flag with its values."""
    starts = [0]
    starts += [i for i, word in enumerate(argv) if i > 0 and re.match(r"--?[A-Za-z]", word)]
    return list(zip(starts, [*starts[1:], len(argv)], strict=True))


def _environment(env: Mapping[str, str], shell: Shell) -> str:
    for name in env:
        if not _ENV_NAME.match(name):
            raise QuotingFault(f"{name!r} is not a name of an environment variable")
    if shell is Shell.POSIX:
        return "".join(f"{name}={_posix(value, False)} " for name, value in env.items())
    if shell is Shell.POWERSHELL:
        return "".join(f"$env:{name} = {_powershell_quoted(value)}; " for name, value in env.items())
    for name, value in env.items():
        if re.search(r'["%!\n\r]', value):
            raise QuotingFault(f"cmd cannot set {name} to {value!r} on one line")
    return "".join(f'set "{name}={value}" && ' for name, value in env.items())


def _posix(argument: str, program: bool) -> str:
    """POSIX quotes that zsh and fish read alike.

    zsh takes ``=word`` for the path of a program, fish ``%self`` for its process; in single quotes fish reads ``\\\\`` and
    ``\\'`` as one character, so such backslashes stand in double quotes, where all shells take two for one.
    """
    if (
        _POSIX_BARE.match(argument)
        and not argument.startswith(("=", "%self"))
        and not (program and "=" in argument)
    ):
        return argument
    parts = _FISH_ESCAPES.split(argument)
    quoted = "".join(
        f'"{part.replace(_BACKSLASH, _BACKSLASH * 2)}"' if i % 2 else f"'{part}'"
        for i, part in enumerate(parts)
        if part
    )
    return quoted or "''"


def _powershell_quoted(argument: str) -> str:
    return "'" + "".join(c * 2 if c in _SINGLE_QUOTES else c for c in argument) + "'"


def _powershell(argument: str, program: bool) -> str:
    if program:
        bare = bool(_POWERSHELL_PROGRAM.match(argument)) and argument.lower() not in _POWERSHELL_KEYWORDS
    else:
        bare = bool(_POWERSHELL_FLAG.match(argument) or _POWERSHELL_WORD.match(argument))
    return argument if bare else _powershell_quoted(argument)


def _c_runtime_quoted(argument: str) -> str:
    """Double quotes by the rules of the Microsoft C runtime: 2n backslashes before a quote, 2n+1 for a
    literal one."""
    inner = re.sub(r'(\\*)"', r'\1\1\\"', argument)
    inner = re.sub(r"(\\+)\Z", r"\1\1", inner)
    return f'"{inner}"'


def _cmd(argument: str) -> str:
    if re.search(r"[\n\r]", argument):
        raise QuotingFault(f"cmd cannot pass a line break inside an argument: {argument!r}")
    if _CMD_BARE.match(argument):
        return argument
    needs_quotes = not argument or re.search(r'[\s"]', argument) is not None
    if not re.search(r'["%!]', argument):
        return _c_runtime_quoted(argument)
    raw = _c_runtime_quoted(argument) if needs_quotes else argument
    return _CMD_META.sub(lambda m: "^" + m.group(0), raw)


def _cmd_program(argument: str) -> str:
    if not argument or re.search(r'["%!\n\r]', argument):
        raise QuotingFault(f"cmd cannot start a program named {argument!r}")
    return argument if re.match(r"[A-Za-z0-9_.:\\/-]+\Z", argument) else f'"{argument}"'


class _Words:
    """Collects the words of a line piece by piece."""

    def __init__(self) -> None:
        self.done: list[Word] = []
        self.parts: list[str] | None = None
        self.quoted = False

    def put(self, piece: str, quoted: bool = False) -> None:
        """Append to the current word, starting one if there is none."""
        if self.parts is None:
            self.parts = []
        self.parts.append(piece)
        self.quoted = self.quoted or quoted

    def close(self) -> None:
        """End the current word."""
        if self.parts is not None:
            self.done.append(Word("".join(self.parts), self.quoted))
        self.parts, self.quoted = None, False

    def operator(self, mark: str) -> None:
        """End the current word and add an operator of the shell; digits before ``>`` are part of it."""
        if mark in "<>":
            self.parts = None
        self.close()
        self.done.append(Word(mark))

    @property
    def may_redirect(self) -> bool:
        """True where ``>`` and ``<`` redirect rather than belong to a placeholder such as ``model<N>``."""
        return self.parts is None or (not self.quoted and "".join(self.parts).isdigit())


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _split_posix(text: str) -> list[Word]:
    words = _Words()
    i, n = 0, len(text)
    while i < n:
        c = text[i]
        if c in " \t":
            words.close()
        elif c == "\n":
            words.operator("\n") if words.parts is not None or words.done else None
        elif c == "#" and words.parts is None:
            i = _end_of_line(text, i) - 1
        elif c in ";|&" or (c in "<>" and words.may_redirect):
            words.operator(c)
        elif c == "\\":
            i += 1
            if i >= n:
                words.put("\\")
            elif text[i] != "\n":
                words.put(text[i], quoted=True)
        elif c == "'":
            end = text.find("'", i + 1)
            if end < 0:
                raise QuotingFault(f"the single quote before {text[i + 1 : i + 21]!r} is never closed")
            words.put(text[i + 1 : end], quoted=True)
            i = end
        elif c == '"':
            piece, i = _posix_double(text, i)
            words.put(piece, quoted=True)
        else:
            words.put(c)
        i += 1
    words.close()
    return _without_last_breaks(words.done)


def _without_last_breaks(words: list[Word]) -> list[Word]:
    while words and words[-1] == Word("\n"):
        words.pop()
    return words


def _posix_double(text: str, start: int) -> tuple[str, int]:
    """Content of a double-quoted part and the index of its closing quote; ``$`` and backquote stay as
    written."""
    out: list[str] = []
    i = start + 1
    while i < len(text):
        c = text[i]
        if c == '"':
            return "".join(out), i
        if c == "\\" and i + 1 < len(text) and text[i + 1] in '$`"\\\n':
            i += 1
            if text[i] != "\n":
                out.append(text[i])
        else:
            out.append(c)
        i += 1
    raise QuotingFault(f"the double quote before {text[start + 1 : start + 21]!r} is never closed")


_BACKTICK = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


def _split_powershell(text: str) -> list[Word]:
    words = _Words()
    i, n = 0, len(text)
    while i < n:
        c = text[i]
        if c in " \t":
            words.close()
        elif c == "\n":
            words.operator("\n") if words.parts is not None or words.done else None
        elif c == "#" and words.parts is None:
            i = _end_of_line(text, i) - 1
        elif c in ";|" or (c == "&" and words.parts is None) or (c in "<>" and words.may_redirect):
            words.operator(c)
        elif c == "`":
            i += 1
            if i < n and text[i] != "\n":
                words.put(_BACKTICK.get(text[i], text[i]), quoted=True)
        elif c in _SINGLE_QUOTES or c in _DOUBLE_QUOTES:
            piece, i = _powershell_string(text, i)
            words.put(piece, quoted=True)
        else:
            words.put(c)
        i += 1
    words.close()
    return _without_last_breaks(words.done)


def _powershell_string(text: str, start: int) -> tuple[str, int]:
    """Content of a PowerShell string and the index of its closing quote; ``$`` stays as written."""
    single = text[start] in _SINGLE_QUOTES
    marks = _SINGLE_QUOTES if single else _DOUBLE_QUOTES
    out: list[str] = []
    i = start + 1
    while i < len(text):
        c = text[i]
        if c in marks:
            if i + 1 < len(text) and text[i + 1] in marks:
                out.append(c)
                i += 1
            else:
                return "".join(out), i
        elif c == "`" and not single and i + 1 < len(text):
            i += 1
            if text[i] != "\n":
                out.append(_BACKTICK.get(text[i], text[i]))
        else:
            out.append(c)
        i += 1
    raise QuotingFault(f"the quote before {text[start + 1 : start + 21]!r} is never closed")


def _split_cmd(text: str) -> list[Word]:
    """Undo cmd's carets, then read the line as the Microsoft C runtime does."""
    line: list[tuple[str, bool]] = []
    in_quotes = False
    i, n = 0, len(text)
    while i < n:
        c = text[i]
        if c == '"':
            in_quotes = not in_quotes
            line.append((c, False))
        elif c == "^" and not in_quotes:
            i += 1
            if i < n and text[i] == "\n":
                line.append((" ", False))
            elif i < n:
                line.append((text[i], True))
        elif c in "\n&|" and not in_quotes:
            line.extend([(" ", False), (c, False), (" ", False)])
        else:
            line.append((c, False))
        i += 1
    return _without_last_breaks(_c_runtime_words(line))


def _c_runtime_words(line: list[tuple[str, bool]]) -> list[Word]:
    words: list[Word] = []
    i, n = 0, len(line)
    while True:
        while i < n and line[i][0] in " \t":
            i += 1
        if i >= n:
            return words
        out: list[str] = []
        in_quotes = quoted = False
        first = not words
        while i < n and (in_quotes or line[i][0] not in " \t"):
            c, escaped = line[i]
            quoted = quoted or escaped
            if c == "\\" and not first:
                run = i
                while run < n and line[run][0] == "\\":
                    run += 1
                count = run - i
                if run < n and line[run][0] == '"':
                    out.append("\\" * (count // 2))
                    if count % 2:
                        out.append('"')
                        run += 1
                else:
                    out.append("\\" * count)
                i = run
                continue
            if c == '"':
                quoted = True
                if in_quotes and not first and i + 1 < n and line[i + 1][0] == '"':
                    out.append('"')
                    i += 1
                else:
                    in_quotes = not in_quotes
            else:
                out.append(c)
            i += 1
        if in_quotes:
            raise QuotingFault(f"the double quote in {''.join(out)[:20]!r} is never closed")
        words.append(Word("".join(out), quoted))
