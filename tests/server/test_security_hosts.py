"""Addresses, loopback rights, hosts and origins: nothing a caller can write by itself gains anything."""

from __future__ import annotations

import pytest

from callmanager.domain.errors import Invalid
from callmanager.server.security.hosts import (
    Host,
    client_address,
    is_allowed_host,
    is_loopback,
    is_same_origin,
    parse_host,
    parse_networks,
)

LAN, PROXY = "192.168.1.50", "192.168.1.5"


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "LOCALHOST:5000", "localhost.", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"]
)
def test_a_program_on_the_server_pc_has_loopback_rights(peer: str, host: str) -> None:
    assert is_loopback(peer, {"Host": host}, ())
    assert is_loopback(peer, {"HOST": host, "User-Agent": "curl"}, [PROXY])


def test_the_console_opened_on_the_server_pc_has_loopback_rights() -> None:
    headers = {"Host": "localhost:5000", "Origin": "http://localhost:5000", "Sec-Fetch-Site": "same-origin"}
    assert is_loopback("127.0.0.1", headers, ())
    assert is_loopback("::1", {"Host": "[::ffff:127.0.0.1]:5000"}, ())


@pytest.mark.parametrize(
    "peer", [LAN, "::ffff:192.168.1.50", "fe80::1%eth0", "0.0.0.0", "8.8.8.8", "", None, "localhost"]
)
def test_no_other_peer_has_loopback_rights_whatever_it_sends(peer: str | None) -> None:
    for headers in (
        {"Host": "localhost:5000"},
        {"Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"},
        {"Host": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
    ):
        assert not is_loopback(peer, headers, ())
        assert not is_loopback(peer, headers, ["127.0.0.1"])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "x.localhost",
        "192.168.1.10:5000",
        "0.0.0.0:5000",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "localhost:5000@evil.example",
        "evil.example#localhost",
        "localhost, evil.example",
        "localhost/",
        "[::1",
        "::1",
        "",
        " ",
        "ｌocalhost",
        "localhost" * 100,
    ],
)
def test_a_page_that_rebinds_its_name_to_loopback_has_no_loopback_rights(host: str) -> None:
    assert not is_loopback("127.0.0.1", {"Host": host}, ())
    assert not is_loopback("127.0.0.1", {}, ())


@pytest.mark.parametrize(
    "more",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://localhost:5000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_foreign_page_that_calls_localhost_has_no_loopback_rights(more: dict[str, str]) -> None:
    assert is_loopback("127.0.0.1", {"Host": "localhost:5000"}, ())
    assert not is_loopback("127.0.0.1", {"Host": "localhost:5000", **more}, ())


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-FORWARDED-PROTO",
        "X-Real-IP",
        "Via",
        "X-ARR-SSL",
        "CF-Ray",
    ],
)
def test_what_comes_through_an_unknown_proxy_on_the_server_pc_has_no_loopback_rights(name: str) -> None:
    assert not is_loopback("127.0.0.1", {"Host": "localhost:5000", name: "127.0.0.1"}, ())
    assert not is_loopback("127.0.0.1", {"Host": "localhost:5000", name: ""}, [PROXY])


@pytest.mark.parametrize("chain", [None, "", "127.0.0.1", "::1", "127.0.0.1, 127.0.0.1", LAN, f"127.0.0.1, {LAN}"])
def test_nobody_behind_a_configured_proxy_on_the_server_pc_is_that_pc(chain: str | None) -> None:
    headers = {"Host": "localhost"} if chain is None else {"Host": "localhost", "X-Forwarded-For": chain}
    assert not is_loopback("127.0.0.1", headers, ["127.0.0.1"])


def test_what_only_a_proxy_speaks_has_no_loopback_rights() -> None:
    here = {"Host": "localhost:5000"}
    assert is_loopback("127.0.0.1", {**here, "Connection": "close"}, ())
    assert is_loopback("127.0.0.1", {**here, "Connection": "Upgrade", "Upgrade": "websocket"}, ())
    assert not is_loopback("127.0.0.1", {**here, "Connection": "upgrade"}, ())
    assert not is_loopback("127.0.0.1", here, (), http_version="1.0")


def test_without_a_proxy_the_address_is_the_peers_whatever_the_headers_say() -> None:
    headers = {"X-Forwarded-For": "1.1.1.1", "X-Real-IP": "2.2.2.2", "Forwarded": "for=3.3.3.3"}
    assert client_address(LAN, headers, ()) == LAN
    assert client_address(LAN, headers, [PROXY]) == LAN


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (LAN, LAN),
        (f" {LAN} ", LAN),
        (f"1.1.1.1, {LAN}", LAN),
        (f"1.1.1.1,{LAN},10.0.0.7", LAN),
        (f"{LAN}:50123", LAN),
        ("[2001:db8::7]:50123", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:192.168.1.50", LAN),
        ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("", PROXY),
        ("unknown", PROXY),
        (f"{LAN}, unknown", PROXY),
        (f"{LAN}, garbage, 10.0.0.7", "10.0.0.7"),
        ("," * 50_000, PROXY),
        ("10.0.0.7, " * 50_000 + LAN, LAN),
    ],
)
def test_a_configured_proxy_names_the_right_most_address_that_is_no_proxy(chain: str, expected: str) -> None:
    assert client_address(PROXY, {"x-forwarded-for": chain}, [PROXY, "10.0.0.0/8"]) == expected


