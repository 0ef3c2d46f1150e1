"""C2 and promise 29: a credential goes to its own server only. A stranger listens, and is sent none without a yes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from callmanager.desktop.models.session import SendingQuestion, SessionStage
from callmanager.desktop.models.session.choosing import CERTIFICATES
from callmanager.desktop.pc.configured import Configured, read_configured
from callmanager.desktop.pc.discovery import Announced
from callmanager.desktop.pc.keyring_safe import Remembered
from callmanager.desktop.remote import Remote
from callmanager.desktop.remote.transfers import Transfer
from callmanager.domain.errors import CallManagerError, Invalid
from callmanager.server.process.ownership import lock_path
from callmanager.server.security.tls import TlsFiles, init_tls
from tests.desktop.conftest import PASSWORD, LiveOffice, office
from tests.desktop.session_desk import SessionDesk
from tests.live_server import environment
from tests.server.cli_program import begin_office, run
from tests.trial.listening_stranger import Stranger

__all__ = ["office"]
KEY = "cm_the_key_of_this_pc"
OWN = "http://192.0.2.1:5000"
"""A server that is never reached: the address is kept for examples."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SessionDesk]:
    folder = tmp_path / "pc"
    folder.mkdir()
    made = SessionDesk(folder)
    yield made
    made.end()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as listening:
        yield listening


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> list[TlsFiles]:
    """Two servers' own ones."""
    folder = tmp_path_factory.mktemp("certificates")
    return [init_tls(folder / name, ["127.0.0.1"], now=datetime.now(UTC)) for name in ("one", "two")]


class Answers:
    """What the user is asked, and no answer but what the test gives."""

    def __init__(self, desk: SessionDesk) -> None:
        self.desk = desk
        self.asked: list[SendingQuestion] = []

    def begin(self, server: str = "", key: str = "", key_server: str = "") -> None:
        self.desk.begin(server, key, key_server)
        self.desk.session.asked.connect(self.asked.append)

    def wait(self) -> SendingQuestion:
        self.desk.until(lambda: self.asked and not self.desk.session.is_busy)
        return self.asked[-1]

    def shown(self) -> str:
        question = self.asked[-1]
        return self.desk.tools.speech.say(question.text, **question.params)


@pytest.fixture
def answers(desk: SessionDesk) -> Answers:
    return Answers(desk)


def settled(desk: SessionDesk, *stages: SessionStage) -> None:
    desk.until(lambda: desk.session.stage in stages and not desk.session.is_busy and not desk.session.choice.is_testing)


# --- another server than the one the key was given for


