"""A publisher on this machine: a server whose files, faults and visitors are plain attributes."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40


@dataclass
class Publisher:
    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    breaks_off: bool = False
    stalls: bool = False
    """Whether it sends one half and then nothing, until the server is closed."""
    begins_in_the_middle: bool = False
    """Whether it heeds `Range`."""
    gets: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    """The `Range` of each GET, empty where there was none."""
    closed: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    here: Publisher

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.here.gets.append(self.path)
        self.here.ranges.append(self.headers.get("Range", ""))
        self.answer(with_body=True)

    def answer(self, with_body):
        whole = self.here.files.get(self.path, b"")
        status, body = self.part(whole)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(whole).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            self.wfile.write(body[: len(body) // 2] if self.here.breaks_off or self.here.stalls else body)
        if with_body and self.here.stalls:
            self.here.closed.wait(30)

    def part(self, whole):
        """The status, and the bytes that were asked for."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if self.path not in self.here.files:
            return 404, b""
        if asked is None or not self.here.begins_in_the_middle or self.here.status != 200:
            return self.here.status, whole
        rest = whole[int(asked[1]) :]
        return (206, rest) if rest else (416, b"")

    def log_message(self, *_):
        pass


@contextmanager
def published() -> Iterator[Publisher]:
    """A server on the loopback interface, for as long as the block runs."""
    handler = type("Handler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.here = Publisher(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield handler.here
    handler.here.closed.set()
    server.shutdown()
    server.server_close()
