"""Does the time of an answer tell which users exist? Medians of a wrong password for a known and an unknown user.

Run: python -m bench.sign_in_timing [pairs] [cost]. The promise (trust, row 17) is medians within 5 %; the control
answers for unknown users at once, as a careless server does, and shows what the figure would be.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable

from callmanager.server.security.passwords import Passwords


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    cost = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    passwords = Passwords(cost=cost)
    stored = passwords.hash_password("lluvia mesa tren")
    seconds = measured(
        {
            "known": lambda: passwords.verify_password("a wrong one", stored),
            "unknown": lambda: passwords.verify_nobody("a wrong one"),
            "control": lambda: False,
        },
        pairs,
    )
    known = statistics.median(seconds["known"])
    print(f"pairs={pairs} cost={cost} seed=1")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:8} median_ms={median * 1000:.2f} difference_percent={(median / known - 1) * 100:+.2f}")


def measured(attempts: dict[str, Callable[[], bool]], times: int) -> dict[str, list[float]]:
    """Seconds of each attempt, in random order within each round so that drift of the machine hits all alike."""
    order = random.Random(1)
    seconds: dict[str, list[float]] = {name: [] for name in attempts}
    for _ in range(times):
        for name in order.sample(sorted(attempts), len(attempts)):
            start = time.perf_counter()
            attempts[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
