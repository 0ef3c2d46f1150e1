"""Windows write and read numbers as the office does: the server says of which country it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web import LOCAL, Web


@pytest.mark.parametrize("region", ["CR", "ES"])
def test_signing_in_and_asking_who_one_is_tell_the_country_of_the_office(tmp_path: Path, region: str) -> None:
    web = Web(tmp_path, settings={"DEFAULT_REGION": region})
    try:
        given = {"username": "manager", "password": "clave de manager"}
        signed_in = web.client.post("/auth/login", json=given, base_url=LOCAL)
        me = web.client.get("/auth/me", headers={"X-API-Key": web.keys["manager"]}, base_url=LOCAL)
        assert (signed_in.json["region"], me.json["region"]) == (region, region)
    finally:
        web.services.imports.close()
        web.close()
