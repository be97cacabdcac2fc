"""What a report is asked to hold, kept together so that it can be made later, on any thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from planner.report import RENDERERS
from planner.report.compose import compose
from planner.report.html_text import html_of
from planner.report.markdown_text import markdown_of
from planner.words import ENGLISH, Language

if TYPE_CHECKING:
    from planner.machine import Machine
    from planner.plan import Plan
    from planner.report.blocks import Document, Kind
    from planner.wishes import Wishes


@dataclass(frozen=True)
class ReportRequest:
    """Plans, the machine and the question of each, a date."""

    kind: Kind
    plans: Callable[[], tuple[Plan, ...]]
    """Makes the plans when they are needed: those of a ranking take a while."""
    machines: Machine | tuple[Machine, ...]
    wishes: Wishes | tuple[Wishes | None, ...] | None
    date: str
    language: Language = ENGLISH
    """Of the document; CSV and JSON are English."""

    @cached_property
    def document(self) -> Document:
        """The report without a format, made once.

        Raises
        ------
        ValueFault
            If the date is none or the number of plans does not suit the kind.
        """
        return compose(self.plans(), self.machines, self.date, self.wishes, self.kind, self.language)

    def text(self, form: str) -> str:
        """The report in one of the formats that are text: a key of :data:`planner.report.RENDERERS`.

        Raises
        ------
        ValueFault
            As :attr:`document` does.
        """
        if form == "html":
            return html_of(self.document)
        if form == "markdown":
            return markdown_of(self.document)
        return RENDERERS[form](self.plans(), self.machines, self.date, self.wishes, self.kind)
