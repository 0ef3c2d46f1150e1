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
    phone, form = desk.calling.phone, desk.calling.phone_form
    assert (phone.driver, form.is_changed) == ("none", False)
    form.choose_driver("simulated")
    form.type_format(region="es", style="international", outside_line="9", international_prefix="00")
    assert form.is_changed
    form.save()
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
    form.type_format(outside_line="letras")
    form.save()
    assert set(form.field_errors) == {"outside_line"}
    form.drop_changes()
    assert not form.is_changed


def with_exchange(sit: Sit, name: str) -> tuple[CallingDesk, MemorySafe]:
    """Somebody whose phone is at an exchange, and the safe in which its secret is kept."""
    desk, safe = sit(name, driver="none"), MemorySafe()
    phone, form = desk.calling.phone, desk.calling.phone_form
    phone.safe = safe
    form.choose_driver("ami")
    exchange = {"host": "127.0.0.1", "port": "1", "user": "cm", "secret": "s3creto", "phone": "PJSIP/1"}
    for option, text in exchange.items():
        form.type_option(option, text)
    form.save()
    desk.until(lambda: phone.driver == "ami" and phone.softphone is not None)
    return desk, safe


def test_a_secret_is_kept_in_the_safe_and_never_in_the_file(sit: Sit) -> None:
    desk, safe = with_exchange(sit, "berta")
    phone, form = desk.calling.phone, desk.calling.phone_form
    assert safe.secrets == {"phone/ami/secret": "s3creto"}
    assert "s3creto" not in str(desk.drawer.values)
    (secret,) = [one for one in form.options if one.is_secret]
    assert secret.is_kept
    form.type_option("user", "otro")
    form.save()
    desk.until(lambda: not form.is_busy and not form.is_changed and phone.softphone is not None)
    assert phone.settings.all_options["secret"] == "s3creto", "what is not typed anew stays"


def test_a_secret_that_is_kept_is_not_sent_to_another_exchange(sit: Sit) -> None:
    desk, safe = with_exchange(sit, "clara")
    phone, form = desk.calling.phone, desk.calling.phone_form
    form.type_option("host", "127.0.0.2")
    (secret,) = [one for one in form.options if one.is_secret]
    assert not secret.is_kept
    form.save()
    assert set(form.field_errors) == {"secret"}, "it has to be typed for that exchange"
    form.type_option("secret", "otro")
    form.save()
    desk.until(lambda: not form.is_busy and phone.softphone is not None)
    assert safe.secrets == {"phone/ami/secret": "otro"}


def test_without_a_safe_a_phone_with_a_secret_is_refused(sit: Sit) -> None:
    desk = sit("celsa", driver="none")
    phone, form = desk.calling.phone, desk.calling.phone_form
    form.choose_driver("microsip")
    for name, text in {"program": "/bin/true", "key": "k", "port": "5"}.items():
        form.type_option(name, text)
    form.save()
    desk.until(lambda: phone.problem is not None)
    assert (phone.driver, phone.problem and phone.problem.code) == ("none", "no_keyring")


def test_a_phone_that_is_away_is_shown_and_another_is_offered_for_now(sit: Sit) -> None:
    desk = sit("dora")
    phone, form = desk.calling.phone, desk.calling.phone_form
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
    assert (phone.is_instead, form.typed.driver) == (True, "simulated")
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
    phone, form, given = desk.calling.phone, desk.calling.phone_form, list[dict[str, str]]()
    build = phone._build

    def noting(name: str, options: Mapping[str, str], tell: Tell) -> Softphone:
        given.append(dict(options))
        return build("simulated", {}, tell)

    phone._build = noting
    form.choose_driver("interphone")
    form.save()
    desk.until(lambda: len(given) == 1 and not form.is_changed)
    form.type_option("profile", "another.json")
    form.save()
    desk.until(lambda: len(given) == 2 and not form.is_changed)
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
    test = desk.calling.phone_test
    test.number = "911"
    test.dial()
    assert test.number_error is not None, "nobody tests with the police"
    test.number = "7000"
    assert test.can_dial
    test.dial()
    desk.until(lambda: desk.phone.dialled)
    assert not test.can_dial
    desk.move(4.5)
    assert test.call is not None
    assert (test.call.state, test.text) == (CallState.CONNECTED, "On the phone 0:00")
    contact = office.create(phone="8855-0010")
    desk.open(contact["id"])
    assert desk.call.can_dial
    desk.call.dial()
    desk.until(lambda: desk.call.problem is not None)
    assert desk.phone.dialled == ["7000"]
    test.hang_up()
    desk.until(lambda: not test.is_up)
    assert test.text == "You hung up"


def test_the_phone_stays_as_it_is_during_a_call(sit: Sit, office: LiveOffice) -> None:
    contact = office.create(phone="8855-0020")
    desk = sit("gilda")
    desk.dial(contact["id"])
    desk.calling.phone_form.choose_driver("none")
    desk.calling.phone_form.save()
    assert desk.calling.phone.driver == "simulated"
    assert desk.calling.phone_form.field_errors["driver"].code == "call_live"