def test_one_caller_has_one_spelling() -> None:
    assert client_address("::ffff:192.168.1.50", {}, ()) == LAN
    assert client_address("FE80:0::1%eth0", {}, ()) == "fe80::1"
    assert client_address(None, {"X-Forwarded-For": LAN}, ()) == "local"
    assert client_address("", {}, [PROXY]) == "local"


def test_a_wrong_proxy_in_the_settings_is_named() -> None:
    assert len(parse_networks(["192.168.1.5", " 10.0.0.0/8 ", "10.1.2.3/8", "::1"])) == 4
    for text in ["proxy.lan", "", "10.0.0.0/40", "*"]:
        with pytest.raises(Invalid) as caught:
            parse_networks([text])
        assert caught.value.code == "proxy_invalid"
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://pc-1:5000", "pc-1:5000"),
        ("HTTP://PC-1:5000", "pc-1:5000"),
        ("http://pc-1:5000/", "PC-1:5000"),
        ("http://pc-1", "pc-1"),
        ("http://pc-1", "pc-1:80"),
        ("https://pc-1", "pc-1:443"),
        ("https://pc-1:443", "pc-1"),
        ("http://[::1]:5000", "[::1]:5000"),
        ("http://192.168.1.10:5000", "192.168.1.10:5000"),
        (None, "pc-1:5000"),
    ],
)
def test_our_own_pages_and_programs_without_a_browser_are_of_our_origin(origin: str | None, host: str) -> None:
    assert is_same_origin(origin, host, ())


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "*",
        "http://evil.example",
        "http://pc-1",
        "http://pc-1:5001",
        "https://pc-1",
        "http://pc-1:5000.evil.example",
        "http://pc-1:5000@evil.example",
        "http://evil.example/pc-1:5000",
        "http://evil.example?pc-1:5000",
        "http://evil.example#pc-1:5000",
        "http://[::1",
        "file://",
        "file://pc-1:5000",
        "chrome-extension://pc-1:5000",
        "pc-1:5000",
        "//pc-1:5000",
        "http://pc-1:5000, http://evil.example",
    ],
)
def test_any_other_page_is_not(origin: str) -> None:
    assert not is_same_origin(origin, "pc-1:5000", ())
    assert not is_same_origin(origin, "", ())


def test_listed_origins_are_compared_with_scheme_and_port() -> None:
    allowed = ["https://panel.office.lan", "http://dev:3000/", "not an origin"]
    assert is_same_origin("https://panel.office.lan", "pc-1:5000", allowed)
    assert is_same_origin("https://panel.office.lan:443", "pc-1:5000", allowed)
    assert is_same_origin("http://dev:3000", "pc-1:5000", allowed)
    for wrong in ["http://panel.office.lan", "https://panel.office.lan:8443", "https://x.panel.office.lan", "null"]:
        assert not is_same_origin(wrong, "pc-1:5000", allowed)
    assert not is_same_origin("not an origin", "pc-1:5000", allowed)


@pytest.mark.parametrize(
    "host",
    [
        "localhost:5000",
        "127.0.0.1",
        "192.168.1.10:5000",
        "[fe80::1]:5000",
        "PC-1:5000",
        "pc-1.",
        "a.office.lan:5000",
        "pc_ventas",
        "a.b.office.lan",
    ],
)
def test_addresses_localhost_and_listed_names_may_name_us(host: str) -> None:
    assert is_allowed_host(host, ["PC-1", "pc_ventas", "*.office.lan."])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "pc-1.evil.example",
        "xpc-1",
        "office.lan",
        ".office.lan",
        "evil-office.lan",
        "",
        "*",
        "pc-1:x",
        "pc-1 ",
        "pc-1@evil.example",
        "pc-1,evil.example",
        "pc-1\r\nX: y",
        "[pc-1]",
        "2130706433.evil.example",
    ],
)
def test_any_other_name_may_not(host: str) -> None:
    assert not is_allowed_host(host, ["pc-1", "*.office.lan"])
    assert not is_allowed_host(host, [])


def test_a_star_allows_every_name_but_no_nonsense() -> None:
    assert is_allowed_host("anything.example:5000", ["*"])
    assert not is_allowed_host("any thing", ["*"])


def test_a_host_header_is_name_and_port() -> None:
    assert parse_host("PC-1.:5000") == Host("pc-1", 5000)
    assert parse_host("[::1]") == Host("::1", None)
    assert parse_host("pc:123456") is None
    assert parse_host(".") is None
