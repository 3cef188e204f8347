"""Firefox without a network, through WebDriver BiDi, which it speaks itself: no other program has to be installed."""

import json
import shutil
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from selenium.webdriver.remote.websocket_connection import WebSocketConnection

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
PREFERENCES = {
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9, "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False, "ui.prefersReducedMotion": 1,
}  # fmt: skip
SECONDS = 60
# Where an element is, in the middle of the window, as soon as the page has stopped to move.
PLACE = """async (selector) => {
    const element = document.querySelector(selector);
    const read = () => (({left, top, width, height}) => [left, top, width, height])(element.getBoundingClientRect());
    for (let still = 0, before = []; still < 5; ) {
        element.scrollIntoView({block: "center", behavior: "instant"});
        await new Promise(requestAnimationFrame);
        still = String(read()) === String(before) ? still + 1 : 0;
        before = read();
    }
    return read();
}"""
EVENTS = ["log.entryAdded", "network.beforeRequestSent"]


class Firefox:
    """One window; `log` and `requests` are what its pages wrote on the console, and asked for, so far."""

    def __init__(self, profile: Path) -> None:
        if PROGRAM is None:
            pytest.skip("firefox-esr is not installed: the page was not opened in Firefox")
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        profile.mkdir()
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [PROGRAM, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"ws://127.0.0.1:{self.read_port(profile / 'WebDriverBiDiServer.json')}/session"
        self.connection = WebSocketConnection(address, SECONDS, 0.01)  # type: ignore[no-untyped-call]
        self.log: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.listen("log.entryAdded", self.log.append)
        self.listen("network.beforeRequestSent", lambda event: self.requests.append(event["request"]["url"]))
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=EVENTS)
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.send("browsingContext.setViewport", context=self.context, viewport={"width": 1600, "height": 1200})

    def read_port(self, path: Path) -> int:
        """The port that Firefox writes into its profile as soon as it listens."""
        deadline = time.monotonic() + SECONDS
        while not path.is_file() or not (text := path.read_text(encoding="utf-8")):
            assert self.process.poll() is None and time.monotonic() < deadline, "Firefox does not start"  # noqa: PT018
            time.sleep(0.05)
        return int(json.loads(text)["ws_port"])

    def listen(self, event: str, answer: Any) -> None:
        kind = SimpleNamespace(event_class=event, from_json=lambda params: params)
        self.connection.add_callback(kind, answer)  # type: ignore[no-untyped-call]

    def send(self, method: str, **params: Any) -> Any:
        """A command of WebDriver BiDi; its result."""
        reply = self.connection.send_cmd(method, params)  # type: ignore[no-untyped-call]
        assert "result" in reply, reply
        return reply["result"]

    def open(self, address: str) -> None:
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def run(self, expression: str) -> Any:
        """What a JavaScript expression gives, promises awaited, as far as JSON carries it."""
        code = f"(async () => JSON.stringify(await ({expression}) ?? null))()"
        found = self.send(
            "script.evaluate", expression=code, target={"context": self.context}, awaitPromise=True,
            userActivation=True,
        )  # fmt: skip
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    def act(self, kind: str, actions: list[dict[str, Any]], **parameters: Any) -> None:
        source = {"type": kind, "id": kind, "actions": actions, **parameters}
        self.send("input.performActions", context=self.context, actions=[source])

    def press(self, *keys: str) -> None:
        """Press keys one after the other, wherever the focus is."""
        steps = [{"type": f"key{way}", "value": key} for text in keys for key in text for way in ("Down", "Up")]
        self.act("key", steps)

    def drag(self, selector: str, *shares: tuple[float, float]) -> None:
        """Press the mouse at a place of an element, in shares of its width and height, go on to others and let go."""
        box = self.run(f"({PLACE})({json.dumps(selector)})")
        places = [(round(box[0] + x * box[2]), round(box[1] + y * box[3])) for x, y in shares]
        steps: list[dict[str, Any]] = [{"type": "pointerMove", "x": x, "y": y} for x, y in places]
        down, up = ({"type": f"pointer{way}", "button": 0} for way in ("Down", "Up"))
        self.act("pointer", [steps[0], down, *steps[1:], up])

    def click(self, selector: str) -> None:
        self.drag(selector, (0.5, 0.5))

    def close(self) -> None:
        self.connection.close()  # type: ignore[no-untyped-call]
        self.process.terminate()
        self.process.wait(SECONDS)
