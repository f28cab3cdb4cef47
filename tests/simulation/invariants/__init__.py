"""The invariants I1-I26 of the product's promises, as functions over what is on record and true.

Each yields what is wrong, in words. `STEADY` ones look at one moment. The `TIMED` ones among them
say until when something must be written, so they look at the last moment before each change too:
after it what comes late is there, and nobody would see that it came late. `STEPWISE` ones look at
a moment and the one before it, with one change between them; `FINAL` ones at the end of a history.

Not here, and why:
- I13, I19, I22, I25: readiness, notifications, replay and the audit's hash chain do not exist yet.
- I24: bad input never gets as far as a world; the tests of the API hold it.
Held in part:
- I1: an execution that is being prepared may not have all its locks yet, or more than it needs;
  what is locked at rest and should not be, is I16's, 5 minutes later.
- I4: of waves and servers the verdict, which is all that keeps them; of actions nothing but what
  I23 says; nothing of ledgers. A plan, group or account that is deleted is not missed.
- I6: with faults, what may go on goes on some minutes after the last of them. Of a wave between two
  phases, its jobs over and its health gate not begun, only the end of the history tells.
- I7: no instance of the simulator dies between its launch and the end of its job; one that was seen
  alive, by whoever died over it, may be dead when its server is judged. Whether failures have a
  cause is asked at the end, so of servers only about their last verdict, of launches about all. Of
  those whose last server was left out, nothing but what is said of the server. That somebody is
  VERIFIED who is well, only stories hold. Of clean-ups only the last attempt is on record.
- I8: that a time-out waits until a pause is over, and then its whole time again, is not held.
- I9: that clean-ups ask for no more than there is room for is not held; they are told, and wait.
- I12: not what was taken from a group that somebody edited while the execution was prepared, nor
  that a pin is the newest of its moment; that a plan is as it was written is I4's.
- I14: within 120 seconds only where no event of Step Functions can be lost.
- I15: of the calls of DRS. Those of Systems Manager, EC2 and Lambda are not told with their place.
- I17: source servers as the inventory has them, their tags and launch settings, at the end of a
  history; recovery instances by who ended them (I11).
- I18: for the one schema version that there is; that lists are complete whatever the page size is
  held by a story alone. What is not of executions is read at the end only.
- I20: the operations of all calls, but the Regions of those of DRS only.
- I21: by credentials and external ids as canaries, for logs are off in a world.
- I23: for automations, as a function's own record is its own.
A history that does not end at all (I6) is what `NeverEnds` and `Story.patience` are there for, and
`LeftWaiting` tells of a person who never gets what he waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.simulation.evidence import Evidence
from tests.simulation.invariants import (
    admission,
    answers,
    calls,
    came_up,
    clean_ups,
    decisions,
    documents,
    drills,
    endings,
    failures,
    launches,
    locks,
    order_of_actions,
    origins,
    phases,
    points_in_time,
    policies,
    records,
    refusals,
    snapshots,
    verdicts,
    waiting,
    waves,
    workflows,
)

Check = Callable[[Evidence], Iterator[str]]
TIMED: tuple[Check, ...] = (
    answers.answers_are_carried_out,
    answers.lists_say_who_asks,
    answers.questions_about_jobs_have_some,
    endings.clean_ups_are_promised,
    locks.locks_have_owners,
    phases.actions_end,
    phases.actions_of_the_ended_stop,
    phases.health_gates_are_decided,
    verdicts.ended_waves_judge_their_servers,
    verdicts.launched_servers_have_a_verdict,
    waiting.launches_go_on,
    waves.stuck_jobs_ask,
    waves.only_dependencies_delay,
    workflows.records_follow_their_workflow,
    workflows.clean_ups_follow_their_workflow,
    workflows.promised_clean_ups_begin,
    workflows.workflows_follow_their_record,
)
STEADY: tuple[Check, ...] = (
    *TIMED,
    locks.servers_are_locked,
    locks.locks_outlast_jobs,
    launches.one_job_per_intent,
    launches.one_intent_per_server,
    launches.another_attempt_is_decided,
    launches.nothing_starts_after_the_end,
    launches.jobs_are_known,
    launches.known_jobs_exist,
    launches.modes_never_mix,
    admission.quotas_hold,
    verdicts.verdicts_are_true,
    verdicts.waves_that_came_up_did,
    verdicts.waves_that_did_not_come_up_have_a_reason,
    endings.executions_end_as_their_waves,
    policies.only_those_ask_that_shall,
    order_of_actions.actions_come_in_order,
    order_of_actions.launches_keep_to_their_actions,
    came_up.health_gates_let_enough_through,
    decisions.approvals_come_first,
    decisions.time_outs_decide_as_planned,
    decisions.deeds_were_decided,
    drills.drills_are_harmless,
    drills.clean_up_keeps_to_its_drill,
    drills.clean_up_leaves_nothing,
    clean_ups.ended_clean_ups_judge_their_servers,
)
FINAL: tuple[Check, ...] = (
    launches.sent_as_often_as_noted,
    launches.one_job_per_server,
    waves.dependencies_came_first,
    admission.launches_find_room,
    answers.answers_were_carried_out,
    verdicts.failures_are_true,
    came_up.servers_came_up_alive,
    came_up.verified_servers_were_well,
    failures.failed_servers_have_a_cause,
    failures.launches_are_not_dropped,
    refusals.refusals_have_a_cause,
    clean_ups.instances_are_left_for_a_cause,
    clean_ups.clean_ups_are_incomplete_for_a_cause,
    workflows.bells_decide_nothing,
    workflows.passing_faults_pass,
    drills.source_servers_are_as_before,
    records.stored_items_load,
    snapshots.snapshots_stayed,
    origins.snapshots_are_of_their_start,
    origins.snapshots_are_of_their_plan,
    origins.snapshots_hold_their_groups,
    origins.refusals_are_true,
    points_in_time.launches_are_of_their_point_in_time,
    points_in_time.pins_are_old_enough,
    documents.stored_documents_load,
    documents.old_versions_stay,
    calls.calls_go_where_things_are,
    calls.only_known_calls,
    calls.secrets_are_kept,
    calls.automations_are_of_recorded_tries,
)
STEPWISE: tuple[Callable[[Evidence, Evidence], Iterator[str]], ...] = (
    launches.intent_before_effect,
    policies.nothing_is_sent_after_a_stop,
    answers.failures_are_asked_about,
    answers.answers_stay,
    waves.dependencies_come_first,
    records.versions_rise_by_one,
    documents.documents_keep_every_write,
    records.ends_are_final,
    snapshots.snapshots_stay,
)


def violations(now: Evidence, before: Evidence | None) -> Iterator[str]:
    """Yield everything that is wrong now, or with the change since `before`."""
    for check in (*STEADY, *(FINAL if now.is_last else ())):
        yield from check(now)
    if before is not None:
        for compare in STEPWISE:
            yield from compare(now, before)


def overdue(now: Evidence) -> Iterator[str]:
    """Yield what should have been written by now."""
    for check in TIMED:
        yield from check(now)
