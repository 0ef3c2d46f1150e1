"""Puts small defects into what must not break (leases, permissions, changes, sync, lists, calls), and shows those that
no test notices:
`python -m bench.proofs.mutations [--sample N] [--seed S] [--only AREA_OR_PART_OF_A_PATH] [--seconds MOST]`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import NamedTuple

from bench.mutations.mutants import Mutant, list_mutants
from bench.mutations.reach import Reach
from bench.mutations.targets import AREAS, EQUIVALENT
from bench.mutations.trials import (
    FAILED,
    LONGEST_SECONDS,
    LOOPED,
    NOT_FOUND,
    PASSED,
    Bench,
    Copy,
    Run,
    fork_for_long,
)

KILLED, SURVIVED, UNDECIDED = "killed", "survived", "undecided"


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
        files = dict.fromkeys(file for trial in trials for file in trial.tests)
        told = os.dup(1)
        work = partial(_try_all, trials=trials, output=told, seconds=given.seconds)
        code = fork_for_long(lambda: copy.gather(files, work, traced=True))
        if code not in (PASSED, FAILED):
            print(f"the tests cannot be run:\n{copy.output()}")
        return int(code != PASSED)


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
        chosen = [module for module in modules if _is_chosen(area, module, given.only)]
        every = [Trial(area, module, mutant) for module in chosen for mutant in list_mutants(copy.read(module))]
        real = [trial for trial in every if trial.name not in EQUIVALENT]
        real.sort(key=lambda trial: sha256(f"{given.seed}{trial.name}".encode()).digest())
        areas.append(real)
        of += len(every)
    in_turn = [trial for trial in chain.from_iterable(zip_longest(*areas)) if trial is not None]
    return in_turn[: given.sample or None], of


def _is_chosen(area: str, module: str, only: str) -> bool:
    return area == only if only in AREAS else only in module


def _try_all(bench: Bench, *, trials: list[Trial], output: int, seconds: float) -> int:
    """Try them, telling how each ended."""
    reach = Reach()
    reach.add(bench.recorder.tests, {})
    files = dict.fromkeys(file for trial in trials for file in trial.tests)
    left_out = [test for file in files for test in bench.trace(file, reach)]
    began = time.monotonic()
    ends: dict[str, Counter[str]] = {area: Counter() for area in AREAS}
    with os.fdopen(output, "w", encoding="utf-8", buffering=1) as told:
        for test in left_out:
            print(f"fails without any defect, and is left out: {test}", file=told)
        for trial in trials:
            if time.monotonic() - began > seconds:
                break
            end = _try(bench, trial, reach)
            ends[trial.area][end] += 1
            by = f" (by {bench.failed()})" if end == KILLED else ""
            print(f"{end}: {trial.module} {trial.mutant.where}: {trial.mutant.what}{by}", file=told)
            if end in (SURVIVED, UNDECIDED):
                print(trial.mutant.diff(bench.copy.read(trial.module)), file=told)
        together = sum(ends.values(), Counter[str]())
        for area, counted in ((area, counted) for area, counted in ends.items() if counted):
            print(f"{area}: {_told(counted)}", file=told)
        print(f"{together.total()} mutants in {time.monotonic() - began:.0f} s: {_told(together)}", file=told)
    return FAILED if together[SURVIVED] + together[UNDECIDED] else PASSED


def _told(ends: Counter[str]) -> str:
    return ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))


def _try(bench: Bench, trial: Trial, reach: Reach) -> str:
    """How it ended. A run that lasts too long kills nothing, unless the same tests are quick without the defect."""
    tests = reach.choose(trial.module, trial.mutant.where, trial.tests)
    if not tests:
        return SURVIVED
    original = bench.copy.read(trial.module)
    bench.copy.replace(trial.module, trial.mutant.source)  # for the processes that tests start
    try:
        run = _run(bench, trial, reach, tests)
    finally:
        bench.copy.replace(trial.module, original)
    if run.code is None:
        is_quick = bench.run(tests).lasted < LONGEST_SECONDS / 4
        return "killed by waiting" if is_quick else UNDECIDED
    known = {PASSED: SURVIVED, FAILED: KILLED, LOOPED: "killed by a loop"}
    return known.get(run.code, "killed by an error")


def _run(bench: Bench, trial: Trial, reach: Reach, tests: list[str]) -> Run:
    most_work = 10 + 3 * sum(reach.work[test] for test in tests)
    if not reach.is_at_import(trial.module, trial.mutant.where):
        run = bench.run_mutated(trial.module, trial.mutant, tests, most_work)
        if run.code != NOT_FOUND:
            return run
    return bench.copy.run_anew(tests, most_work)


if __name__ == "__main__":
    sys.exit(main())
