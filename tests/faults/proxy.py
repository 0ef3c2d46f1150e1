"""A proxy that misbehaves, as a program between clients and a server of 127.0.0.1.

    python -m tests.faults.proxy SERVER_PORT SEED MILDNESS

It prints its port, then obeys lines of its input: `rough` begins the faults, `calm` ends them (what is dead stays
dead), `counts` prints how many there were of each kind as JSON. It ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys

from tests.faults.decks import Decks
from tests.faults.flows import MOST_HEAD, Flow

BACKLOG = 2_000


async def main(port: int, seed: int, mildness: int) -> None:
    decks = Decks(seed, mildness)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Flow(decks, port, (reader, writer)).run()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=BACKLOG, limit=MOST_HEAD)
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip() == "counts":
            print(json.dumps(decks.done), flush=True)
        else:
            decks.calm = line.strip() == "calm"


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
