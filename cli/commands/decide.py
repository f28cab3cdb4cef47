"""`drsctl run decide`: a person's answer to the question of a wave."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.answers import Execution, Question, questions
from cli.errors import BadInput
from cli.session import session_of


class Decision(StrEnum):
    """What a person may answer; which of them fit depends on the question."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETRY = "RETRY"
    SKIP = "SKIP"
    ABORT = "ABORT"
    WAIT = "WAIT"


def decide(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of the execution.")],
    wave: Annotated[str, typer.Argument(metavar="WAVE", help="The wave that asks.")],
    decision: Annotated[
        Decision,
        typer.Argument(
            metavar="DECISION",
            case_sensitive=False,
            help="The answer; `drsctl run show RUN` lists the possible ones.",
        ),
    ],
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Kept as evidence; SKIP needs one.")
    ] = None,
    attempt: Annotated[
        int | None,
        typer.Option(min=0, metavar="NUMBER", help="Only if the wave still asks this question."),
    ] = None,
) -> None:
    """Answer the question of a wave. Of two answers the first counts.

    \b
    Examples:
      drsctl run decide drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z database RETRY
      drsctl run decide drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z reports SKIP --reason "not needed today"
    """
    session = session_of(context)
    with session.client() as client:
        asked = None
        if attempt is None:
            asked = _question_of(client.execution(run), wave)
            attempt = asked["attempt"]
        recorded = client.decide(run, wave, attempt, decision.value, reason)
    session.output.answer(recorded, f"{recorded['decision']} recorded")
    words = f": {asked['message']}" if asked else ""
    session.output.talk.show(f"It answers question {attempt} of wave {wave}{words}")
    session.output.talk.show(f"Follow it: drsctl run watch {run}")


def _question_of(execution: Execution, wave: str) -> Question:
    """Return what the wave asks; raise BadInput if it asks nothing."""
    run = execution["executionId"]
    question = questions(execution).get(wave)
    if question is not None:
        return question
    names = [each["name"] for each in execution["waves"]]
    if names and wave not in names:
        raise BadInput(f"run {run} has no wave '{wave}'; its waves: {', '.join(names)}")
    raise BadInput(f"wave '{wave}' of run {run} asks nothing; see drsctl run show {run}")
