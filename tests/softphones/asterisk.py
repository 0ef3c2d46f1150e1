"""An exchange that speaks the manager interface by a script: real sockets, the events that Asterisk 20 sends."""

from __future__ import annotations

import hashlib
import socket
from threading import Thread

SECRET = "s3cret"
CHALLENGE = "840415273"


class ScriptedAsterisk:
    """Takes one controller at a time, signs it in, and tells the course of a call when a test says so."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.actions: list[dict[str, str]] = []
        self.accept_originate = True
        self.answer_originate = True
        self.by_itself = True  # whether a call is put through and answered without being told
        self._connection: socket.socket | None = None
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop()
        self._thread.join(5)

    def drop(self) -> None:
        """Break the connection, as a restart of the exchange would."""
        if self._connection:
            try:
                self._connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    @property
    def originated(self) -> dict[str, str]:
        return [action for action in self.actions if action["Action"] == "Originate"][-1]

    def tell(self, event: str, **fields: str) -> None:
        assert self._connection
        lines = {"Event": event, "Privilege": "call,all", **fields}
        self._connection.sendall("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n")

    def ring_the_agent(self) -> None:
        """The exchange dials the agent's own phone and it is taken: nobody else is involved yet."""
        own = self.originated["ChannelId"]
        self.tell("Newchannel", Uniqueid=own, Linkedid=own, ChannelStateDesc="Down")
        self.tell("DialBegin", DestUniqueid=own, DestLinkedid=own)
        self.tell("Newstate", Uniqueid=own, Linkedid=own, ChannelStateDesc="Ringing")
        self.tell("DialEnd", DestUniqueid=own, DestLinkedid=own, DialStatus="ANSWER")

    def dial_out(self) -> None:
        own = self.originated["ChannelId"]
        self.tell("OriginateResponse", ActionID=self.originated["ActionID"], Response="Success", Uniqueid=own)
        self.tell("DialBegin", Uniqueid=own, Linkedid=own, DestUniqueid="173.2", DestLinkedid=own)
        self.tell("Newstate", Uniqueid="173.2", Linkedid=own, ChannelStateDesc="Ringing")

    def end_dial(self, status: str) -> None:
        own = self.originated["ChannelId"]
        self.tell("DialEnd", Uniqueid=own, Linkedid=own, DestUniqueid="173.2", DestLinkedid=own, DialStatus=status)

    def hang_up(self, cause: str = "16") -> None:
        own = self.originated["ChannelId"]
        self.tell("Hangup", Uniqueid="173.2", Linkedid=own, Cause=cause)
        self.tell("Hangup", Uniqueid=own, Linkedid=own, Cause=cause)

    def _serve(self) -> None:
        while True:
            try:
                self._connection, _ = self._server.accept()
            except OSError:
                return
            with self._connection as connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        try:
            connection.sendall(b"Asterisk Call Manager/9.0.0\r\n")
            with connection.makefile("r", newline="\r\n") as lines:
                action: dict[str, str] = {}
                for line in lines:
                    if line.strip():
                        name, _, value = line.strip().partition(": ")
                        action[name] = value
                    else:
                        self._act(connection, action)
                        action = {}
        except OSError:
            return

    def _act(self, connection: socket.socket, action: dict[str, str]) -> None:
        self.actions.append(action)
        reply = {"Response": "Success", "ActionID": action["ActionID"]}
        if action["Action"] == "Challenge":
            reply["Challenge"] = CHALLENGE
        if action["Action"] == "Login":
            expected = hashlib.md5((CHALLENGE + SECRET).encode()).hexdigest()
            reply["Response"] = "Success" if action["Key"] == expected else "Error"
        if action["Action"] == "Originate" and not self.accept_originate:
            reply["Response"] = "Error"
        if action["Action"] == "Originate" and not self.answer_originate:
            return
        connection.sendall("".join(f"{name}: {value}\r\n" for name, value in reply.items()).encode() + b"\r\n")
        if action["Action"] == "Originate" and self.accept_originate and self.by_itself:
            self.ring_the_agent()
            self.dial_out()
            self.end_dial("ANSWER")
        if action["Action"] == "Hangup":
            self.hang_up()
