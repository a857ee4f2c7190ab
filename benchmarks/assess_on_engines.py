"""The command on PostgreSQL or Spark, with the server counted in.

python -m benchmarks.assess_on_engines postgres|spark DEFINITIONS DATA OUTPUT ; DATA: the folder of
a loaded database, or of Parquet files. Every process that the server leaves behind is waited for
here, so that whoever waits for this process has the CPU and memory of all.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from tools import servers

PR_SET_CHILD_SUBREAPER = 36
MEMORY = "-cwork_mem=256MB"
"""what a query may take before it writes to disk; the 4 MB that it comes with are for the web"""


def main(engine: str, definitions: str, data: str, output: str) -> int:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    command = [sys.executable, "-m", "targets", "assess", "--definitions", definitions,
               "--format", "csv", "-o", output, "--engine", engine]
    if engine == "postgres":
        with servers.postgres(Path(data)) as server:
            done = subprocess.run([*command, "--dsn-env", "BENCH_DSN"],
                                  env=os.environ | {"BENCH_DSN": server.dsn(options=MEMORY)})
    else:
        with servers.spark(memory=2) as cluster:
            done = subprocess.run([*command, "--master", cluster.master, "--data", data])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
