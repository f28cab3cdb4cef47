"""A plan document as the API takes it; what it does not take is told in the API's words."""

from __future__ import annotations

from pydantic import ValidationError

from drs_orchestrator.api.faults import faults_of
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.bench.plans import Json
from local.bench.trial import RunFailed


def checked(document: Json) -> Json:
    """Return the document with every default; raise RunFailed with what is wrong, by its place."""
    try:
        return RecoveryPlanDocument.model_validate(document).document()
    except ValidationError as error:
        errors = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        faults = faults_of(errors, document)
        raise RunFailed("this is no recovery plan", faults) from None
