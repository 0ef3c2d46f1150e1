"""The connection to a phone program that comes and goes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Event, Timer

import pytest

from callmanager.softphones.wiring import links
from callmanager.softphones.wiring.links import Link, Listener


class Phone:
    """A phone program's door on loopback. Who tried before it was there is told so only when the test allows it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried, self.may_fail = Event(), Event()
        self._listening: socket.socket | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = free.getsockname()
        self._connect = socket.create_connection
        monkeypatch.setattr(links.socket, "create_connection", self._try_to_connect)

    def start(self) -> None:
        self._listening = socket.create_server(self.address)

    def drop(self) -> None:
        """End a connection and listen on."""
        assert self._listening is not None
        self._listening.accept()[0].close()

    def go(self) -> None:
        """End with the connection that is up."""
        assert self._listening is not None
        connected, _peer = self._listening.accept()
        self._listening.close()
        connected.close()

    def close(self) -> None:
        self.may_fail.set()
        if self._listening:
            self._listening.close()

    def _try_to_connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        if not self.tried.is_set():
            self.tried.set()
            self.may_fail.wait(10)
            raise ConnectionRefusedError
        return self._connect(address, timeout)


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    phone = Phone(monkeypatch)
    yield phone
    phone.close()


def test_an_attempt_that_began_before_the_phone_did_is_not_its_answer(phone: Phone) -> None:
    link = Link(*phone.address, Listener(*[lambda *_: None] * 4), retry_seconds=60)
    link.start()
    try:
        assert phone.tried.wait(10)
        phone.start()
        Timer(0.3, phone.may_fail.set).start()  # while it is waited for
        assert link.wait_up(10)
    finally:
        link.close()


def test_who_waits_for_a_phone_that_is_not_there_waits_for_one_attempt(phone: Phone) -> None:
    link = Link(*phone.address, Listener(*[lambda *_: None] * 4), retry_seconds=60)
    phone.may_fail.set()
    link.start()
    try:
        assert not link.wait_up(30)
    finally:
        link.close()


def test_a_phone_that_is_being_ended_and_takes_one_more_connection_is_known_to_be_absent_soon(phone: Phone) -> None:
    phone.tried.set()
    phone.start()
    opened, absent = list[int](), Event()
    link = Link(
        *phone.address,
        Listener(lambda: opened.append(1), lambda _bytes: None, lambda: None, absent.set),
        retry_seconds=60,
    )
    link.start()
    try:
        phone.drop()
        phone.go()
        assert absent.wait(10)
        assert len(opened) == 2
    finally:
        link.close()


def test_a_phone_that_goes_right_after_it_was_there_is_known_to_be_absent_at_once(phone: Phone) -> None:
    phone.tried.set()
    phone.start()
    up, absent = Event(), Event()
    link = Link(*phone.address, Listener(up.set, lambda _bytes: None, lambda: None, absent.set), retry_seconds=60)
    link.start()
    try:
        assert up.wait(10)
        phone.go()
        assert absent.wait(10)
    finally:
        link.close()
