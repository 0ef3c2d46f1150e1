"""The lines that users' documents promise, run as they are written, on a fresh copy of the project.

Only host and port differ from the documents: tests listen on this machine alone, where a port is free. They are set
where people set them, in config.py.
"""

import base64
import json
import re
import shlex
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.fresh_copy import FreshCopy, free_port, make_fresh_copy, make_installed_copy

PASSWORD = "el gato verde 77"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> FreshCopy:
    return make_installed_copy(tmp_path_factory.mktemp("callmanager"))


@contextmanager
def first_start(copy: FreshCopy) -> Iterator["RunningOffice"]:
    """A server that starts for the first time, in the copy."""
    for path in [*copy.folder.glob("contacts.db*"), *copy.folder.glob("backups/*"), copy.folder / "callmanager.log"]:
        path.unlink(missing_ok=True)
    port = free_port()
    copy.set_in_config(SERVER_HOST="127.0.0.1", SERVER_PORT=port)
    with copy.serving(port) as address:
        yield RunningOffice(copy, address)


class RunningOffice:
    """The documents' curl lines, against the server that runs."""

    def __init__(self, copy: FreshCopy, address: str) -> None:
        self.copy = copy
        self.address = address

    def curl(self, arguments: str) -> Any:
        """`curl -s ...` with the address put in; gives the JSON it printed."""
        text = self.copy.run(f"curl -s {arguments.replace('http://SERVER', self.address)}")
        return json.loads(text) if text else None

    def status(self, arguments: str) -> int:
        return int(
            self.copy.run(
                f"curl -s -o /dev/null -w '%{{http_code}}' {arguments.replace('http://SERVER', self.address)}"
            )
        )

    def login(self, username: str, password: str) -> Any:
        body = shlex.quote(json.dumps({"username": username, "password": password}))
        return self.curl(f"-X POST http://SERVER/auth/login -d {body}")

    def administrator(self) -> str:
        """Change the first password as the documents say, and give the new session's header."""
        first = self.login("admin", "1234")
        body = shlex.quote(json.dumps({"old_password": "1234", "new_password": PASSWORD, "confirm_password": PASSWORD}))
        self.curl(f"-X POST http://SERVER/auth/change-password -H 'Authorization: Bearer {first['token']}' -d {body}")
        return f"-H 'Authorization: Bearer {self.login('admin', PASSWORD)['token']}'"


def test_what_the_documents_promise_of_the_first_day(copy: FreshCopy) -> None:
    """On one server, in the order in which the documents have it done."""
    with first_start(copy) as office:
        header = admin_has_the_documented_password_that_opens_only_its_own_change(office)
        a_user_gets_a_key_that_is_taken_wherever_a_token_is_and_the_other_way_round(office, header)
        the_documented_import_line_works_without_a_json_content_type(office, header)
        changes_leave_a_history_and_an_audit_trail(office, header)


def admin_has_the_documented_password_that_opens_only_its_own_change(office: RunningOffice) -> str:
    first = office.login("admin", "1234")
    assert (first["token_type"], first["must_change_password"]) == ("Bearer", True)
    assert first["user"]["role"] == "admin"
    assert hours_of(first["token"]) == 24
    assert office.status(f"http://SERVER/contacts -H 'Authorization: Bearer {first['token']}'") == 403
    header = office.administrator()
    assert office.curl(f"http://SERVER/contacts {header}") == []
    assert office.status('-X POST http://SERVER/auth/login -d \'{"username":"admin","password":"1234"}\'') == 401
    return header


def hours_of(token: str) -> float:
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return float(claims["exp"] - claims["iat"]) / 3600


def a_user_gets_a_key_that_is_taken_wherever_a_token_is_and_the_other_way_round(
    office: RunningOffice, header: str
) -> None:
    body = '{"username":"marta","password":"el perro azul 88","role":"manager","must_change_password":false}'
    key = office.curl(f"-X POST http://SERVER/users {header} -d '{body}'")["api_key"]
    token = office.login("marta", "el perro azul 88")["token"]
    for credential in (
        f"X-API-Key: {key}",
        f"Authorization: Bearer {token}",
        f"X-API-Key: {token}",
        f"Authorization: Bearer {key}",
    ):
        assert office.curl(f"http://SERVER/contacts -H '{credential}'") == []
        assert office.curl(f"http://SERVER/auth/me -H '{credential}'")["username"] == "marta"


