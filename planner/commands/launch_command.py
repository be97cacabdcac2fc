"""A command ready to run: arguments, environment, and every flag explained; quoted per shell only when
shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.commands.shell_quoting import (
    CommandLayout,
    QuotingFault,
    Shell,
    join_command,
    lay_out_command,
    powershell_caveat,
)
from planner.words import say


@dataclass(frozen=True, slots=True)
class FlagNote:
    """Why a flag is there."""

    flag: str
    value: str | None
    text: str
    """In words, with the number it causes where one is known."""

    def to_json(self) -> dict[str, str | None]:
        """Plain data for reports."""
        return {"flag": self.flag, "value": self.value, "text": self.text}


@dataclass(frozen=True, slots=True)
class LaunchCommand:
    """One command line."""

    argv: tuple[str, ...]
    engine: str
    """``llama.cpp`` or ``vllm``."""
    engine_versions: str
    """Versions whose flags were used."""
    env: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[FlagNote, ...] = ()
    where: str = ""
    """Machine it is run on when there are several (``head node``, ``node 1`` …); empty = the only one."""

    def text(self, shell: Shell, multiline: bool = False, width: int = 0) -> str:
        """Text for one shell; ``multiline`` and ``width`` as in :func:`planner.commands.shell_quoting.join_command`.

        Raises
        ------
        QuotingFault
            When the shell cannot pass one of the arguments.
        """
        return join_command(self.argv, shell, dict(self.env), multiline, width)

    def laid_out(self, shell: Shell, width: int) -> CommandLayout:
        """Text in lines of at most ``width`` characters, with the place of each of :attr:`flags` and its value.

        A flag that is explained but not written has the place (−1, −1).

        Raises
        ------
        QuotingFault
            When the shell cannot pass one of the arguments.
        """
        laid_out = lay_out_command(self.argv, shell, dict(self.env), True, width)
        places = []
        after = 0
        for note in self.flags:
            written = (note.flag,) if note.value is None else (note.flag, note.value)
            ends = range(after + len(written), len(self.argv) + 1)
            end = next((e for e in ends if self.argv[e - len(written) : e] == written), None)
            if end is None:
                places.append((-1, -1))
            else:
                places.append((laid_out.places[end - len(written)][0], laid_out.places[end - 1][1]))
                after = end
        return CommandLayout(laid_out.text, tuple(places))

    @property
    def posix(self) -> str:
        """One line for sh, bash, zsh."""
        return self.text(Shell.POSIX)

    @property
    def powershell(self) -> str:
        """One line for PowerShell 7."""
        return self.text(Shell.POWERSHELL)

    @property
    def cmd(self) -> str | None:
        """One line for cmd.exe; None when cmd cannot pass an argument."""
        try:
            return self.text(Shell.CMD)
        except QuotingFault:
            return None

    def to_json(self) -> dict[str, object]:
        """The ``command`` object of a result."""
        caveat = powershell_caveat(self.argv)
        return {
            "argv": list(self.argv),
            "env": dict(self.env),
            "posix": self.posix,
            "powershell": self.powershell,
            "cmd": self.cmd,
            "engine_versions": self.engine_versions,
            "notes": [*self.notes, *([caveat] if caveat else [])],
            "flags": [note.to_json() for note in self.flags],
        }


class CommandBuilder:
    """Collects flags with their reasons in the order they are written."""

    def __init__(self, program: tuple[str, ...], effects: Mapping[str, str] | None = None) -> None:
        self._argv: list[str] = list(program)
        self._flags: list[FlagNote] = []
        self._effects = dict(effects or {})

    def add(self, flag: str, value: str | None, text: str, setting: str = "") -> None:
        """Append a flag, its value and the reason; the effect known for ``setting`` is added to the
        reason."""
        self._argv.append(flag)
        if value is not None:
            self._argv.append(value)
        effect = self._effects.get(setting, "") if setting else ""
        self._flags.append(
            FlagNote(flag, value, say("{reason}: {effect}", reason=text, effect=effect) if effect else text)
        )

    def explain(self, flag: str, value: str | None, text: str) -> None:
        """Record a reason without writing a flag."""
        self._flags.append(FlagNote(flag, value, text))

    def positional(self, value: str) -> None:
        """Append a plain word."""
        self._argv.append(value)

    def build(
        self,
        engine: str,
        versions: str,
        env: Mapping[str, str] | None = None,
        notes: tuple[str, ...] = (),
        where: str = "",
    ) -> LaunchCommand:
        """Finish the command."""
        return LaunchCommand(
            tuple(self._argv), engine, versions, tuple((env or {}).items()), notes, tuple(self._flags), where
        )
