"""The part of Google's object service that is needed to read: a folder as a bucket, in a process of its own.

The client holds the interpreter's lock while it waits for some answers, so a thread could not give them.
"""

import json
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


def url(port: int, prefix: str) -> str:
    return f"gs://anonymous@music/{prefix}?endpoint_override=127.0.0.1:{port}&scheme=http"


@contextmanager
def server(folder: Path):
    """Its port; every bucket holds the files of the folder, of which those called `denied…` may not be had."""
    with subprocess.Popen([sys.executable, __file__, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())
        try:
            yield port
        finally:
            process.kill()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()

    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = urlsplit(self.path)
        options = parse_qs(asked.query)
        _, is_object, key = asked.path.partition("/o/")
        if is_object:
            self._object(unquote(key), is_read=options.get("alt") == ["media"])
            return
        if not asked.path.endswith("/o"):
            self._reply(200, {"kind": "storage#bucket", "name": "music"})
            return
        keys = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
        found = [self._about(key) for key in keys if key.startswith(options.get("prefix", [""])[0])]
        self._reply(200, {"kind": "storage#objects", "items": found})

    def _object(self, key: str, *, is_read: bool):
        path = self.folder / key
        if path.name.startswith("denied"):
            self._reply(403, {"error": {"code": 403, "message": "not for you"}})
        elif not path.is_file():
            self._reply(404, {"error": {"code": 404, "message": "none"}})
        else:
            self._reply(200, path.read_bytes() if is_read else self._about(key))

    def _about(self, key: str):
        size = (self.folder / key).stat().st_size
        return {"kind": "storage#object", "name": key, "bucket": "music", "size": str(size), "generation": "1"}

    def _reply(self, status: int, body):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[1])
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{listener.server_address[1]}\n")
    sys.stdout.flush()
    listener.serve_forever()
