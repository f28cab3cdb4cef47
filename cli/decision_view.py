"""What a person is asked, and who has decided what."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from cli.answers import Execution, Question, questions
from cli.output import table
from cli.times import moment_text, parse_time


def question_texts(execution: Execution) -> list[Text]:
    """Return what each waiting wave asks, with the commands that answer."""
    return [
        _question_text(execution["executionId"], wave, question)
        for wave, question in questions(execution).items()
    ]


def _question_text(execution_id: str, wave: str, question: Question) -> Text:
    to = f" (to {question['role']})" if question["role"] else ""
    text = Text.assemble("\n", (f"? {wave}{to}: {question['message']}", "bold yellow"))
    deadline = deadline_text(question)
    if deadline:
        text.append(f"\n    {deadline}")
    commands = {
        answer_command(execution_id, wave, question, [choice["decision"]]): choice["effect"]
        for choice in question["choices"]
    }
    width = max(map(len, commands))
    for command, effect in commands.items():
        text.append(f"\n    {command:<{width}}  {effect}")
    return text


def answer_command(execution_id: str, wave: str, question: Question, answers: Sequence[str]) -> str:
    """Return the command that answers this question and, by its number, no later one."""
    # The number first: of a line that a narrow screen cuts, it must not be what is lost.
    named = f"drsctl run decide {execution_id} --attempt {question['attempt']} {wave}"
    reason = ' --reason "..."' if "SKIP" in answers else ""
    return f"{named} {'|'.join(answers)}{reason}"


def deadline_text(question: Question) -> str:
    """Return until when an answer counts, and what happens then; empty: it waits for ever."""
    deadline, then = question["deadline"], question.get("onTimeout")
    if not deadline:
        return ""
    return f"until {moment_text(deadline)}" + (f", then {then} by itself" if then else "")


def decision_parts(execution: Execution) -> list[RenderableType]:
    """Return who decided what, when and why; nothing if nobody did."""
    made = [each for wave in execution["waves"] for each in wave.get("decisions", [])]
    rows = [
        [
            each["decision"],
            each["wave"],
            moment_text(each["time"]),
            each["actor"],
            each["reason"] or "",
        ]
        for each in sorted(made, key=lambda each: parse_time(each["time"]))
    ]
    heads = ["DECISION", "WAVE", "TIME", "BY", "REASON"]
    return ["", table(heads, rows, optional=["REASON"])] if rows else []
