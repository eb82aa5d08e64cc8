"""What is asked of an S3-compatible server: its requests noted, refused or broken off by key, and objects put there."""

import http.client
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

SOMEBODY = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
"""Else nobody could write what nobody wrote before."""
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


def put(port: int, bucket: str, key: str, content: bytes) -> None:
    """Make an object under any key, also one that Arrow would not make."""
    _ask(port, "PUT", f"/{bucket}/{quote(key)}", content)


def put_folder(port: int, bucket: str, prefix: str, folder) -> None:
    """Every file below a folder, under the same way from the prefix."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            put(port, bucket, f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def remove(port: int, bucket: str, key: str) -> None:
    _ask(port, "DELETE", f"/{bucket}/{quote(key)}")


def _ask(port, method, target, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, target, body, {"Authorization": SOMEBODY})
    answer = connection.getresponse()
    assert answer.status in (200, 204), (method, target, answer.status, answer.read())
    connection.close()


class Desk:
    """Stands before a server on a port of its own.

    Attributes
    ----------
    asked
        How often each method was asked for, listings as `LIST`, and each method of each key.
    prefixes
        What was listed.
    denied
        Endings of keys that may not be had; `""` refuses everything, listings too.
    refused
        Methods that may not be used.
    broken
        Ending of a key → how many of its next answers end in the middle of their body.
    """

    def __init__(self, behind: int) -> None:
        self.asked = Counter()
        self.prefixes = []
        self.denied = ()
        self.refused = ()
        self.broken = {}
        desk, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                url = urlsplit(self.path)
                key = unquote(url.path).lstrip("/")
                options = parse_qs(url.query)
                kind = "LIST" if "list-type" in options else self.command
                with lock:
                    desk.asked.update([kind, (kind, key)])
                    desk.prefixes += options.get("prefix", [])
                if self.command in desk.refused or any(key.endswith(ending) for ending in desk.denied):
                    self.reply(403, [("Content-Type", "application/xml")], DENIED)
                    return
                connection = http.client.HTTPConnection("127.0.0.1", behind, timeout=30)
                try:
                    connection.request(self.command, self.path, body, dict(self.headers))
                    answer = connection.getresponse()
                    content = answer.read()
                finally:
                    connection.close()
                kept = [pair for pair in answer.getheaders() if pair[0].lower() not in ("connection", "server", "date")]
                self.reply(answer.status, kept, content, breaks=self.command == "GET" and desk.breaks(key))

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815

            def reply(self, status, headers, content, breaks=False):
                self.send_response(status)
                named = {name.lower() for name, _ in headers}
                for name, value in headers:
                    self.send_header(name, value)
                if "content-length" not in named:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content[: len(content) // 2] if breaks else content)
                self.close_connection = breaks

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def breaks(self, key: str) -> bool:
        for ending, times in self.broken.items():
            if times and key.endswith(ending):
                self.broken[ending] -= 1
                return True
        return False

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def desk(port: int):
    """A desk before the server on a port."""
    opened = Desk(port)
    try:
        yield opened
    finally:
        opened.close()
