"""Run apart: intakes that are killed at one step on the disk after another.

Prints, for each, whether the dataset is then the old or the new one. `full`: nothing can be
written any more. `both`: two intakes at once.
"""

import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import pyarrow.parquet as pq

from targets.branchdata.intake import receipts, store
from targets.problems import Problems
from tests.branchdata.intake.counter import JUNE, Counter, definitions, shop

STEPS = ("replace", "link", "fsync")
STATES = {"old": {("0101", "甲"), ("0102", "丙")}, "new": {("0101", "乙"), ("0102", "丁")}}


def state(dataset: Path) -> str:
    """What the ledger says counts; read without an engine, so that forking stays safe."""
    rows = {
        (row["unit_code"], row["shop"])
        for part in receipts.parts(dataset)["shops"]
        for row in pq.read_table(part, partitioning=None, use_threads=False).to_pylist()
    }
    return next(name for name, wanted in STATES.items() if rows == wanted)


def child(work: Callable[[], object]) -> int:
    """What a child process ends with."""
    return os.waitstatus_to_exitcode(os.waitpid(fork(work), 0)[1])


def fork(work: Callable[[], object]) -> int:
    """A process that does some work; it is forked before any engine has a thread."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            work()
            code = 0
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            code = 70
        os._exit(code)
    return pid


def kill_at(step: int) -> None:
    """End this process, without a word, just before its so-manieth step on the disk."""
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


def main(folder: Path, how: str) -> None:
    c = Counter(definitions(folder / "definitions"), folder)
    old = c.file("a.csv", [shop(JUNE, "0101", "甲"), shop(JUNE, "0102", "丙")])
    new = c.file("b.csv", [shop(JUNE, "0101", "乙"), shop(JUNE, "0102", "丁")])
    assert child(lambda: c.take(old)) == 0
    if how == "both":
        pids = [fork(lambda name=name: c.take(c.file(f"{name}.csv", [shop(JUNE, "0201", name)]),
                                              add=True)) for name in ("子", "丑", "寅")]
        assert [os.waitpid(pid, 0)[1] for pid in pids] == [0, 0, 0]
        print(*sorted(r.file for r in receipts.read(c.dataset)))
        return
    if how == "full":
        print(without_room(c, new), flush=True)
        print(state(c.dataset))
        return
    before = c.dataset
    for step in range(100):
        c.dataset = folder / f"第{step}次"
        shutil.copytree(before, c.dataset)

        def killed(step=step) -> None:
            kill_at(step)
            c.take(new)

        ended = child(killed)
        assert ended in (0, 9), ended
        print(state(c.dataset), flush=True)
        if step % 8 == 0 or ended == 0:
            # The next intake clears away what is left, and comes to the same end.
            assert child(lambda: c.take(new)) == 0
            assert state(c.dataset) == "new"
            assert not list(c.dataset.glob(f"{store.STAGE}*"))
            assert len(list(c.dataset.rglob("*.parquet"))) == 4
            assert child(lambda: c.open().warnings and 1 / 0) == 0
        if ended == 0:
            return
    raise AssertionError("it never came to its end")


def without_room(c: Counter, new) -> str:
    """The code of the problem when no file may grow beyond a few bytes."""
    reader, writer = os.pipe()

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            c.take(new)
        except Problems as found:
            os.write(writer, " ".join(p.code.value for p in found.problems).encode())

    assert child(work) == 0
    os.close(writer)
    assert not list(c.dataset.glob(f"{store.STAGE}*"))
    return os.read(reader, 100).decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
