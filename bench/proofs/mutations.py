"""Puts small defects into what must not break (leases, permissions, changes, sync, lists, calls), and shows those that
no test notices:
`python -m bench.proofs.mutations [--sample N] [--seed S] [--only AREA_OR_PART_OF_A_PATH] [--seconds MOST]`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

from bench.mutations.mutants import Mutant, list_mutants
from bench.mutations.reach import Reach
from bench.mutations.targets import AREAS, EQUIVALENT
from bench.mutations.trials import FAILED, LONGEST_SECONDS, LOOPED, PASSED, Copy

SURVIVED, UNDECIDED = "survived", "undecided"


class Trial(NamedTuple):
    area: str
    module: str
    mutant: Mutant

    @property
    def name(self) -> tuple[str, str, str]:
        return self.module, self.mutant.where, self.mutant.what

    @property
    def tests(self) -> tuple[str, ...]:
        return AREAS[self.area][self.module]


def main() -> int:
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="callmanager-mutants-") as folder:
        copy = Copy(Path(folder))
        trials, of = _sample(copy, given)
        print(f"{len(trials)} of {of} mutants, seed {given.seed}", flush=True)
        reach = _trace(copy, trials)
        return 1 if reach is None else _try_all(copy, trials, reach, given.seconds)


def _trace(copy: Copy, trials: list[Trial]) -> Reach | None:
    """What the tests reach; None when they fail without any defect."""
    reach = Reach()
    for file in dict.fromkeys(file for trial in trials for file in trial.tests):
        found = copy.trace(file)
        if found is None:
            print(f"the tests fail without any defect:\n{copy.output()}")
            return None
        reach.add(found)
    return reach


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", default="", help="only this area, or modules with this in their path")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no more mutants after so long")
    return parser.parse_args()


def _sample(copy: Copy, given: argparse.Namespace) -> tuple[list[Trial], int]:
    """Mutants in random order, the areas in turn, equivalent ones left out; and how many there are.

    The order hangs on their names alone, so that a change of the code leaves the rest of a sample as it was.
    """
    of, areas = 0, []
    for area, modules in AREAS.items():
        chosen = [module for module in modules if given.only in ("", area) or given.only in module]
        every = [Trial(area, module, mutant) for module in chosen for mutant in list_mutants(copy.read(module))]
        real = [trial for trial in every if trial.name not in EQUIVALENT]
        real.sort(key=lambda trial: sha256(f"{given.seed}{trial.name}".encode()).digest())
        areas.append(real)
        of += len(every)
    in_turn = [trial for trial in chain.from_iterable(zip_longest(*areas)) if trial is not None]
    return in_turn[: given.sample or None], of


def _try_all(copy: Copy, trials: list[Trial], reach: Reach, seconds: float) -> int:
    began = time.monotonic()
    ends: dict[str, Counter[str]] = {area: Counter() for area in AREAS}
    for trial in trials:
        if time.monotonic() - began > seconds:
            break
        end = _try(copy, trial, reach)
        ends[trial.area][end] += 1
        print(f"{end}: {trial.module} {trial.mutant.where}: {trial.mutant.what}", flush=True)
        if end in (SURVIVED, UNDECIDED):
            print(trial.mutant.diff(copy.read(trial.module)), flush=True)
    for area, counted in ends.items():
        if counted:
            print(f"{area}: {_told(counted)}")
    together = sum(ends.values(), Counter[str]())
    print(f"{together.total()} mutants in {time.monotonic() - began:.0f} s: {_told(together)}")
    return int(together[SURVIVED] + together[UNDECIDED] > 0)


def _told(ends: Counter[str]) -> str:
    return ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))


def _try(copy: Copy, trial: Trial, reach: Reach) -> str:
    """How it ended. A run that lasts too long kills nothing, unless the same tests are quick without the defect."""
    tests = reach.choose(trial.module, trial.mutant.where, trial.tests)
    if not tests:
        return SURVIVED
    original = copy.read(trial.module)
    copy.replace(trial.module, trial.mutant.source)
    run = copy.run(tests, 20 + 3 * sum(reach.work[test] for test in tests))
    copy.replace(trial.module, original)
    if run.code is None:
        is_quick = copy.run(tests).lasted < LONGEST_SECONDS / 4
        return "killed by waiting" if is_quick else UNDECIDED
    known = {PASSED: SURVIVED, FAILED: "killed", LOOPED: "killed by a loop"}
    return known.get(run.code, "killed by an error")


if __name__ == "__main__":
    sys.exit(main())
