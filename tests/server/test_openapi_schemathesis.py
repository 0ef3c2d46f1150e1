"""Every route against the OpenAPI document, with input that fits it and input that does not, over a real socket."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.server.listening import Unharmed, listening
from tests.web import Web

ANSWERED = ["2xx", "3xx", "401", "403", "404", "409", "410", "412", "423", "429"]
REFUSED = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422", "423", "428", "429"]
HEAD_TOO_LARGE = 431
"""Said by the connection before any route is known; test_wsgi_adapter.py holds it."""
CHECKS: dict[str, Any] = {
    # A record that is not there, is not the caller's or has moved on is an answer to valid input too.
    "positive_data_acceptance": {"expected-statuses": ANSWERED},
    "negative_data_rejection": {"expected-statuses": REFUSED},
    "missing_required_header": {"expected-statuses": ["428", "403"]},  # who may not, is not told what else is missing
}
WRITES: dict[str, Any] = {
    # Numbers, passwords, lists, references and keys used twice obey rules that a schema cannot say: 422 is right.
    "include-method": ["POST", "PATCH", "PUT", "DELETE"],
    "checks": {"positive_data_acceptance": {"expected-statuses": [*ANSWERED, "422"]}},
}
READS_WITH_RULES: list[dict[str, Any]] = [
    {"include-path": path, "checks": {"positive_data_acceptance": {"expected-statuses": [*ANSWERED, "422"]}}}
    # A number that holds no digit, and a cursor that is not from this list, are texts like any other to a schema.
    for path in ("/contacts", "/do-not-call", "/export", "/calls", "/contacts/{contact_id}/calls")
]
ANY_TEXT_IS_A_LIST = {
    # Every text is a list of one column to look at: only an import needs to know which column holds the phone.
    "include-path": "/import/preview",
    "checks": {
        "positive_data_acceptance": {"expected-statuses": [*ANSWERED, "422"]},
        "negative_data_rejection": {"expected-statuses": [*REFUSED, "200"]},
    },
}
OPEN_AT_HOME = {
    # Answers programs on the server's own PC without a key, and this test is one.
    "include-path": "/metrics",
    "checks": {"ignored_auth": {"enabled": False}},
}


def config(key: str, examples: int, *, coverage: bool) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": 20261122,
            "auth": {"openapi": {"apiKey": {"api_key": key}}, "auto-signup": False},
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "checks": CHECKS,
            "operations": [ANY_TEXT_IS_A_LIST, WRITES, OPEN_AT_HOME, *READS_WITH_RULES],
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": coverage}},
            "continue-on-failure": True,
            "cache": {"enabled": False},
        }
    )


def findings(address: str, configured: SchemathesisConfig) -> tuple[Counter[str], list[str]]:
    """How many requests each operation got, and what was wrong with the answers."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=configured)
    asked: Counter[str] = Counter()
    wrong: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked[event.label or ""] += len(event.recorder.cases)
            wrong += list(_failures(event))
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong.append(f"{getattr(event, 'label', '')}: {getattr(event, 'value', event)!r}")
    return asked, wrong


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for case_id, nodes in event.recorder.checks.items():
        response = event.recorder.find_response(case_id=case_id)
        if response is not None and response.status_code == HEAD_TOO_LARGE:
            continue
        for node in nodes:
            if node.failure_info is not None:
                what, line = node.failure_info.failure.message, node.failure_info.code_sample
                body = response.content[:300] if response else b""
                yield f"{event.label} {node.name}: {what[:300]} {line[:500]} -> {body!r}"


@pytest.mark.parametrize(
    ("who", "examples", "coverage"),
    [
        ("boss", 1, False),
        ("agent-norte", 1, False),
        pytest.param("boss", 80, True, marks=pytest.mark.long),
        pytest.param("agent-norte", 80, True, marks=pytest.mark.long),
    ],
)
def test_every_answer_is_one_that_the_document_describes(
    tmp_path: Path, who: str, examples: int, *, coverage: bool
) -> None:
    web = Web(tmp_path)
    web.create(name="Ana", team_id=web.teams["Norte"])
    web.create(name="Luis")
    with listening(Unharmed(web, who)) as address:
        asked, wrong = findings(address, config(web.keys[who], examples, coverage=coverage))
    web.close()
    assert not wrong, "\n".join(wrong)
    assert sum(asked.values()) > (1_000 if coverage else 100)
