"""A headless Chromium driven over the DevTools protocol, through a pipe, with nothing but the standard library."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE_SECONDS = 60.0
PLUG_IN = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for place, end in zip((3, 4), ends):
    os.dup2(end, place)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""A browser reads commands from descriptor 3 and writes to 4, which may be in use here."""
KEY_CODES = {
    "Tab": 9,
    "Enter": 13,
    "Space": 32,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowRight": 39,
    "ArrowDown": 40,
}


def executable() -> str | None:
    """The browser of this machine, if it has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class NavigatedError(RuntimeError):
    """The page was left while a script ran in it."""


class Chromium:
    """One browser process; `with Chromium(folder) as browser: page = browser.open(address)`."""

    def __init__(self, profile: Path) -> None:
        hear, speak = os.pipe(), os.pipe()
        options = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--remote-debugging-pipe", f"--user-data-dir={profile}"),
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", PLUG_IN, str(speak[0]), str(hear[1]), executable() or NAMES[0], *options],
            pass_fds=(speak[0], hear[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(speak[0])
        os.close(hear[1])
        self._in, self._out = hear[0], speak[1]
        self._buffer, self._number, self._context = b"", 0, ""

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def open(self, address: str, *, width: int = 900, height: int = 900, script: str = "") -> Page:
        """A page of a profile of its own, with `script` run before those of the page; the one before is closed."""
        if self._context:
            self.command("Target.disposeBrowserContext", browserContextId=self._context)
        self._context = self.command("Target.createBrowserContext")["browserContextId"]
        target = self.command("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.command("Page.enable")
        page.resize(width, height)
        if script:
            page.command("Page.addScriptToEvaluateOnNewDocument", source=script)
        page.go(address)
        return page

    def command(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._number:
                if "error" in answer:
                    said = answer["error"]["message"]
                    raise (NavigatedError if "navigated" in said else RuntimeError)(f"{method}: {said}")
                return answer["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], PATIENCE_SECONDS)[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self._in, 1 << 20)
            if not part:
                raise ConnectionError("the browser has ended")
            self._buffer += part
        first, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(first)


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser, self._session = browser, session

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.command(method, self._session, **parameters)

    def go(self, address: str) -> None:
        self.command("Page.navigate", url=address)
        self.wait(f"location.href === {json.dumps(address)} && document.readyState === 'complete'")

    def reload(self) -> None:
        self.run("window.before = true")
        self.command("Page.reload")
        self.wait("!window.before && document.readyState === 'complete'")

    def resize(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def appearance(self, scheme: str) -> None:
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def run(self, script: str) -> Any:
        """The value of an expression, or of a promise of one."""
        answer = self.command(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", script))
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true, be it on a page that this one leads to."""
        watch = f"""new Promise((resolve, reject) => {{
          const last = Date.now() + {PATIENCE_SECONDS * 500};
          const look = () => {{
            if ({condition}) resolve();
            else if (Date.now() > last) reject(new Error({json.dumps(f"never came true: {condition}")}));
            else setTimeout(look, 4);
          }};
          look();
        }})"""
        while True:
            with contextlib.suppress(NavigatedError):
                self.run(watch)
                return

    def press(self, key: str, *, shift: bool = False) -> None:
        """A key with what it types, as a keyboard would send it."""
        name = "Space" if key == " " else key
        typed = {"Enter": "\r", "Space": " "}.get(name, key if len(key) == 1 else "")
        what: dict[str, Any] = {
            "key": " " if name == "Space" else key,
            "code": name if len(name) > 1 else f"Key{key.upper()}",
            "windowsVirtualKeyCode": KEY_CODES.get(name, ord(key[0].upper())),
            "modifiers": 8 if shift else 0,
        }
        self.command("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", text=typed, **what)
        self.command("Input.dispatchKeyEvent", type="keyUp", **what)

    def click(self, selector: str) -> None:
        """The mouse on the middle of an element."""
        x, y = self.run(
            f"(() => {{ const at = document.querySelector({json.dumps(selector)});"
            "at.scrollIntoView({block: 'center'}); const box = at.getBoundingClientRect(); "
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path: Path) -> None:
        import base64

        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))
