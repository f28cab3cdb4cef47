"""What a person sees of a recovery plan."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from cli.answers import Json
from cli.output import table

_TARGETS = {
    "rtoMinutes": "RTO {} minutes",
    "rpoMinutes": "RPO {} minutes",
    "cleanUpAfterMinutes": "drills cleaned up after {} minutes",
}
_PENDING = "changed, but its protection groups are not all written: nothing starts from it"


def plan_view(plan: Json) -> list[RenderableType]:
    """Return the plan: its waves, which waits for which, and what each does besides launching."""
    title = Text.assemble(
        (plan["name"], "bold"), f"   version {plan['version']}   ", (plan["planId"], "dim")
    )
    waves = table(
        ["WAVE", "AFTER", "PROTECTION GROUPS", "ON FAILURE", "SETTINGS"],
        [
            [
                wave["name"],
                ", ".join(wave.get("dependsOn") or []) or "at once",
                ", ".join(wave["protectionGroups"]),
                wave.get("onFailure") or "",
                "\n".join(_settings(wave)),
            ]
            for wave in plan["waves"]
        ],
        optional=["ON FAILURE", "SETTINGS"],
    )
    about = [Text(plan["description"])] if plan.get("description") else []
    targets = [words.format(plan[field]) for field, words in _TARGETS.items() if plan.get(field)]
    if plan.get("groupsPending"):
        about.append(Text(f"{_PENDING}; apply its file again", "red"))
    return [title, *about, *([Text(", ".join(targets))] if targets else []), "", waves]


def _settings(wave: Json) -> Iterator[str]:
    """Yield what a wave has, in the order in which it counts."""
    if wave.get("approval"):
        yield _approval(wave["approval"])
    if wave.get("preActions"):
        yield f"before: {_actions(wave['preActions'])}"
    if wave.get("deadlineMinutes"):
        yield f"deadline {wave['deadlineMinutes']} minutes"
    policy = wave.get("successPolicy")
    if policy:
        share = policy["minimumPercent"] if isinstance(policy, dict) else None
        yield f"success {f'at {share} %' if share else policy}"
    if wave.get("healthCheck"):
        yield _health(wave["healthCheck"])
    if wave.get("postActions"):
        yield f"after: {_actions(wave['postActions'])}"


def _approval(approval: Json) -> str:
    minutes = approval.get("timeoutMinutes")
    then = f", {approval.get('onTimeout')} after {minutes} minutes" if minutes else ""
    return f"approval by {approval.get('role')}{then}"


def _actions(actions: list[Json]) -> str:
    return ", ".join(f"{action['name']} ({action['type']})" for action in actions)


def _health(check: Json) -> str:
    probe = check.get("probe")
    path = probe.get("path", "") if probe and probe["type"] != "tcp" else ""
    named = {
        "EC2 status": check.get("ec2Status"),
        "SSM agent": check.get("ssmAgent"),
        f"{probe['type']} :{probe['port']}{path}" if probe else "": probe,
    }
    checks = ", ".join(name for name, wanted in named.items() if wanted)
    share, minutes = check.get("healthyPercent"), check.get("deadlineMinutes")
    return f"health: {checks}; {share} % within {minutes} minutes"
