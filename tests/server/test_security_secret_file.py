"""The secret file: made once, whole, for its owner only; a damaged one stops the start with advice."""

from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from callmanager.domain.errors import CallManagerError, Invalid, Unavailable
from callmanager.server.security.private_files import create_private, replace_private
from callmanager.server.security.secret_file import StoredSecret, read_or_create_secret

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in the folder, not in the mode")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


def test_the_first_start_makes_a_secret_and_the_next_ones_read_it(path: Path) -> None:
    first = read_or_create_secret(path)
    assert len(first.value) >= 48
    assert not first.exposed
    assert read_or_create_secret(path) == first


def test_two_servers_have_two_secrets(tmp_path: Path) -> None:
    assert read_or_create_secret(tmp_path / "a").value != read_or_create_secret(tmp_path / "b").value


@posix_only
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_read_it_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        read_or_create_secret(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_open_is_reported(path: Path, mode: int) -> None:
    value = read_or_create_secret(path).value
    path.chmod(mode)
    assert read_or_create_secret(path) == StoredSecret(value, exposed=True)


def test_nothing_else_is_left_in_the_folder(path: Path) -> None:
    read_or_create_secret(path)
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_servers_that_start_together_agree_on_one_secret(path: Path) -> None:
    start, values = threading.Barrier(8), []

    def begin() -> None:
        start.wait(timeout=20)
        values.append(read_or_create_secret(path).value)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(values) == 8
    assert len(set(values)) == 1


def test_a_line_end_of_an_editor_changes_nothing(path: Path) -> None:
    value = read_or_create_secret(path).value
    path.write_bytes(value + b"\r\n\r\n")
    assert read_or_create_secret(path).value == value


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 65, b" " * 100, b"short", b"x" * 47])
def test_an_empty_or_short_file_is_refused_with_advice_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Invalid) as caught:
        read_or_create_secret(path)
    assert caught.value.code == "secret_too_short"
    assert str(path) in str(caught.value)
    assert "delete" in str(caught.value)
    assert path.read_bytes() == content


def test_the_wrong_file_is_not_taken_for_a_secret(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    with pytest.raises(Invalid) as caught:
        read_or_create_secret(path)
    assert caught.value.code == "secret_too_long"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        read_or_create_secret(tmp_path / "missing" / "secret.key")
    assert caught.value.code == "secret_not_written"
    assert "missing" in str(caught.value)


def test_a_folder_or_a_broken_link_in_its_place_is_an_explained_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    places = [folder]
    if sys.platform != "win32":
        places.append(tmp_path / "link")
        places[-1].symlink_to(tmp_path / "nowhere")
    for place in places:
        with pytest.raises(CallManagerError) as caught:
            read_or_create_secret(place)
        assert caught.value.code == "secret_not_read"


def test_a_private_file_is_created_once_and_replaced_whole(path: Path) -> None:
    create_private(path, b"one")
    with pytest.raises(FileExistsError):
        create_private(path, b"two")
    assert path.read_bytes() == b"one"
    replace_private(path, b"three")
    assert path.read_bytes() == b"three"
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


@posix_only
def test_replacing_takes_the_file_back_from_others(path: Path) -> None:
    path.write_bytes(b"one")
    path.chmod(0o644)
    replace_private(path, b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
