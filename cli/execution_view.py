"""What a person sees of one execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.answers import Execution, Question, Server, Wave, is_final, questions
from cli.output import table
from cli.status import mode_text, status_text
from cli.times import duration_text, elapsed_seconds, moment_text, parse_time, stopwatch_text

_QUESTIONS_SHOWN = 3
_QUIET = frozenset({"PENDING", "COMPLETED"})


def run_seconds(execution: Execution) -> float | None:
    """Return how long the execution has taken so far, in the server's clock."""
    end = execution["endTime"] or (None if is_final(execution) else execution.get("now"))
    return elapsed_seconds(execution["startTime"], end)


def headline(execution: Execution) -> Text:
    """Return mode, plan, state and elapsed time, and the id below, where it is easily copied."""
    spent = duration_text(run_seconds(execution))
    parts: list[Text] = [
        mode_text(execution["executionType"]),
        Text(execution.get("planName") or execution["planId"], style="bold"),
        status_text(execution["status"]),
        Text(f"{'took' if is_final(execution) else 'elapsed'} {spent}" if spent else ""),
    ]
    line = Text("   ").join(part for part in parts if part)
    return line.append(f"\n{execution['executionId']}", style="dim")


def live_view(execution: Execution, height: int) -> Group:
    """Return the picture of a moment: the headline and one line a wave, at most `height` lines."""
    asking = [_asking_line(execution, wave) for wave in questions(execution)][:_QUESTIONS_SHOWN]
    shown, others = _fit(execution["waves"], height - 5 - len(asking))
    rows = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(4):
        rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    for wave in shown:
        rows.add_row(
            wave["name"],
            status_text(wave["status"]),
            f"{wave['serversLaunched']}/{wave['serverCount']} servers",
            duration_text(_wave_seconds(execution, wave)),
            Text(_why_now(wave)),
        )
    return Group(headline(execution), Text(), rows, *([others] if others else []), *asking)


def _asking_line(execution: Execution, wave: str) -> Text:
    question = questions(execution)[wave]
    answers = [choice["decision"] for choice in question["choices"]]
    command = _answer_command(execution["executionId"], wave, question, answers)
    return Text(f"? {command}", style="bold yellow", no_wrap=True, overflow="ellipsis")


def waves_table(execution: Execution) -> Table:
    """Return every wave with its times, from the execution's start, and its DRS jobs."""
    return table(
        ["WAVE", "STATE", "SERVERS", "STARTED", "TOOK", "DRS JOBS", "WHY"],
        [
            [
                wave["name"],
                status_text(wave["status"]),
                f"{wave['serversLaunched']}/{wave['serverCount']}",
                _offset_text(execution, wave["startTime"]),
                duration_text(_wave_seconds(execution, wave)),
                "\n".join(job["jobId"] for job in wave["jobs"]),
                _why(wave),
            ]
            for wave in execution["waves"]
        ],
        optional=["STARTED", "TOOK", "DRS JOBS", "WHY"],
    )


def servers_in_order(execution: Execution) -> list[Server]:
    """Return the servers in the order of the plan's waves."""
    position = {wave["name"]: index for index, wave in enumerate(execution["waves"])}
    return sorted(
        execution["servers"],
        key=lambda server: (position.get(server["wave"], len(position)), server["sourceServerId"]),
    )


def servers_table(execution: Execution, servers: Sequence[Server]) -> Table:
    """Return every server with the instance it became."""
    return table(
        ["SOURCE SERVER", "WAVE", "LAUNCH", "RECOVERY INSTANCE", "POINT IN TIME", "HEALTH", "WHY"],
        [
            [
                server["sourceServerId"],
                server["wave"],
                _launch_text(execution, server),
                server["recoveryInstanceId"] or "none",
                _point_in_time(server),
                server.get("health") or "",
                server.get("reason") or "",
            ]
            for server in servers
        ],
        optional=["POINT IN TIME", "HEALTH", "WHY"],
    )


def _launch_text(execution: Execution, server: Server) -> Text:
    """Return DRS's word on the launch; a server that no job holds was not asked for yet."""
    jobs = [job for wave in execution["waves"] for job in wave["jobs"]]
    in_job = any(server["sourceServerId"] in job["servers"] for job in jobs)
    starts = {wave["name"]: wave["startTime"] for wave in execution["waves"]}
    if server["launchStatus"] or in_job or starts.get(server["wave"]):
        return status_text(server["launchStatus"])
    return Text("  not started", style="dim")


def _point_in_time(server: Server) -> str:
    """Return the pinned state of a server, and how much older it is than what was asked for."""
    moment = moment_text(server.get("snapshotTime"))
    skew = duration_text(server.get("skewSeconds"))
    return f"{moment} ({skew} before)" if moment else ""


def question_texts(execution: Execution) -> list[Text]:
    """Return what each waiting wave asks, with the commands that answer."""
    return [
        _question_text(execution["executionId"], wave, question)
        for wave, question in questions(execution).items()
    ]


def _question_text(execution_id: str, wave: str, question: Question) -> Text:
    to = f" (to {question['role']})" if question["role"] else ""
    text = Text.assemble("\n", (f"? {wave}{to}: {question['message']}", "bold yellow"))
    deadline = _deadline_text(question)
    if deadline:
        text.append(f"\n    {deadline}")
    commands = {
        _answer_command(execution_id, wave, question, [choice["decision"]]): choice["effect"]
        for choice in question["choices"]
    }
    width = max(map(len, commands))
    for command, effect in commands.items():
        text.append(f"\n    {command:<{width}}  {effect}")
    return text


def _answer_command(
    execution_id: str, wave: str, question: Question, answers: Sequence[str]
) -> str:
    """Return the command that answers this question and, by its number, no later one."""
    named = f"drsctl run decide {execution_id} {wave} {'|'.join(answers)}"
    reason = ' --reason "..."' if "SKIP" in answers else ""
    return f"{named} --attempt {question['attempt']}{reason}"


def _deadline_text(question: Question) -> str:
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


def times_text(execution: Execution) -> Text:
    """Return when the execution began and ended, in the server's clock."""
    ended = moment_text(execution["endTime"])
    began = f"started {moment_text(execution['startTime'])}"
    return Text(f"{began}, ended {ended}" if ended else began, style="dim")


def reason_text(execution: Execution) -> Text | None:
    """Return why the execution is not COMPLETED, if it said so."""
    reason = execution.get("reason")
    return Text(reason, style="yellow") if reason else None


def _wave_seconds(execution: Execution, wave: Wave) -> float | None:
    ongoing = None if is_final(execution) else execution.get("now")
    return elapsed_seconds(wave["startTime"], wave["endTime"] or ongoing)


def _offset_text(execution: Execution, moment: str | None) -> str:
    seconds = elapsed_seconds(execution["startTime"], moment)
    return "" if seconds is None else f"+{stopwatch_text(seconds)}"


def _why(wave: Wave) -> str:
    if wave.get("reason"):
        return str(wave["reason"])
    if wave["status"] == "PENDING" and wave["dependsOn"]:
        return f"after {', '.join(wave['dependsOn'])}"
    if wave["status"] == "COMPLETED" and wave.get("healthGate") == "NONE":
        return "launched, not checked"
    return ""


def _why_now(wave: Wave) -> str:
    question = wave.get("question")
    parts = [_deadline_text(question) if question else "", _why(wave)]
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