def the_documented_import_line_works_without_a_json_content_type(office: RunningOffice, header: str) -> None:
    line = f"""-X POST http://SERVER/import {header} -d '[{{"phone":"555123456","name":"Juan"}}]'"""
    report = office.curl(line)
    assert (report["inserted"], report["rejected"], report["total"]) == (1, 0, 1)
    (contact,) = office.curl(f"http://SERVER/contacts {header}")
    assert (contact["phone"], contact["name"], contact["phone_valid"]) == ("555123456", "Juan", False)
    assert office.curl(line)["unchanged"] == 1


def changes_leave_a_history_and_an_audit_trail(office: RunningOffice, header: str) -> None:
    made = office.curl(f"""-X POST http://SERVER/contacts {header} -d '{{"phone":"8888-7777","name":"Ana"}}'""")
    place = f"http://SERVER/contacts/{made['id']}"
    office.curl(f"""-X PATCH {place} {header} -H 'If-Match: "1"' -d '{{"name":"Eva"}}'""")
    lines = office.curl(f"{place}/history {header}")
    assert lines[0]["fields"] == {"name": ["Ana", "Eva"]}
    assert office.curl(f"http://SERVER/audit/verify {header}")["status"] == "intact"
    assert "Traceback" not in office.copy.run("python -m callmanager audit verify")


def test_the_eleventh_attempt_to_sign_in_within_a_minute_waits(copy: FreshCopy) -> None:
    line = '-X POST http://SERVER/auth/login -d \'{"username":"user%d","password":"nada"}\''
    with first_start(copy) as office:
        assert [office.status(line % number) for number in range(11)] == [401] * 10 + [429]


@pytest.mark.long
def test_the_documented_line_installs_what_a_server_needs(tmp_path: Path) -> None:
    """The usual run has the same files from this environment (make_installed_copy)."""
    fresh = make_fresh_copy(tmp_path / "callmanager")
    fresh.run("pip install --quiet --disable-pip-version-check -r requirements.txt")
    with first_start(fresh) as office:
        admin_has_the_documented_password_that_opens_only_its_own_change(office)


def test_a_busy_port_says_what_to_write_and_writing_it_helps(copy: FreshCopy) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        copy.set_in_config(SERVER_HOST="127.0.0.1", SERVER_PORT=busy)
        said = copy.run("python server.py", expect=1)
        assert "SERVER_PORT" in said
        assert str(busy) in said
        assert "Traceback" not in said
        port = free_port()
        copy.set_in_config(SERVER_PORT=port)
        with copy.serving(port) as address:
            assert address.endswith(str(port))


def test_an_unknown_setting_stops_the_start_with_its_name_and_file(copy: FreshCopy) -> None:
    original = (copy.folder / "config.py").read_text("utf-8")
    try:
        copy.set_in_config(SERVER_PROT=5001)
        said = copy.run("python server.py", expect=1)
    finally:
        (copy.folder / "config.py").write_text(original, "utf-8")
    assert "SERVER_PROT" in said
    assert "SERVER_PORT" in said
    assert "config.py" in said


def test_no_authentication_is_accepted_on_this_pc_only(copy: FreshCopy) -> None:
    original = (copy.folder / "config.py").read_text("utf-8")
    try:
        copy.set_in_config(ENABLE_AUTH=False, SERVER_HOST="0.0.0.0")
        assert "SERVER_HOST" in copy.run("python server.py", expect=1)
        port = free_port()
        copy.set_in_config(ENABLE_AUTH=False, SERVER_HOST="127.0.0.1", SERVER_PORT=port)
        with copy.serving(port) as address:
            assert isinstance(json.loads(copy.run(f"curl -s {address}/contacts")), list)
    finally:
        (copy.folder / "config.py").write_text(original, "utf-8")


def test_keys_of_the_settings_are_accepted(copy: FreshCopy) -> None:
    original = (copy.folder / "config.py").read_text("utf-8")
    try:
        port = free_port()
        copy.set_in_config(SERVER_HOST="127.0.0.1", SERVER_PORT=port, AUTH_TOKENS=["una-clave-larga-de-la-oficina"])
        with copy.serving(port) as address:
            line = f"curl -s {address}/contacts -H 'X-API-Key: una-clave-larga-de-la-oficina'"
            assert isinstance(json.loads(copy.run(line)), list)
    finally:
        (copy.folder / "config.py").write_text(original, "utf-8")


