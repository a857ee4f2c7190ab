"""Serve the built site on this machine alone."""

import errno
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"


class Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        # A page seen before the last build must not come back from the browser's memory.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        """Readers of the terminal want the address, not a line per file."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for this folder; port 0 takes any free one."""
    return ThreadingHTTPServer((HOST, port), partial(Handler, directory=str(folder)))


def refuse(port: str, reason: str) -> int:
    print(f"无法使用端口 {port}：{reason}。请换一个：make serve PORT=8001", file=sys.stderr)
    return 1


def main(folder: str, port: str) -> int:
    if not (port.isdecimal() and int(port) <= 65535):
        return refuse(port, "应为 0 到 65535 的整数")
    try:
        running = server(Path(folder), int(port))
    except OSError as problem:
        taken = problem.errno == errno.EADDRINUSE
        return refuse(port, "已被别的程序占用" if taken else str(problem))
    print(f"手册已在 http://{HOST}:{running.server_port}/ 打开，按 Ctrl+C 停止。", flush=True)
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
