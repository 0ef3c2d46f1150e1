"""Puts small defects into leases, permissions, changes and sync, and shows those that no test notices:
`python -m bench.proofs.mutations [--sample N] [--seed S] [--only PART_OF_A_PATH] [--seconds MOST]`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from bench.mutations.mutants import Mutant, list_mutants
from bench.mutations.targets import EQUIVALENT, TARGETS
from bench.mutations.trials import FAILED, PASSED, Copy


class Trial(NamedTuple):
    module: str
    mutant: Mutant

    @property
    def name(self) -> tuple[str, str, str]:
        return self.module, self.mutant.where, self.mutant.what


def main() -> int:
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="callmanager-mutants-") as folder:
        copy = Copy(Path(folder))
        trials, of = _sample(copy, given)
        print(f"{len(trials)} of {of} mutants, seed {given.seed}", flush=True)
        for tests in {TARGETS[trial.module] for trial in trials}:
            if copy.run(tests, 600.0) != PASSED:
                print(f"the tests fail without any defect:\n{copy.output()}")
                return 1
        return _try_all(copy, trials, given.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", default="", help="only modules with this in their path")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no more mutants after so long")
    return parser.parse_args()


def _sample(copy: Copy, given: argparse.Namespace) -> tuple[list[Trial], int]:
    """Mutants in random order, equivalent ones left out, and how many there are.

    The order hangs on their names alone, so that a change of the code leaves the rest of a sample as it was.
    """
    modules = [module for module in TARGETS if given.only in module]
    every = [Trial(module, mutant) for module in modules for mutant in list_mutants(copy.read(module))]
    real = [trial for trial in every if trial.name not in EQUIVALENT]
    real.sort(key=lambda trial: sha256(f"{given.seed}{trial.name}".encode()).digest())
    return real[: given.sample or None], len(every)


def _try_all(copy: Copy, trials: list[Trial], seconds: float) -> int:
    began = time.monotonic()
    ends: Counter[str] = Counter()
    for trial in trials:
        if time.monotonic() - began > seconds:
            break
        end = _try(copy, trial)
        ends[end] += 1
        if end == "survived":
            print(f"survived: {trial.module} {trial.mutant.where}: {trial.mutant.what}")
            print(trial.mutant.diff(copy.read(trial.module)), flush=True)
    told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    print(f"{ends.total()} mutants in {time.monotonic() - began:.0f} s: {told}")
    return int(ends["survived"] > 0)


def _try(copy: Copy, trial: Trial) -> str:
    original = copy.read(trial.module)
    copy.replace(trial.module, trial.mutant.source)
    code = copy.run(TARGETS[trial.module])
    copy.replace(trial.module, original)
    return {PASSED: "survived", FAILED: "killed", None: "killed by time"}.get(code, "killed by an error")


if __name__ == "__main__":
    sys.exit(main())