def test_database_log_and_backups_have_the_documented_names_and_a_copied_backup_is_the_database(
    copy: FreshCopy,
) -> None:
    for path in [*copy.folder.glob("contacts.db*"), *copy.folder.glob("backups/*")]:
        path.unlink()
    port = free_port()
    copy.set_in_config(SERVER_HOST="127.0.0.1", SERVER_PORT=port)
    with copy.serving(port) as address:
        office = RunningOffice(copy, address)
        header = office.administrator()
        office.curl(f"""-X POST http://SERVER/contacts {header} -d '{{"phone":"8888-7777","name":"Antes"}}'""")
    assert (copy.folder / "contacts.db").is_file()
    assert (copy.folder / "callmanager.log").is_file()
    (backup,) = (copy.folder / "backups").glob("*.db")
    assert re.fullmatch(r"contacts_backup_\d{8}_\d{6}\.db", backup.name)
    with sqlite3.connect(f"{backup.as_uri()}?mode=ro", uri=True) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert plain.execute("SELECT name FROM contacts").fetchall() == [("Antes",)]
        assert plain.execute("SELECT substr(password_hash, 1, 4) FROM users").fetchone() == ("$2b$",)
    plain.close()
    with copy.serving(port):
        office.curl(f"""-X POST http://SERVER/contacts {header} -d '{{"phone":"8888-6666","name":"Después"}}'""")
        assert len(office.curl(f"http://SERVER/contacts {header}")) == 2
    copy.run(f"cp backups/{backup.name} contacts.db")
    with copy.serving(port):
        assert [contact["name"] for contact in office.curl(f"http://SERVER/contacts {header}")] == ["Antes"]


def test_the_client_says_which_server_it_is_set_up_for(copy: FreshCopy) -> None:
    copy.run("cp config_local.example.json config_local.json", cwd="client")
    copy.run("sed -i s/192.168.1.10:5000/127.0.0.1:1/ config_local.json", cwd="client")  # where nobody answers
    test = "python call_manager_app.py --data data --self-test"
    assert "port 1." in copy.run(f"env -u DISPLAY {test}", cwd="client", expect=1)
    line = f"env -u DISPLAY CALLMANAGER_SERVER_URL=http://127.0.0.1:2 {test}"
    assert "port 2." in copy.run(line, cwd="client", expect=1)


HELP_OF_EACH = """
import json, sys
from callmanager.cli.main import main
for words in json.loads(sys.argv[1]):
    print("::", *words, main([*words, "--help"]), flush=True)
"""
"""One program of the copy for all of them: that one alone starts, others show."""


def test_every_command_of_the_documents_exists(copy: FreshCopy) -> None:
    text = "".join((copy.folder / name).read_text("utf-8") for name in DOCUMENTS)
    found = {
        tuple(words.split())
        for words in re.findall(r"python -m callmanager (?:--home \S+ )?([a-z-]+(?: [a-z-]+)?)", text)
    }
    assert len(found) > 10
    firsts = ask_for_help(copy, sorted({words[:1] for words in found}))
    both = [words for words in sorted(found) if len(words) > 1 and words[1] in firsts[words[:1]]]
    ask_for_help(copy, both)
    for words in sorted(found - set(both)):
        if words[0] in GROUPS and words not in ALSO_ALONE:
            pytest.fail(f"the documents name `callmanager {' '.join(words)}`, which does not exist")


def ask_for_help(copy: FreshCopy, commands: list[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """What each command says of itself; fails where one does not."""
    said = copy.run(f"python -c {shlex.quote(HELP_OF_EACH)} {shlex.quote(json.dumps(commands))}")
    helps = re.findall(r"(.*?)^:: ([a-z -]+) (\d+)$\n?", said, re.DOTALL | re.MULTILINE)
    assert [(tuple(words.split()), code) for _text, words, code in helps] == [(words, "0") for words in commands]
    return {tuple(words.split()): text for text, words, _code in helps}


DOCUMENTS = ("README.md", "README.es.md", "AUTENTICACION.md", "DEPLOYMENT.md", "docs/telefonos.md")
ALSO_ALONE = (("doctor",),)
GROUPS = ("doctor", "user", "team", "key", "backup", "audit", "tls")


@pytest.mark.parametrize("topic", ["no se conecta", "InterPhone", "5000 está ocupado", "Lista de comprobación"])
def test_the_users_documents_cover_what_they_promise(topic: str) -> None:
    text = (Path(__file__).parents[2] / "DEPLOYMENT.md").read_text("utf-8")
    assert topic in text


def test_links_of_the_documents_lead_somewhere() -> None:
    root = Path(__file__).parents[2]
    for name in (*DOCUMENTS, "ARCHITECTURE.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", (root / name).read_text("utf-8")):
            assert ((root / name).parent / target).exists(), f"{name} links to {target}"
