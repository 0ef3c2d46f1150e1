"""What is wrong with a body is said in the caller's language, whole sentence by whole sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic_core import core_schema

from callmanager.server.app import build_app, build_services
from callmanager.server.edges.shapes import REASONS
from callmanager.server.security.local_pass import make_pass
from callmanager.settings import load_settings


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    services = build_services(load_settings(tmp_path, {"BCRYPT_COST": 4}, {}))
    client = build_app(services).test_client()
    text = make_pass(services.tokens, "POST", "/contacts", now=services.clock.now())
    client.environ_base["HTTP_AUTHORIZATION"] = f"Local {text}"
    yield client
    services.imports.close()
    services.storage.close()


def detail(client: FlaskClient, body: str, language: str) -> str:
    answer = client.post(
        "/contacts", data=body, headers={"Accept-Language": language}, base_url="http://127.0.0.1:5000"
    )
    assert answer.status_code in (400, 422)
    return str(answer.get_json()["detail"])


@pytest.mark.parametrize(
    ("body", "english", "spanish"),
    [
        ('{"phone": 5}', "phone is not right: it must be a text.", "phone no es correcto: debe ser un texto."),
        ('{"fone": "1"}', "fone is not right: there is no such field.", "fone no es correcto: no existe ese campo."),
        (
            '{"phone": "88887777", "team_id": "x"}',
            "team_id is not right: it must be a whole number.",
            "team_id no es correcto: debe ser un número entero.",
        ),
        (
            '{"phone": "88887777", "next_call_at": "mañana"}',
            "next_call_at is not right: write it as 2026-11-22T15:30:00Z.",
            "next_call_at no es correcto: escríbalo como 2026-11-22T15:30:00Z.",
        ),
        ("[]", "body is not right: it must be an object.", "body no es correcto: debe ser un objeto."),
        (
            '{"phone":\n ?}',
            "The body is not JSON: see line 2, column 2.",
            "El cuerpo no es JSON: mire la línea 2, columna 2.",
        ),
    ],
)
def test_the_reason_is_in_the_language_of_the_sentence(
    client: FlaskClient, body: str, english: str, spanish: str
) -> None:
    assert detail(client, body, "en") == english
    assert detail(client, body, "es") == spanish


def test_every_reason_is_for_a_type_that_pydantic_knows() -> None:
    known = set(core_schema.ErrorType.__args__)
    assert set(REASONS) <= known
