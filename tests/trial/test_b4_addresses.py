"""B4: a server says every address under which other PCs reach it, in an office without a way out, too."""

from __future__ import annotations

import ipaddress
import json
import shutil
import subprocess
import sys
from pathlib import Path

import ifaddr
import pytest

from callmanager.cli.doctor.machine import check_addresses
from callmanager.server.process.addresses import lan_addresses, own_names, reached_at
from callmanager.server.process.greeting import Greeting
from callmanager.settings import load_settings
from tests.server.cli_program import ROOT, environment, run

# A network of its own for one process: two cards with an address each, and no route that leads out.
CARDS = "ip link set lo up && ip addr add 192.168.77.5/24 dev lo && ip addr add 10.9.8.7/16 dev lo"
SIXES = "ip addr add fd12::5/64 dev lo nodad && ip addr add fe80::5/64 dev lo nodad"


OWN_NETWORK = ("unshare", "-rn", "sh", "-c")


def asked(expression: str, cards: str = CARDS) -> list[str]:
    """What a program on a PC with these cards, and no other, says of its addresses."""
    if sys.platform == "win32" or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("needs unshare and ip (apt-get install util-linux iproute2)")
    program = f"import json; from callmanager.server.process.addresses import *; print(json.dumps({expression}))"
    command = [*OWN_NETWORK, f'{cards} && exec "$0" "$@"', sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=60)
    if "unshare" in done.stderr:
        pytest.skip("this machine lends no network")
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_without_a_way_out_the_addresses_of_all_cards_are_known() -> None:
    assert sorted(asked("reached_at('0.0.0.0')")) == ["10.9.8.7", "192.168.77.5"]


def test_those_of_ipv6_are_named_where_the_server_listens_on_them_but_not_those_of_one_cable() -> None:
    cards = f"{CARDS} && {SIXES}"
    assert "fd12::5" not in asked("reached_at('0.0.0.0')", cards)
    assert asked("reached_at('::')", cards)[-1] == "fd12::5"
    assert sorted(asked("reached_at('::')", cards)) == ["10.9.8.7", "192.168.77.5", "fd12::5"]


def test_what_a_pc_gives_itself_counts_where_it_has_no_other() -> None:
    itself = "ip link set lo up && ip addr add 169.254.7.7/16 dev lo"
    assert asked("reached_at('0.0.0.0')", itself) == ["169.254.7.7"]
    assert "169.254.7.7" not in asked("reached_at('0.0.0.0')", f"{itself} && ip addr add 10.9.8.7/16 dev lo")


def test_the_certificate_covers_them_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text('ALLOWED_HOSTS = ["calls.office.lan", "*.office.lan"]\n', "utf-8")
    asked("[]")  # or skip
    shown = run(tmp_path, "--lang", "en", "tls", "init", through=[*OWN_NETWORK, f'{CARDS} && exec "$0" "$@"'])
    assert shown.code == 0, shown.err
    line = next(line for line in shown.out.splitlines() if line.startswith("The certificate covers: "))
    named = line.partition(": ")[2].split(", ")
    from cryptography import x509  # noqa: PLC0415 - slow

    made = x509.load_pem_x509_certificate((tmp_path / "tls" / "server.pem").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    assert sorted(covered) == sorted(named)
    assert {"192.168.77.5", "10.9.8.7", "127.0.0.1", "localhost", "calls.office.lan", *own_names()} <= set(named)


def test_every_address_that_the_system_tells_is_said_by_greeting_and_doctor(tmp_path: Path) -> None:
    cards = {str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4}
    known = {address for address in cards if ipaddress.ip_address(address).is_global or _is_of_an_office(address)}
    assert known <= set(lan_addresses())
    settings = load_settings(tmp_path, {"SERVER_PORT": 5001}, {})
    greeting = Greeting("en", "1", "", "0.0.0.0", 5001, False, tmp_path, tmp_path, tmp_path)
    greeted = "\n".join(greeting.lines(reached_at("0.0.0.0")))
    examined = "\n".join(finding.seen_text() for finding in check_addresses(settings))
    for address in known:
        assert f"http://{address}:5001" in greeted
        assert f"http://{address}:5001" in examined


def _is_of_an_office(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_private and not (parsed.is_loopback or parsed.is_link_local)


def test_only_what_hears_other_pcs_has_addresses_for_them() -> None:
    assert reached_at("127.0.0.1") == reached_at("localhost") == reached_at("::1") == []
    assert reached_at("192.168.1.5") == ["192.168.1.5"]
