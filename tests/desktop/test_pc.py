"""What the PC gives the window: configuration, the keyring, one instance, the crash log."""

from __future__ import annotations

import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from callmanager.desktop.pc.configured import Configured, read_configured
from callmanager.desktop.pc.crash_log import MOST_BYTES, CrashLog
from callmanager.desktop.pc.keyring_safe import KeyringSafe, Remembered
from callmanager.desktop.pc.single_instance import SingleInstance
from callmanager.domain.clock import SystemClock
from callmanager.domain.errors import Invalid, Unavailable


def test_the_environment_wins_over_the_file_name_by_name(tmp_path: Path) -> None:
    assert read_configured(tmp_path, {}) == Configured()
    (tmp_path / "config_local.json").write_text('{"SERVER_URL": "http://pc-1:5000", "API_KEY": "cm_a"}', "utf-8-sig")
    assert read_configured(tmp_path, {}) == Configured("http://pc-1:5000", "cm_a", "http://pc-1:5000")
    environ = {"CALLMANAGER_SERVER_URL": "http://pc-2:5000"}
    assert read_configured(tmp_path, environ) == Configured("http://pc-2:5000", "cm_a", "http://pc-1:5000")
    assert "cm_a" not in repr(read_configured(tmp_path, environ))


@pytest.mark.parametrize("text", ["{", '{"SERVER_URL": 5}', "\xff\xfe"])
def test_a_damaged_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config_local.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(Invalid) as error:
        read_configured(tmp_path, {})
    assert "config_local.json" in str(error.value)


class DrawerKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_the_keyring_keeps_a_short_text_for_each_server(monkeypatch: pytest.MonkeyPatch) -> None:
    drawer = DrawerKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", drawer)
    safe, remembered = KeyringSafe(), Remembered("ana", 7, "cm_" + "x" * 60, ":".join(["AB"] * 32))
    safe.check()
    safe.keep("http://pc-1:5000", remembered)
    assert max(len(text) for text in drawer.kept.values()) < 1_280
    assert safe.find("http://pc-1:5000") == remembered
    assert safe.find("http://pc-2:5000") is None
    safe.forget("http://pc-1:5000")
    safe.forget("http://pc-1:5000")
    assert drawer.kept == {}
    drawer.kept["CallManager", "http://pc-1:5000"] = "something else"
    assert safe.find("http://pc-1:5000") is None


def test_a_pc_without_a_keyring_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", NoKeyring())
    for work in (KeyringSafe().check, lambda: KeyringSafe().find("x"), lambda: KeyringSafe().forget("x")):
        with pytest.raises(Unavailable) as error:
            work()
        assert error.value.code == "no_keyring"


def test_a_second_window_calls_the_first_and_only_one_is_the_one(tmp_path: Path) -> None:
    first, second, knocked = SingleInstance(tmp_path), SingleInstance(tmp_path), threading.Event()
    assert first.claim()
    first.listen(knocked.set)
    assert not second.claim()
    assert second.call_the_first()
    assert knocked.wait(10)
    first.close()
    assert second.claim()
    assert not second.call_the_first()
    second.close()


def test_the_crash_log_keeps_places_and_no_texts_and_stays_small(tmp_path: Path) -> None:
    crashes = CrashLog(tmp_path, SystemClock())
    assert not crashes.has_news()
    try:
        int("clave-secreta")
    except ValueError as error:
        crashes.write(error)
    text = crashes.path.read_text("utf-8")
    assert "test_pc.py" in text
    assert "ValueError" in text
    assert "clave-secreta" not in text
    assert crashes.has_news()
    crashes.mark_seen()
    assert not crashes.has_news()
    for _time in range(3_000):
        crashes.write(RuntimeError())
    crashes.path.write_bytes(crashes.path.read_bytes() * 4)
    crashes.write(RuntimeError())
    assert crashes.path.stat().st_size <= MOST_BYTES
