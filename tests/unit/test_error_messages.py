"""Messages travel in the workflow's state and in causes that are cut off: they stay short."""

from __future__ import annotations

import pytest

from drs_orchestrator.domain.errors import Fault, InvalidPlan, shortened


@pytest.mark.parametrize("length", [0, 1, 999, 1000])
def test_a_text_that_fits_is_left_alone(length: int) -> None:
    assert shortened("x" * length) == "x" * length


@pytest.mark.parametrize("length", [1001, 1004, 100_000])
def test_a_longer_text_is_cut_visibly_to_a_thousand_characters(length: int) -> None:
    cut = shortened("x" * length)
    assert len(cut) == 1000
    assert cut == "x" * 996 + " ..."


@pytest.mark.parametrize(
    ("count", "named", "rest"), [(0, 0, ""), (1, 1, ""), (10, 10, ""), (11, 10, "; and 1 more")]
)
def test_a_message_names_ten_wrong_places_and_counts_the_rest(
    count: int, named: int, rest: str
) -> None:
    faults = [Fault(f"/waves/{number}", "rename it") for number in range(count)]
    error = InvalidPlan("the waves contradict each other", faults)
    places = [f"; /waves/{number}: rename it" for number in range(named)]
    assert str(error) == f"the waves contradict each other{''.join(places)}{rest}"
    assert error.faults == tuple(faults)


def test_long_faults_are_cut_in_the_message_and_kept_in_full_beside_it() -> None:
    fault = Fault("/waves/0/protectionGroups/0", f"names {', '.join(['s-5'] * 1000)}")
    error = InvalidPlan("the plan cannot start", [fault])
    assert len(str(error)) == 1000
    assert (error.detail, error.faults) == ("the plan cannot start", (fault,))
