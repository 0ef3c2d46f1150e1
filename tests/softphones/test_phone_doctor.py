"""`callmanager doctor phone`: what IT reads, the report without numbers, and a calibration that is tried first."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from callmanager.cli.phones.calibration import calibrated, tell_apart
from callmanager.domain.errors import Invalid
from callmanager.softphones.interphone.picking import pick
from callmanager.softphones.interphone.profile import default_profile, load_profile
from callmanager.softphones.interphone.windows import Control, ControlKind, View
from tests.live_server import ROOT, environment
from tests.server.cli_program import Said, run
from tests.softphones.memory_phone import CALL, FIELD, HANG_UP, PARTS, STATUS
from tests.softphones.phone_windows import LabStand


def doctor(home: Path, *words: str, given: str = "") -> Said:
    """The command, with a profile of its own in `home`."""
    return run(home, "--lang", "en", "doctor", "phone", "--profile", str(home / "interphone.json"), *words, given=given)


@pytest.mark.skipif(sys.platform == "win32", reason="says what cannot be seen elsewhere")
def test_where_there_is_no_windows_it_says_what_cannot_be_looked_at(tmp_path: Path) -> None:
    said = doctor(tmp_path)
    assert said.code == 1
    assert "works on Windows only" in said.out
    assert "cannot be looked at" in said.out
    report = json.loads((tmp_path / "phone-report.json").read_text("utf-8"))
    assert [offer["can"] for offer in report["offers"] if offer["driver"] != "uri"] == [False, True]


def test_the_report_shows_the_window_and_no_number(stand: LabStand, tmp_path: Path) -> None:
    phone = stand.start_phone("--title", "InterPhone - 51234567")
    said = doctor(tmp_path, "--lab", str(stand.doors))
    assert said.code == 0, said.err
    assert "Llamar" in said.out
    report = json.loads((tmp_path / "phone-report.json").read_text("utf-8"))
    (window,) = report["window"]["windows"]
    assert window["title"] == "InterPhone - ########"
    assert window["program"]["bits"] == 64
    assert report["health"]["state"] == "ready"
    assert phone.steps() == [("open", "")]


def test_a_window_that_is_not_known_is_reported_and_not_ready(stand: LabStand, tmp_path: Path) -> None:
    stand.start_phone("--call", "Marcar")
    said = doctor(tmp_path, "--lab", str(stand.doors))
    assert said.code == 1
    assert "Marcar" in said.out
    assert "no button to call" in said.out


def test_a_calibrated_phone_is_ready_and_nothing_was_dialled(stand: LabStand, tmp_path: Path) -> None:
    phone = stand.start_phone("--call", "Marcar")
    said = doctor(tmp_path, "--lab", str(stand.doors), "--calibrate", given="9\n2\n1\n4\n5\n")
    assert said.code == 0, said.err
    assert said.out.count("not the number of such a control") == 2
    assert phone.steps() == [("open", "")]
    assert load_profile(tmp_path / "interphone.json").call.captions == ("Marcar",)
    assert doctor(tmp_path, "--lab", str(stand.doors)).code == 0


def test_a_calibration_that_fails_its_trial_is_not_saved(stand: LabStand, tmp_path: Path) -> None:
    stand.start_phone("--most-digits", "5")
    said = doctor(tmp_path, "--lab", str(stand.doors), "--calibrate", given="1\n4\n5\n")
    assert said.code == 1
    assert "did not take the number" in said.err
    assert not (tmp_path / "interphone.json").exists()


def test_two_windows_are_not_calibrated(stand: LabStand, tmp_path: Path) -> None:
    stand.start_phone("--windows", "2")
    said = doctor(tmp_path, "--lab", str(stand.doors), "--calibrate")
    assert (said.code, "2 windows" in said.err) == (1, True)


def test_a_broken_profile_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "interphone.json").write_text('{"version": 1, "adapter": "mouse"}', "utf-8")
    said = doctor(tmp_path)
    assert (said.code, "adapter" in said.err) == (1, True)


def test_every_control_is_found_again_by_what_was_kept_of_it() -> None:
    keys = [Control(20 + key, ControlKind.BUTTON, "Button", str(1100 + key), str(key)) for key in range(10)]
    search = Control(40, ControlKind.EDIT, "Edit", "1200", "Ana")
    controls = [*PARTS, *keys, search]
    for control in (FIELD, CALL, HANG_UP, search, *keys):
        profile = replace(default_profile(), call=tell_apart(control, controls))
        assert pick(View("", minimised=False, controls=tuple(controls)), profile, "call") == control


def test_a_caption_is_kept_rather_than_a_number() -> None:
    assert (tell_apart(CALL, PARTS).captions, tell_apart(CALL, PARTS).auto_ids) == (("&Llamar",), ())


def test_controls_that_are_alike_are_refused() -> None:
    twins = [replace(CALL, ref=ref, auto_id="0") for ref in (1, 2)]
    with pytest.raises(Invalid) as refused:
        tell_apart(twins[0], twins)
    assert refused.value.code == "control_alike"


def test_a_button_that_can_always_be_pressed_is_no_sign_of_a_call() -> None:
    always = replace(HANG_UP, enabled=True)
    controls = [FIELD, CALL, always, STATUS]
    made = calibrated(default_profile(), controls, {"number": FIELD, "call": CALL, "hang_up": always})
    assert made.up == ()
    kept = calibrated(default_profile(), PARTS, {"number": None, "call": None, "hang_up": HANG_UP})
    assert kept.up == default_profile().up


def alone(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The window's launcher in place of the command line, with its data in `folder`."""
    launcher = str(ROOT / "client" / "call_manager_app.py")
    around = {**environment(), "CALLMANAGER_DATA": str(folder), "CALLMANAGER_LANGUAGE": "en"}
    command = [sys.executable, launcher, "--doctor-phone", *words]
    return subprocess.run(
        command, input=given, env=around, cwd=folder.parent, capture_output=True, text=True, check=False
    )


def test_a_pc_that_has_only_the_windows_program_calibrates_with_that(stand: LabStand, tmp_path: Path) -> None:
    phone, home = stand.start_phone("--call", "Marcar"), tmp_path / "data"
    lab = ("--lab", str(stand.doors))
    said = alone(home, *lab)
    assert (said.returncode, "no button to call" in said.stdout) == (1, True), said.stderr
    assert json.loads((home / "phone-report.json").read_text("utf-8"))["profile"] == "default"
    said = alone(home, *lab, "--calibrate", given="2\n1\n4\n5\n")
    assert said.returncode == 0, said.stderr
    assert load_profile(home / "interphone.json").call.captions == ("Marcar",)
    assert alone(home, *lab).returncode == 0
    assert phone.steps() == [("open", "")]


def test_what_is_not_understood_is_said_as_on_the_command_line(tmp_path: Path) -> None:
    said = alone(tmp_path / "data", "--fax")
    assert (said.returncode, "No such option" in said.stderr) == (2, True)


def test_the_look_at_the_phone_brings_no_server_into_the_windows_program() -> None:
    loaded = "import sys, callmanager.cli.phones.alone as _; print([m for m in sys.modules if '.server.' in m])"
    done = subprocess.run([sys.executable, "-c", loaded], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