def test_a_server_that_is_chosen_by_hand_gets_the_key_of_this_pc_after_a_yes_only(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    answers.begin("", KEY, OWN)
    settled(desk, SessionStage.CHOOSING)
    desk.session.choice.test(stranger.url)
    question = answers.wait()
    assert OWN in answers.shown()
    assert stranger.url in answers.shown()
    assert desk.session.stage is SessionStage.SIGNING_IN, "no answer is a no: what is left is a password"
    assert stranger.visits
    assert KEY not in stranger.heard
    question.agree()
    settled(desk, SessionStage.SIGNED_IN)
    assert KEY in stranger.heard, "the control: what is sent is heard"


def test_a_yes_is_remembered_for_that_server_and_no_other(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    answers.begin("", KEY, OWN)
    settled(desk, SessionStage.CHOOSING)
    desk.session.choice.test(stranger.url)
    answers.wait().agree()
    settled(desk, SessionStage.SIGNED_IN)
    desk.end()
    with Stranger() as second:
        answers.begin("", KEY, OWN)
        settled(desk, SessionStage.SIGNED_IN)
        assert len(answers.asked) == 1
        desk.session.sign_out()
        settled(desk, SessionStage.SIGNING_IN)
        desk.session.choice.test(second.url)
        desk.until(lambda: len(answers.asked) == 2)
        assert KEY not in second.heard


def test_a_key_without_a_server_is_sent_to_none_unasked(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    answers.begin("", KEY)
    settled(desk, SessionStage.CHOOSING)
    desk.session.choice.test(stranger.url)
    answers.wait()
    assert stranger.url in answers.shown()
    assert KEY not in stranger.heard


def test_the_key_belongs_to_the_server_that_is_named_in_the_same_place(tmp_path: Path) -> None:
    written = '{"SERVER_URL": "http://pc-1:5000", "API_KEY": "cm_a"}'
    (tmp_path / "config_local.json").write_text(written, "utf-8")
    other = {"CALLMANAGER_SERVER_URL": "http://pc-2:5000"}
    assert read_configured(tmp_path, {}).key_server == "http://pc-1:5000"
    assert read_configured(tmp_path, other) == Configured("http://pc-2:5000", "cm_a", "http://pc-1:5000")
    assert read_configured(tmp_path, {**other, "CALLMANAGER_API_KEY": "cm_b"}).key_server == "http://pc-2:5000"
    assert read_configured(tmp_path, {"CALLMANAGER_API_KEY": "cm_b"}).key_server == "http://pc-1:5000"
    (tmp_path / "config_local.json").write_text('{"API_KEY": "cm_a"}', "utf-8")
    assert read_configured(tmp_path, other).key_server == "http://pc-2:5000"


def test_a_server_of_the_environment_gets_no_key_of_the_file(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    answers.begin(stranger.url, KEY, OWN)
    answers.wait()
    assert KEY not in stranger.heard


def test_its_own_server_gets_the_key_unasked(answers: Answers, desk: SessionDesk, office: LiveOffice) -> None:
    answers.begin(office.server.url, office.keys["free"], office.server.url.upper().replace("HTTP", "http"))
    settled(desk, SessionStage.SIGNED_IN)
    assert answers.asked == []


# --- forged announcements


def test_an_announced_server_without_encryption_never_replaces_one_with_it(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    answers.begin("", KEY, "https://192.0.2.1:5000")
    desk.preferences.remember(CERTIFICATES, {"https://127.0.0.1:5000": "AB:CD"})
    desk.announced = [Announced("OFICINA", stranger.url, "1.0.0")]
    settled(desk, SessionStage.CHOOSING)
    desk.session.choice.look()
    desk.until(lambda: desk.session.choice.found)
    desk.session.choice.choose(desk.announced[0])
    error = desk.session.choice.error
    assert error is not None
    assert error.code == "announced_unencrypted"
    assert stranger.url in str(error)
    assert (stranger.visits, answers.asked, desk.session.address) == (0, [], "")


def test_an_announced_server_is_another_one_for_the_key(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    answers.begin("", KEY, OWN)
    settled(desk, SessionStage.CHOOSING)
    desk.session.choice.choose(Announced("OFICINA", stranger.url, "1.0.0"))
    answers.wait()
    assert KEY not in stranger.heard


def test_without_encryption_in_the_place_of_it_nothing_is_sent_before_a_yes(
    answers: Answers, desk: SessionDesk, stranger: Stranger
) -> None:
    secure = f"https://127.0.0.1:{stranger.port + 1}"
    answers.begin("", KEY, secure)
    desk.preferences.remember(CERTIFICATES, {secure: "AB:CD"})
    settled(desk, SessionStage.CHOOSING)
    desk.session.choice.test(stranger.url)
    question = answers.wait()
    assert secure in answers.shown()
    assert stranger.visits == 0
    question.agree()
    desk.until(lambda: len(answers.asked) == 2)  # the second question is about the key
    assert stranger.visits
    assert KEY not in stranger.heard


def test_an_address_without_a_scheme_means_the_encrypted_server_that_is_known(desk: SessionDesk) -> None:
    desk.begin()
    desk.preferences.remember(CERTIFICATES, {"https://pc-1:5000": "AB:CD"})
    assert desk.session.choice.complete("pc-1") == "https://pc-1:5000"
    assert desk.session.choice.complete("http://pc-1:5000") == "http://pc-1:5000"
    assert desk.session.choice.complete("pc-2") == "http://pc-2:5000"


# --- the same address, another certificate; the same certificate, another address


def accepted(answers: Answers, address: str) -> None:
    """The user takes the certificate that is shown at an address."""
    choice = answers.desk.session.choice
    choice.test(address)
    answers.desk.until(lambda: choice.offered_fingerprint and not choice.is_testing)
    choice.accept_certificate()


def test_a_key_moves_with_the_certificate_and_not_with_the_address(
    answers: Answers, desk: SessionDesk, certificates: list[TlsFiles]
) -> None:
    own, other = certificates
    with Stranger(own) as first, Stranger(own) as moved, Stranger(other) as stranger:
        answers.begin("", KEY, first.url)
        settled(desk, SessionStage.CHOOSING)
        accepted(answers, first.url)
        settled(desk, SessionStage.SIGNED_IN)
        assert KEY in first.heard
        desk.end()
        answers.begin("", KEY, first.url)
        settled(desk, SessionStage.CHOOSING, SessionStage.SIGNED_IN)
        accepted(answers, moved.url)
        desk.until(lambda: KEY in moved.heard)
        assert answers.asked == [], "it is the same server"
        desk.end()
        answers.begin("", KEY, first.url)
        settled(desk, SessionStage.CHOOSING, SessionStage.SIGNED_IN)
        accepted(answers, stranger.url)
        answers.wait()
        assert KEY not in stranger.heard
        assert KEY not in "".join(str(path.read_bytes()) for path in desk.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("is_remembered", [False, True])
def test_another_certificate_at_the_same_address_is_another_server(
    answers: Answers, desk: SessionDesk, certificates: list[TlsFiles], *, is_remembered: bool
) -> None:
    own, other = certificates
    with Stranger(other) as stranger:
        desk.begin()
        desk.preferences.remember(CERTIFICATES, {stranger.url: own.fingerprint_sha256})
        desk.until((desk.folder / "preferences.json").exists)
        desk.end()
        if is_remembered:
            desk.safe.keep(stranger.url, Remembered("ana", 7, KEY, own.fingerprint_sha256))
        else:
            desk.begin()
            desk.session._homes.settle(KEY, desk.session.choice.server_at(stranger.url))
            desk.until(lambda: "key_homes" in (desk.folder / "preferences.json").read_text("utf-8"))
            desk.end()
        answers.begin(stranger.url, "" if is_remembered else KEY, stranger.url)
        settled(desk, SessionStage.SIGNING_IN)
        assert desk.session.error is not None
        assert desk.session.error.code == "certificate_changed"
        assert stranger.heard == "", "not a byte, before the certificate is accepted"
        desk.session.choose_server()
        accepted(answers, stranger.url)
        answers.wait()
        assert own.fingerprint_sha256[:23] in answers.shown()
        assert other.fingerprint_sha256[:23] in answers.shown()
        assert KEY not in stranger.heard


def test_signing_out_at_another_certificate_revokes_nobody_elses_key(
    answers: Answers, desk: SessionDesk, certificates: list[TlsFiles]
) -> None:
    own, other = certificates
    with Stranger(other) as stranger:
        desk.safe.keep(stranger.url, Remembered("ana", 7, KEY, own.fingerprint_sha256))
        answers.begin()
        settled(desk, SessionStage.CHOOSING)
        accepted(answers, stranger.url)
        answers.wait()
        server = desk.session.choice.server_at(stranger.url)
        remote = Remote(server.address, fingerprint=server.fingerprint)
        assert not desk.session._entrance.forget(server, remote), "the key lives on at its own server"
        remote.close()
        assert "/api-keys/7" not in stranger.heard
        assert desk.safe.kept == {}


def test_a_server_with_an_accepted_certificate_is_not_spoken_to_without_encryption() -> None:
    with pytest.raises(Invalid) as error:
        Remote("http://127.0.0.1:5000", api_key=KEY, fingerprint="AB:CD")
    assert error.value.code == "https_needed"


# --- redirects and proxies


def sending(remote: Remote, folder: Path) -> list[Callable[[], object]]:
    """Every way in which this program speaks to a server."""
    (folder / "list.csv").write_text("phone\n8888-0000\n", "utf-8")
    return [
        remote.show_me,
        remote.read_snapshot,
        lambda: remote.ask("POST", "/contacts", body={"phone": "8888-0000"}),
        lambda: remote.sign_in("ana", PASSWORD),
        lambda: remote.send_file("/imports", folder / "list.csv", Transfer()),
        lambda: remote.fetch_file("/export", folder / "out.csv", Transfer()),
        lambda: remote.connect_live(lambda _event, _payload: None).close(),
    ]


def test_a_redirect_is_followed_with_nothing(tmp_path: Path, stranger: Stranger) -> None:
    with Stranger(away=stranger.url) as own:
        remote = Remote(own.url, api_key=KEY)
        for send in sending(remote, tmp_path):
            with pytest.raises(CallManagerError):
                send()
        remote.close()
        assert KEY in own.heard
    assert (stranger.visits, stranger.heard) == (0, "")


def test_a_socket_that_is_answered_sends_the_key_so_that_the_redirect_above_says_something(stranger: Stranger) -> None:
    with pytest.raises(CallManagerError):
        Remote(stranger.url, api_key=KEY).connect_live(lambda _event, _payload: None)
    assert KEY in stranger.heard


def test_a_proxy_of_the_environment_sees_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stranger: Stranger, office: LiveOffice
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, stranger.url)
        monkeypatch.setenv(name.lower(), stranger.url)
    remote = Remote(office.server.url, api_key=office.keys["boss"])
    assert remote.show_me()["username"] == "boss"
    heard = threading.Event()
    live = remote.connect_live(lambda _event, _payload: heard.set())
    live.close()
    remote.close()
    assert stranger.visits == 0


# --- the command line


def test_watch_sends_the_key_of_the_environment_to_the_server_named_beside_it(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "callmanager", "--lang", "en", "watch", "--server", stranger.url, "--limit", "1"]
    given = {**environment(), "CALLMANAGER_SERVER_URL": OWN, "CALLMANAGER_API_KEY": KEY}
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert OWN in done.stderr
    assert stranger.url in done.stderr
    assert stranger.visits == 0


def test_a_command_says_nothing_to_another_program_on_its_servers_port(tmp_path: Path, stranger: Stranger) -> None:
    home = tmp_path / "office"
    home.mkdir()
    (home / "config.py").write_text(f"SERVER_PORT = {stranger.port}\nBCRYPT_COST = 4\n", "utf-8")
    begin_office(home)
    with FileLock(lock_path(home / "contacts.db")):
        line = ("--lang", "en", "user", "set-password", "admin", "--password-stdin")
        said = run(home, *line, given=f"{PASSWORD}\n{PASSWORD}\n")
    assert said.code == 1
    assert "SERVER_PORT" in said.err
    assert stranger.visits
    assert "Local " not in stranger.heard
    assert PASSWORD not in stranger.heard


def test_a_command_says_nothing_to_the_server_of_another_office_on_this_pc(tmp_path: Path, office: LiveOffice) -> None:
    home = tmp_path / "office"
    home.mkdir()
    (home / "config.py").write_text(f"SERVER_PORT = {office.server.port}\nBCRYPT_COST = 4\n", "utf-8")
    begin_office(home)
    with FileLock(lock_path(home / "contacts.db")):  # a restore, say, or another command
        said = run(home, "--lang", "en", "user", "list")
    assert said.code == 1
    assert str(office.server.port) in said.err
    assert os.fspath(home / "contacts.db") in said.err
