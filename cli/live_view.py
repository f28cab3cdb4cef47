"""The picture of a moment of an execution, for a screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cli.answers import Execution, Wave, questions
from cli.characters import harmless_text, one_line
from cli.decision_view import answer_command, deadline_text
from cli.execution_view import headline
from cli.status import status_text
from cli.times import duration_text
from cli.wave_view import wave_seconds, why

_QUESTIONS_SHOWN = 3
_QUIET = frozenset({"PENDING", "COMPLETED"})


def live_view(execution: Execution, height: int) -> Group:
    """Return the picture of a moment: the headline and one line a wave, at most `height` lines."""
    asking = _asking_lines(execution, height)
    shown, others = _fit(execution["waves"], height - 5 - len(asking))
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(4):
        rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    for wave in shown:
        rows.add_row(
            harmless_text(one_line(wave["name"])),
            status_text(wave["status"]),
            f"{wave['serversLaunched']}/{wave['serverCount']} servers",
            duration_text(wave_seconds(execution, wave)),
            harmless_text(one_line(_why_now(wave))),
        )
    return Group(
        harmless_text(headline(execution)), Text(), rows, *([others] if others else []), *asking
    )


def _asking_lines(execution: Execution, height: int) -> list[Text]:
    waves = list(questions(execution))
    room = max(1, min(_QUESTIONS_SHOWN, height - 8))
    lines = [_asking_line(execution, wave) for wave in waves[:room]]
    others = len(waves) - len(lines)
    if others:
        words = f"and {others} more ask; see drsctl run show {execution['executionId']}"
        lines.append(Text(words, no_wrap=True, overflow="ellipsis"))
    return lines


def _asking_line(execution: Execution, wave: str) -> Text:
    question = questions(execution)[wave]
    answers = [choice["decision"] for choice in question["choices"]]
    command = answer_command(execution["executionId"], wave, question, answers)
    line = Text(f"? {one_line(command)}", style="bold yellow", no_wrap=True, overflow="ellipsis")
    return harmless_text(line)


def _why_now(wave: Wave) -> str:
    question = wave.get("question")
    parts = [deadline_text(question) if question else "", why(wave)]
    return "; ".join(part for part in parts if part)


def _fit(waves: Sequence[Wave], height: int) -> tuple[list[Wave], Text | None]:
    """Return the waves to show and a line that counts the others.

    On a screen too small for all, those that need no attention are counted only.
    """
    if len(waves) <= height:
        return list(waves), None
    shown = [wave for wave in waves if wave["status"] not in _QUIET][: max(1, height - 2)]
    left = Counter(wave["status"] for wave in waves) - Counter(wave["status"] for wave in shown)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(left.items()))
    return shown, Text(f"\nand {counts}", style="dim")
