"""The official JavaScript client connects, is refused, updates and receives, as the console and other programs will."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.live_office import LiveOffice

pytestmark = pytest.mark.node

SOCKET_IO_CLIENT = "socket.io-client@4.8.1"

PROGRAM = """
const { io } = require("socket.io-client");
const [url, key, contact] = JSON.parse(process.argv[2]);
const say = (name, value) => console.log(JSON.stringify([name, value]));
const refused = io(url, { transports: ["websocket"], reconnection: false, auth: { api_key: "x", language: "en" } });
refused.on("connect_error", (error) => { say("refused", [error.message, error.data.code]); refused.close(); begin(); });
function begin() {
  const socket = io(url, { transports: ["websocket"], reconnection: false, auth: { api_key: key } });
  socket.on("changes", (told) => {
    say("changes", told.records.contact);
    if (told.changes.some((change) => change.fields.note)) socket.close(), process.exit(0);
  });
  socket.on("connect", async () => {
    say("sync", await socket.timeout(5000).emitWithAck("sync", {}));
    const asked = { id: contact, version: 1, fields: { note: "desde JavaScript" } };
    say("updated", await socket.timeout(5000).emitWithAck("update_contact", asked));
  });
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the client is installed, from the registry that npm is set up for."""
    made = tmp_path_factory.mktemp("node")
    (made / "package.json").write_text('{"private": true}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", SOCKET_IO_CLIENT]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    (made / "talk.js").write_text(PROGRAM)
    return made


@pytest.fixture
def office(tmp_path: Path) -> Iterator[LiveOffice]:
    opened = LiveOffice(tmp_path)
    yield opened
    opened.close()


def test_the_javascript_client_is_refused_connects_updates_and_receives(office: LiveOffice, folder: Path) -> None:
    contact = office.create(name="Nora")
    given = json.dumps([office.url, office.keys["agent-norte"], contact["id"]])
    command = ["node", "talk.js", given]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    found = dict(said)
    assert said[0] == ["refused", ["This API key is not valid. Ask an administrator for another.", "key_invalid"]]
    assert found["sync"]["ok"] is True
    assert found["updated"]["contact"]["note"] == "desde JavaScript"
    assert found["changes"] == [found["updated"]["contact"]]
