"""Run apart: intakes that are killed at one step on the disk after another.

Prints, for each, whether the dataset is then the old or the new one.
"""

import os
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from targets.branchdata.intake import store
from targets.problems import Code, Problems
from tests.branchdata.intake.counter import JUNE, Counter, definitions, shop

STEPS = ("replace", "link", "fsync", "mkdir")


def rows(counter: Counter) -> str:
    found = [(unit, name) for unit, name, _ in counter.rows()]
    states = {"old": [("0101", "甲"), ("0102", "丙")], "new": [("0101", "乙"), ("0102", "丁")]}
    return next(state for state, wanted in states.items() if found == wanted)


def child(work) -> int:
    """What a child process ends with. It is forked before any engine has a thread."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            code = work()
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            code = 70
        os._exit(code or 0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(step: int) -> None:
    done = 0

    def counted(real):
        def call(*args, **more):
            nonlocal done
            if done == step:
                os._exit(9)
            done += 1
            return real(*args, **more)
        return call

    for name in STEPS:
        setattr(os, name, counted(getattr(os, name)))


def main(folder: Path, full: bool) -> None:
    bank = definitions(folder / "definitions")

    def counter(number: int) -> Counter:
        home = folder / str(number)
        home.mkdir(exist_ok=True)
        return Counter(bank, home)

    def start(c: Counter) -> None:
        c.take(c.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0102", "丙")]))

    def go_on(c: Counter) -> None:
        c.take(c.file("b.csv", [shop(JUNE, "0101", "乙"), shop(JUNE, "0102", "丁")]))

    def tell(c: Counter) -> int:
        print(rows(c), flush=True)
        return 0

    if full:
        c = counter(0)
        assert child(lambda: start(c)) == 0

        def without_room() -> int:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
            try:
                go_on(c)
            except Problems as found:
                print(*(p.code.value for p in found.problems), flush=True)
                return 0 if not list(c.dataset.glob(f"{store.STAGE}*")) else 3
            return 4

        c.file("b.csv", [shop(JUNE, "0101", "乙"), shop(JUNE, "0102", "丁")])
        c.file = lambda *args, real=c.file: _kept(c, real, *args)
        assert child(without_room) == 0
        assert child(lambda: tell(c)) == 0
        return
    for step in range(100):
        c = counter(step)
        assert child(lambda c=c: start(c)) == 0

        def killed(c=c, step=step) -> None:
            killed_at(step)
            go_on(c)

        ended = child(killed)
        assert ended in (0, 9), ended
        assert child(lambda c=c: tell(c)) == 0
        # The next intake clears away what is left, and comes to the same end.
        assert child(lambda c=c: go_on(c)) == 0
        assert not list(c.dataset.glob(f"{store.STAGE}*"))

        def same(c=c) -> int:
            told = rows(c) == "new" and not c.open().warnings
            parts = len(list(c.dataset.rglob("*.parquet")))
            return 0 if told and parts == 4 else 5

        assert child(same) == 0
        if ended == 0:
            return
    raise AssertionError(Code.CANNOT_WRITE)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "full" in sys.argv[2:])
