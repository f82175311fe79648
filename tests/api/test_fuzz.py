"""schemathesis against the API in this process, with a key that may do everything: all its checks, no failure.

Bounded by examples and not by time, so that it does the same work everywhere.
"""

import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from tests.calling import new_key, new_person

from rightaway.api.description import schema as description
from rightaway.work.actions.found import make_organisation

EXAMPLES = 60  # of each operation

# What a schema cannot say is refused with 422 (a name that must exist) or 412 (a tag that must match).
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"allow-x00": False},
        "checks": {
            "positive_data_acceptance": {
                "expected-statuses": ["2XX", 401, 403, 404, 409, 412, 422],
            },
            # A wrong value may also be one of four million letters.
            "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 406, 412, 413, 422, 428]},
        },
    }
)


@cache
def described() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=CONFIG)


def operations() -> list[tuple[str, str]]:
    return [(path, method) for path, methods in description()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def secret() -> str:
    organisation_id = make_organisation(name="Fuzzed", language="en", zone="UTC")
    new_person(organisation_id)
    return new_key(organisation_id)


@pytest.mark.parametrize(("path", "method"), operations(), ids=lambda part: part)
def test_nothing_that_is_sent_breaks_it(path: str, method: str, secret: str) -> None:
    cases = described()[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad_cases = described()[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    @given(case=cases | bad_cases)
    def send(case: Any) -> None:
        try:
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}", "Host": "localhost"})
        except FailureGroup as failed:
            if not all(is_nothing_wrong(each, case, path, method) for each in failed.exceptions):
                raise

    send()


def is_nothing_wrong(failure: Any, case: Any, path: str, method: str) -> bool:
    """Whether all that was to be wrong never was sent: the header that it left out is ours and always there, and a
    name too many had a value of which nothing is left in the address. Anything else must be refused."""
    if not isinstance(failure, AcceptedNegativeData):
        return False
    broken = set(re.findall(r"- (\w+): violates `(\w+)`", str(failure.message)))
    if not broken or broken - {("query", "additionalProperties"), ("header", "required")}:
        return False
    sent = parse_qs(urlencode(case.query or {}, doseq=True), keep_blank_values=True)
    parameters = description()["paths"][path][method].get("parameters", [])
    return sent.keys() <= {each["name"] for each in parameters if each["in"] == "query"}
