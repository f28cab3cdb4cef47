"""What the people of the stories do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from drs_orchestrator.domain.errors import CleanUpRefused, StaleDecision, Unavailable
from drs_orchestrator.domain.execution_type import ExecutionType
from local.drs.errors import DrsError
from tests.simulation.scenarios import Person
from tests.simulation.strikes import RequestDied
from tests.workflow.laptop import ACCOUNT, REGION, server_id

Json = dict[str, Any]
Act = Callable[[Person], object]


def answer(wave_name: str, choice: str, attempt: int | None = None) -> Act:
    def answer(person: Person) -> None:
        question = person.until_asked(wave_name, attempt)
        person.rest(600)
        person.decide(wave_name, choice, question["attempt"], "as agreed")

    return answer


def answer_at_once(wave_name: str, choice: str, actor: str) -> Act:
    """Answer at a full hour, as others do who have looked meanwhile; whoever is second is refused.

    So one crash cannot change what is decided, let all of them say the same.
    """

    def answer(person: Person) -> None:
        person.actor = actor
        question = person.until_asked(wave_name)
        person.rest(3600 - person.world.schedule.elapsed_seconds % 3600)
        with suppress(StaleDecision):
            person.decide(wave_name, choice, question["attempt"], "as agreed")

    return answer


def drill_in_the_console(number: int) -> Act:
    """Let somebody who knows nothing of us drill a server as soon as the execution has begun, or
    DRS has room for it.
    """

    def drill(person: Person) -> None:
        asked = {"isDrill": True, "sourceServers": [{"sourceServerID": server_id(number)}]}
        while True:
            try:
                person.world.simulator.call(
                    "StartRecovery", asked, account_id=ACCOUNT, region=REGION
                )
            except DrsError:
                person.rest(30)
            else:
                return

    return drill


def replace_in_the_console(number: int) -> Act:
    """Let somebody drill a server as soon as we have: what we launched goes before it is listed,
    where lists are late.
    """

    def replace(person: Person) -> None:
        simulator = person.world.simulator
        while not any(job.ended_at for at in simulator.scopes for job in simulator.truth(*at).jobs):
            person.rest(5)
        drill_in_the_console(number)(person)

    return replace


def retry_then_skip(wave_name: str) -> Act:
    """Say RETRY to the first question, which may be asked once more, and SKIP to what follows."""

    def answer(person: Person) -> None:
        first = person.until_asked(wave_name)
        person.decide(wave_name, "RETRY", first["attempt"])
        person.until(lambda execution: _asked(execution, wave_name) > first["attempt"])
        person.decide(wave_name, "SKIP", person.until_asked(wave_name)["attempt"], "it is gone")

    return answer


def _asked(execution: Json, wave_name: str) -> int:
    (wave,) = [each for each in execution["waves"] if each["name"] == wave_name]
    return int((wave.get("question") or {}).get("attempt", 0))


def heal_and_answer(wave_name: str, choice: str) -> Act:
    def answer(person: Person) -> None:
        question = person.until_asked(wave_name, None)
        person.rest(600)
        person.world.aws.ec2.faults.instance_impaired = frozenset()
        person.decide(wave_name, choice, question["attempt"], "as agreed")

    return answer


def until_launched(person: Person) -> None:
    """Wait for the first job: what came before it may have been sent anew, and take longer."""
    simulator = person.world.simulator
    while not any(simulator.truth(*scope).jobs for scope in simulator.scopes):
        person.rest(5)


def pause_and_resume(person: Person) -> None:
    person.until(lambda execution: any(w["status"] == "RUNNING" for w in execution["waves"]))
    person.pause()
    person.rest(1.5 * 3600)  # a wave at rest hangs its bell anew after an hour
    person.resume()


def cancel(person: Person) -> None:
    until_launched(person)
    person.rest(60)
    person.cancel()


def pause_too(person: Person) -> None:
    """Pause at the very moment at which `cancel` cancels: both have read the same header."""
    until_launched(person)
    person.rest(60)
    person.pause()


def stop_a_wave_by_hand(person: Person) -> None:
    """Stop the workflow of the wave that has just launched its servers."""
    until_launched(person)
    (workflow,) = person.world.interpreter.executions.values()
    person.world.interpreter.stop(workflow.children[0].arn, "ByHand", "stopped in the console")


def stop_by_hand(person: Person) -> None:
    until_launched(person)
    (workflow,) = person.world.interpreter.executions.values()
    person.world.interpreter.stop(workflow.arn, "ByHand", "stopped in the console")
    person.until(lambda execution: bool(execution.get("endTime")))


def tidy(person: Person) -> None:
    person.until(lambda execution: execution["status"] == "COMPLETED")
    person.clean_up()
    tidied(person)


def tidied(person: Person) -> None:
    person.until(lambda execution: (execution.get("cleanUp") or {}).get("status") == "COMPLETED")


def tidied_in_vain(person: Person) -> None:
    person.until(lambda execution: execution["status"] == "COMPLETED")
    person.clean_up()
    person.until(lambda execution: (execution.get("cleanUp") or {}).get("status") == "INCOMPLETE")


def drill_then(person: Person) -> None:
    """Start a drill over the live recovery, which must be refused, then ask for its clean-up.

    That is refused too; were it not, what it ends would tell.
    """
    _be_refused(person, ExecutionType.DRILL)
    with suppress(CleanUpRefused):
        person.clean_up()


def recover_again(person: Person) -> None:
    """Start a recovery over the live one without a word of replacing it: it must be refused."""
    _be_refused(person, ExecutionType.RECOVERY)


def _be_refused(person: Person, execution_type: ExecutionType) -> None:
    person.until(lambda execution: execution["status"] == "COMPLETED")
    another_id = _start_another(person, execution_type)
    person.rest(1800)
    another = person.world.orchestrator.read_executions.get(another_id)
    assert another.document()["status"] == "FAILED"


def _start_another(person: Person, execution_type: ExecutionType) -> str:
    """Insist on an execution of the same plan, and return the id of the one that was begun."""
    use = person.world.orchestrator
    while True:
        with suppress(RequestDied, Unavailable):
            (plan,) = use.recovery_plans.page(100).items
            begun, _ = use.read_executions.page(plan.plan_id, 100, None)
            others = [each for each in begun if each.execution_id != person.execution_id]
            if others:
                return others[0].execution_id
            use.start_execution(plan.plan_id, execution_type, actor="somebody")
        person.rest(30)
