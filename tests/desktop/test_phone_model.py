"""The phone of the PC: its settings and secrets, whether it can dial, what else could, and a call to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from callmanager.desktop.models.calling.phone_settings import DRIVERS, PhoneSettings, read_settings
from callmanager.domain.errors import Invalid
from callmanager.softphones import CallState, Health, HealthState, Softphone, Tell
from callmanager.softphones.formats import DialFormat, DialStyle
from callmanager.softphones.loader import driver_names
from tests.desktop.calling_desk import CallingDesk, desks
from tests.desktop.conftest import LiveOffice
from tests.desktop.session_desk import MemorySafe

Sit = Callable[..., CallingDesk]


@pytest.fixture
def sit(office: LiveOffice, tmp_path: Path) -> Iterator[Sit]:
    with desks(office, tmp_path) as sit_down:
        yield sit_down


def test_every_driver_can_be_chosen_and_no_other() -> None:
    assert set(DRIVERS) == set(driver_names())


def test_what_cannot_be_understood_of_saved_settings_counts_as_not_set() -> None:
    for saved in (None, 7, {}, {"driver": "fax"}, {"driver": None, "options": [], "style": "loud"}):
        assert read_settings(saved, "ES") == PhoneSettings(form=DialFormat("ES"))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (PhoneSettings("fax"), "driver"),
        (PhoneSettings("microsip", {"program": "C:\\MicroSIP.exe"}), "key"),
        (PhoneSettings("baresip", {"port": "0"}), "port"),
        (PhoneSettings("baresip", {"port": "a"}), "port"),
        (PhoneSettings("none", form=DialFormat("XX")), "region"),
        (PhoneSettings("none", form=DialFormat("CR", outside_line="x")), "outside_line"),
    ],
)
def test_settings_that_are_not_whole_are_refused_with_their_field(settings: PhoneSettings, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings.check()
    assert refused.value.fields.get("field") == field


def test_settings_are_typed_saved_and_used_at_once(sit: Sit) -> None:
    desk = sit("aida", driver="none")
    phone = desk.calling.phone
    assert (phone.driver, phone.is_changed) == ("none", False)
    phone.choose_driver("simulated")
    phone.type_format(region="es", style="international", outside_line="9", international_prefix="00")
    assert phone.is_changed
    phone.save()
    desk.until(lambda: phone.driver == "simulated" and phone.is_ready)
    assert phone.form == DialFormat("ES", DialStyle.INTERNATIONAL, "9", "00")
    assert desk.drawer.values["phone"] == {
        "driver": "simulated",
        "options": {},
        "region": "ES",
        "style": "international",
        "outside_line": "9",
        "international_prefix": "00",
    }
    phone.type_format(outside_line="letras")
    phone.save()
    assert set(phone.field_errors) == {"outside_line"}
    phone.drop_changes()
    assert not phone.is_changed


def with_exchange(sit: Sit, name: str) -> tuple[CallingDesk, MemorySafe]:
    """Somebody whose phone is at an exchange, and the safe in which its secret is kept."""
    desk, safe = sit(name, driver="none"), MemorySafe()
    phone = desk.calling.phone
    phone._safe = safe
    phone.choose_driver("ami")
    exchange = {"host": "127.0.0.1", "port": "1", "user": "cm", "secret": "s3creto", "phone": "PJSIP/1"}
    for option, text in exchange.items():
        phone.type_option(option, text)
    phone.save()
    desk.until(lambda: phone.driver == "ami" and phone.softphone is not None)
    return desk, safe


def test_a_secret_is_kept_in_the_safe_and_never_in_the_file(sit: Sit) -> None:
    desk, safe = with_exchange(sit, "berta")
    phone = desk.calling.phone
    assert safe.secrets == {"phone/ami/secret": "s3creto"}
    assert "s3creto" not in str(desk.drawer.values)
    (secret,) = [one for one in phone.options if one.is_secret]
    assert secret.is_kept
    phone.type_option("user", "otro")
    phone.save()
    desk.until(lambda: not phone.is_busy and not phone.is_changed and phone.softphone is not None)
    assert phone._settings.all_options["secret"] == "s3creto", "what is not typed anew stays"


def test_a_secret_that_is_kept_is_not_sent_to_another_exchange(sit: Sit) -> None:
    desk, safe = with_exchange(sit, "clara")
    phone = desk.calling.phone
    phone.type_option("host", "127.0.0.2")
    (secret,) = [one for one in phone.options if one.is_secret]
    assert not secret.is_kept
    phone.save()
    assert set(phone.field_errors) == {"secret"}, "it has to be typed for that exchange"
    phone.type_option("secret", "otro")
    phone.save()
    desk.until(lambda: not phone.is_busy and phone.softphone is not None)
    assert safe.secrets == {"phone/ami/secret": "otro"}


def test_without_a_safe_a_phone_with_a_secret_is_refused(sit: Sit) -> None:
    desk = sit("celsa", driver="none")
    phone = desk.calling.phone
    phone.choose_driver("microsip")
    for name, text in {"program": "/bin/true", "key": "k", "port": "5"}.items():
        phone.type_option(name, text)
    phone.save()
    desk.until(lambda: phone.problem is not None)
    assert (phone.driver, phone.problem and phone.problem.code) == ("none", "no_keyring")


def test_a_phone_that_is_away_is_shown_and_another_is_offered_for_now(sit: Sit) -> None:
    desk = sit("dora")
    phone = desk.calling.phone
    assert (phone.light, phone.offer, phone.health_text) == ("good", None, "Simulated, for training: Ready")
    desk.phone.health = Health(HealthState.NOT_RUNNING, "It does not run.", "Start it.")
    phone.check()
    desk.until(lambda: phone.light == "bad" and phone.offer is not None)
    assert (phone.detail_text, phone.advice_text) == ("It does not run.", "Start it.")
    offered = phone.offer
    assert offered is not None
    assert offered.driver in ("uri", "none")
    phone.accept_offer()
    desk.until(lambda: phone.driver == offered.driver and phone.softphone is not None)
    assert (phone.is_instead, phone.typed.driver) == (True, "simulated")
    phone.return_to_chosen()
    desk.until(lambda: phone.driver == "simulated" and phone.is_ready)
    assert not phone.is_instead


def test_the_profile_that_was_calibrated_on_this_pc_is_used_unless_another_is_named(
    sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "interphone.json").write_text("{}")
    monkeypatch.setenv("CALLMANAGER_DATA", str(own))
    desk = sit("flora")
    phone, given = desk.calling.phone, list[dict[str, str]]()
    build = phone._build

    def noting(name: str, options: Mapping[str, str], tell: Tell) -> Softphone:
        given.append(dict(options))
        return build("simulated", {}, tell)

    phone._build = noting
    phone.choose_driver("interphone")
    phone.save()
    desk.until(lambda: len(given) == 1 and not phone.is_changed)
    phone.type_option("profile", "another.json")
    phone.save()
    desk.until(lambda: len(given) == 2 and not phone.is_changed)
    assert [one["profile"] for one in given] == [str(own / "interphone.json"), "another.json"]


def test_leads_see_whose_phone_cannot_dial(sit: Sit, office: LiveOffice) -> None:
    desk = sit("edna")

    def told() -> str | None:
        people = office.boss.ask("GET", "/agents").body
        return next((one["phone"] for one in people if one["id"] == desk.workplace.user.user_id), None)

    desk.until(lambda: told() == "ready")
    desk.phone.health = Health(HealthState.NOT_LOGGED_IN, "Not signed in.")
    desk.calling.phone.check()
    desk.until(lambda: told() == "not_logged_in")


def test_a_test_call_reaches_the_phone_and_not_the_server(sit: Sit, office: LiveOffice) -> None:
    desk = sit("fara")
    phone = desk.calling.phone
    phone.test_number = "911"
    phone.call_test()
    assert set(phone.field_errors) == {"test_number"}, "nobody tests with the police"
    phone.test_number = "7000"
    assert phone.can_test
    phone.call_test()
    desk.until(lambda: desk.phone.dialled)
    assert not phone.can_test
    desk.move(4.5)
    assert phone.test is not None
    assert (phone.test.state, phone.test_text) == (CallState.CONNECTED, "On the phone 0:00")
    contact = office.create(phone="8855-0010")
    desk.open(contact["id"])
    assert desk.call.can_dial
    desk.call.dial()
    desk.until(lambda: desk.call.problem is not None)
    assert desk.phone.dialled == ["7000"]
    phone.hang_up_test()
    desk.until(lambda: not phone.has_test_up)
    assert phone.test_text == "You hung up"


def test_the_phone_stays_as_it_is_during_a_call(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8855-0020")
    desk = sit("gilda")
    desk.dial(contact["id"])
    desk.calling.phone.choose_driver("none")
    desk.calling.phone.save()
    assert desk.calling.phone.driver == "simulated"
    assert desk.calling.phone.field_errors["driver"].code == "call_live"
