"""The whole server on either database: sign in, change the first password, make and find a contact, over HTTP."""

from pathlib import Path

from callmanager.server.app import build_app, build_services
from callmanager.server.storage.engine import Storage
from callmanager.settings import load_settings

PASSWORD = "una clave larga 9"
LOCAL = "http://127.0.0.1"


def test_a_contact_is_made_and_found_over_http(storage: Storage, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"BCRYPT_COST": 4}, {})
    services = build_services(settings, storage=storage)
    client = build_app(services).test_client()

    def token(password: str) -> dict[str, str]:
        answer = client.post("/auth/login", json={"username": "admin", "password": password}, base_url=LOCAL)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json['token']}"}

    passwords = {"old_password": "1234", "new_password": PASSWORD, "confirm_password": PASSWORD}
    changed = client.post("/auth/change-password", headers=token("1234"), json=passwords, base_url=LOCAL)
    assert changed.status_code < 300, changed.text
    headers = token(PASSWORD)
    made = client.post(
        "/contacts", headers=headers, json={"phone": "8888-7777", "name": "Ñandú Álvarez"}, base_url=LOCAL
    )
    assert made.status_code == 201, made.text
    found = client.get("/contacts?q=nandu alv", headers=headers, base_url=LOCAL)
    assert [contact["id"] for contact in found.json] == [made.json["id"]]
    edited = client.patch(
        f"/contacts/{made.json['id']}", headers={**headers, "If-Match": '"1"'}, json={"note": "hola"}, base_url=LOCAL
    )
    assert edited.status_code == 200, edited.text
    history = client.get(f"/contacts/{made.json['id']}/history", headers=headers, base_url=LOCAL)
    assert [line["kind"] for line in history.json] == ["updated", "created"]
    audit = client.get("/audit/verify", headers=headers, base_url=LOCAL)
    assert audit.json["ok"] is True
