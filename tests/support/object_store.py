"""An S3-compatible server in a process of its own, on loopback, with faults on request."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress

import pytest
from pyarrow import fs

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def server():
    """Its port; it knows any key, and forgets all when it ends."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **KEYS}
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server has died"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def serving(bucket: str):
    """The port of a server with a bucket, to which this process has the keys meanwhile."""
    with pytest.MonkeyPatch.context() as patch, server() as port:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        make_bucket(port, bucket)
        yield port


def make_bucket(port: int, name: str) -> None:
    connection = fs.S3FileSystem(
        access_key="test",
        secret_key="test",  # noqa: S106
        region="us-east-1",
        scheme="http",
        endpoint_override=f"127.0.0.1:{port}",
        allow_bucket_creation=True,
    )
    connection.create_dir(name)


def url(port: int, bucket: str, prefix: str) -> str:
    return f"s3://{bucket}/{prefix}?endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"


class Gate:
    """A loopback port before another: passes bytes on, answers with an error of S3's, or cuts every connection.

    `throttle` is how many of the next requests are answered with 503 SlowDown; while `cut` is set nothing gets through;
    what is asked arrives `delay` seconds late.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.throttle = 0
        self.throttled = 0
        self.delay = 0.0
        self.refused = 0
        self.cut = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client:
            if self.cut.is_set():
                self.refused += 1
                return
            if self.throttle > 0:
                self.throttle -= 1
                self.throttled += 1
                self._slow_down(client)
                return
            with socket.create_connection(("127.0.0.1", self._behind)) as server:
                back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
                back.start()
                self._copy(client, server, delayed=True)
                back.join()

    def _copy(self, source: socket.socket, target: socket.socket, *, delayed: bool = False) -> None:
        with suppress(OSError):
            while not self.cut.is_set() and (content := source.recv(1 << 16)):
                time.sleep(self.delay if delayed else 0.0)
                target.sendall(content)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _slow_down(client: socket.socket) -> None:
        body = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
        head = f"HTTP/1.1 503 Slow Down\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        with suppress(OSError):
            client.recv(1 << 16)
            client.sendall(head.encode() + body)
