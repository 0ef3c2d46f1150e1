"""The way in and out, against a real server: refused, waiting, forced change, remembered, offline, thrown out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callmanager.desktop.models.command_board import CommandBoard
from callmanager.desktop.models.session import SessionStage
from callmanager.desktop.models.signed_in import SignedInModels
from callmanager.desktop.remote import Remote
from callmanager.desktop.sync_events import Status
from callmanager.domain.errors import CallManagerError, Unauthenticated, Unavailable
from callmanager.domain.texts import N_
from tests.desktop.conftest import PASSWORD, LiveOffice
from tests.desktop.session_desk import SessionDesk
from tests.live_server import free_port, start_server

NEW = "cuatro nubes sin lluvia"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SessionDesk]:
    made = SessionDesk(tmp_path)
    yield made
    made.end()


def test_without_a_server_the_user_chooses_one(desk: SessionDesk) -> None:
    desk.begin()
    desk.rest(SessionStage.CHOOSING)
    assert desk.session.error is None


def test_signing_in_opens_the_workplace_and_the_list_is_followed(desk: SessionDesk, office: LiveOffice) -> None:
    office.hire("lucia")
    made = office.create(name="Vista por Lucía")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("lucia", PASSWORD)
    desk.rest(SessionStage.SIGNED_IN)
    workplace = desk.session.workplace
    assert workplace is not None
    desk.until(lambda: workplace.sync.status is Status.LIVE)
    assert workplace.store.replica.find_contact(made["id"]) is not None
    assert desk.session.password == ""
    assert desk.session.entered is not None
    assert "contact:edit" in desk.session.entered.permissions


def test_a_refused_login_says_why_and_forgets_the_password_only(desk: SessionDesk, office: LiveOffice) -> None:
    office.hire("marta")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("marta", "equivocada")
    assert desk.session.stage is SessionStage.SIGNING_IN
    assert desk.session.error is not None
    assert "not right" in desk.tools.speech.explain(desk.session.error)
    assert (desk.session.username, desk.session.password) == ("marta", "")


def test_after_too_many_attempts_the_user_waits_and_sees_how_long(desk: SessionDesk, tmp_path: Path) -> None:
    with start_server(tmp_path / "server", LOGIN_PER_MINUTE=3) as server:
        desk.begin(server.url)
        desk.rest(SessionStage.SIGNING_IN)
        for _attempt in range(4):
            desk.sign_in("admin", "equivocada")
        assert desk.session.wait_seconds > 0
        desk.session.password = "otra"
        assert not desk.session.can_sign_in


def test_a_given_password_has_to_be_changed_before_the_work_begins(desk: SessionDesk, office: LiveOffice) -> None:
    office.hire("nueva", must_change_password=True)
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("nueva", PASSWORD)
    desk.rest(SessionStage.MUST_CHANGE)
    form = desk.session.form
    assert form is not None
    assert not form.asks_old
    form.type("new", "12345678")
    form.type("confirm", "12345678")
    form.submit()
    desk.until(lambda: form.error is not None)
    assert form.error is not None
    assert form.error.code == "password_common"
    form.type("new", NEW)
    form.type("confirm", NEW)
    form.submit()
    desk.rest(SessionStage.SIGNED_IN)
    office_door = Remote(office.server.url)
    assert office_door.sign_in("nueva", NEW).username == "nueva"
    office_door.close()


def test_a_password_is_changed_at_work_and_the_work_goes_on(desk: SessionDesk, office: LiveOffice) -> None:
    office.hire("olga")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("olga", PASSWORD)
    desk.rest(SessionStage.SIGNED_IN)
    first = desk.session.workplace
    assert first is not None
    desk.until(lambda: first.sync.status is Status.LIVE)
    form = desk.session.change_password()
    assert form is not None
    assert form.asks_old
    for field, text in (("old", "mal"), ("new", NEW), ("confirm", NEW)):
        form.type(field, text)
    form.submit()
    desk.until(lambda: form.error is not None)
    assert desk.session.workplace is first
    form.type("old", PASSWORD)
    form.submit()
    desk.until(lambda: desk.session.workplace not in (None, first))
    desk.rest(SessionStage.SIGNED_IN)
    second = desk.session.workplace
    assert second is not None
    desk.until(lambda: second.sync.status is Status.LIVE)
    assert desk.session.farewell == ""


def test_a_remembered_user_needs_no_password_and_his_key_is_limited(desk: SessionDesk, office: LiveOffice) -> None:
    made = office.hire("paula", "admin")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("paula", PASSWORD, remember=True)
    desk.rest(SessionStage.SIGNED_IN)
    desk.end()
    keys = office.boss.ask("GET", f"/users/{made['id']}/api-keys").body
    kept = next(key for key in keys if key["label"] == "PC PC-7")
    assert kept["expires_at"] is not None
    assert "user:manage" not in kept["permissions"]
    assert "contact:edit" in kept["permissions"]

    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNED_IN)
    assert desk.session.entered is not None
    assert desk.session.entered.user.username == "paula"
    secret = desk.safe.kept[office.server.url].api_key
    on_disk = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    assert secret.encode() not in on_disk
    assert secret not in repr(desk.session.entered)


def test_signing_out_revokes_the_remembered_key(desk: SessionDesk, office: LiveOffice) -> None:
    office.hire("quique")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("quique", PASSWORD, remember=True)
    desk.rest(SessionStage.SIGNED_IN)
    secret = desk.safe.kept[office.server.url].api_key
    desk.session.sign_out()
    desk.rest(SessionStage.SIGNING_IN)
    assert desk.safe.kept == {}
    stolen = Remote(office.server.url, api_key=secret)
    with pytest.raises(Unauthenticated):
        stolen.show_me()
    stolen.close()


def test_a_remembered_user_opens_his_list_without_the_server_and_a_stranger_does_not(
    desk: SessionDesk, tmp_path: Path
) -> None:
    port = free_port()
    with start_server(tmp_path / "server", SERVER_PORT=port) as server:
        boss = Remote(server.url)
        boss.sign_in("admin", "1234")
        given = {"old_password": "1234", "new_password": NEW, "confirm_password": NEW}
        boss.ask("POST", "/auth/change-password", body=given)
        boss.close()
        desk.begin(server.url)
        desk.rest(SessionStage.SIGNING_IN)
        desk.sign_in("admin", NEW, remember=True)
        desk.rest(SessionStage.SIGNED_IN)
        workplace = desk.session.workplace
        assert workplace is not None
        desk.until(lambda: workplace.sync.status is Status.LIVE)
        desk.end()
    desk.begin(server.url)
    desk.rest(SessionStage.SIGNED_IN)
    assert desk.session.entered is not None
    assert desk.session.entered.is_offline
    desk.end()
    desk.safe.kept.clear()
    desk.begin(server.url)
    desk.rest(SessionStage.SIGNING_IN)
    assert desk.session.error is not None
    assert desk.session.error.code == "server_unreachable"


def test_a_pc_with_a_key_signs_in_by_itself(desk: SessionDesk, office: LiveOffice) -> None:
    desk.begin(office.server.url, office.keys["free"])
    desk.rest(SessionStage.SIGNED_IN)
    assert desk.session.entered is not None
    assert desk.session.entered.user.username == "free"
    assert desk.safe.kept == {}


def test_a_wrong_key_leads_to_the_password_with_the_reason(desk: SessionDesk, office: LiveOffice) -> None:
    desk.begin(office.server.url, "cm_nothing_here")
    desk.rest(SessionStage.SIGNING_IN)
    assert desk.session.error is not None
    assert desk.session.has_key


def test_whoever_the_server_signs_out_is_told_why(desk: SessionDesk, office: LiveOffice) -> None:
    made = office.hire("rita")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("rita", PASSWORD)
    desk.rest(SessionStage.SIGNED_IN)
    workplace = desk.session.workplace
    assert workplace is not None
    desk.until(lambda: workplace.sync.status is Status.LIVE)
    office.boss.ask("PATCH", f"/users/{made['id']}", body={"active": False}, version=made["version"])
    desk.until(lambda: desk.session.stage is SessionStage.SIGNING_IN)
    desk.rest(SessionStage.SIGNING_IN)
    desk.until(lambda: desk.session.farewell or desk.session.error)
    assert desk.session.workplace is None


def stages_of(desk: SessionDesk) -> list[SessionStage]:
    """Where the session stands from now on."""
    seen: list[SessionStage] = []
    desk.session.changed.connect(lambda: seen.append(desk.session.stage))
    return seen


def is_live(desk: SessionDesk) -> bool:
    workplace = desk.session.workplace
    return workplace is not None and workplace.sync.status is Status.LIVE


def test_a_remembered_user_outlives_the_end_of_the_session_that_he_began(desk: SessionDesk, office: LiveOffice) -> None:
    made = office.hire("teresa")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("teresa", PASSWORD, remember=True)
    desk.until(lambda: desk.session.stage is SessionStage.SIGNED_IN and is_live(desk))
    seen = stages_of(desk)
    office.boss.ask("POST", f"/users/{made['id']}/close-sessions", body={"keep_keys": True})
    workplace = desk.session.workplace
    assert workplace is not None
    assert workplace.remote.show_me()["username"] == "teresa"
    assert SessionStage.SIGNING_IN not in seen


def test_a_remembered_user_works_on_when_his_role_is_changed(desk: SessionDesk, office: LiveOffice) -> None:
    made = office.hire("ulises", "team_lead")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("ulises", PASSWORD, remember=True)
    desk.until(lambda: desk.session.stage is SessionStage.SIGNED_IN and is_live(desk))
    seen, workplace = stages_of(desk), desk.session.workplace
    assert workplace is not None
    models = SignedInModels(desk.tools, workplace, desk.preferences, CommandBoard())
    desk.session.happened.connect(models.hear)
    assert models.card.now.may("contact:take_over")
    office.boss.ask("PATCH", f"/users/{made['id']}", body={"role": "agent"}, version=made["version"])
    desk.until(lambda: not models.card.now.may("contact:take_over"))
    assert not models.situation.may("contact:take_over")
    desk.until(lambda: is_live(desk))
    assert SessionStage.SIGNING_IN not in seen


def test_a_revoked_key_leads_to_the_password_and_is_forgotten(desk: SessionDesk, office: LiveOffice) -> None:
    office.hire("violeta")
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.sign_in("violeta", PASSWORD, remember=True)
    desk.until(lambda: desk.session.stage is SessionStage.SIGNED_IN and is_live(desk))
    office.boss.ask("DELETE", f"/api-keys/{desk.safe.kept[office.server.url].key_id}")
    desk.until(lambda: desk.session.stage is SessionStage.SIGNING_IN and not desk.session.is_busy)
    assert desk.session.error is not None
    assert desk.safe.kept == {}


def test_without_a_safe_nobody_is_remembered_and_the_reason_is_there(desk: SessionDesk, office: LiveOffice) -> None:
    desk.safe.refusal = Unavailable("no_keyring", N_("This PC has no safe for passwords (keyring)."))
    desk.begin(office.server.url)
    desk.rest(SessionStage.SIGNING_IN)
    desk.until(lambda: desk.session.no_safe is not None)
    office.hire("sara")
    warnings: list[CallManagerError] = []
    desk.session.warned.connect(warnings.append)
    desk.sign_in("sara", PASSWORD, remember=True)
    desk.rest(SessionStage.SIGNED_IN)
    desk.until(lambda: [error.code for error in warnings] == ["no_keyring"])


def test_an_address_that_nobody_can_reach_leaves_the_way_open_to_another(desk: SessionDesk) -> None:
    desk.safe.kept = {}
    address = f"http://127.0.0.1:{free_port()}"
    desk.begin(address, "cm_some_key")
    desk.rest(SessionStage.SIGNING_IN)
    assert desk.session.error is not None
    assert desk.session.error.code == "server_unreachable"
    desk.session.choose_server()
    assert desk.session.choice.text == address
