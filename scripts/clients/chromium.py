"""A browser driven by its DevTools protocol: Debian's Chromium, a profile that is thrown away, no network but ours."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

PATIENCE = 20


class Browser:
    """One page in one browser. Use as a context; the browser ends with it."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="throughgate-chromium-")
        self.process = subprocess.Popen(
            [shutil.which("chromium") or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-extensions", "--remote-debugging-port=0",
             "--remote-allow-origins=*", "--force-color-profile=srgb", f"--user-data-dir={self.profile}",
             "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "LANG": "en_GB.UTF-8"})
        self.count = 0
        self.events = []
        self.socket = websocket.create_connection(self._page(), timeout=PATIENCE, suppress_origin=True)
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except Exception:
            pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _page(self):
        def found():
            with open(os.path.join(self.profile, "DevToolsActivePort")) as file:
                port = int(file.readline())
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                pages = [page for page in json.load(answer) if page["type"] == "page"]
            return pages[0]["webSocketDebuggerUrl"]
        return self.until(found, "the browser did not start")

    def until(self, condition, problem):
        """What the condition gives as soon as it is true; it may fail meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                value = condition()
                if value:
                    return value
            except (OSError, ValueError, IndexError):
                pass
            time.sleep(0.02)
        raise AssertionError(problem)

    def call(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.count:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self.events.append(message)

    def evaluate(self, text):
        answer = self.call("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def width(self, pixels):
        self.call("Emulation.setDeviceMetricsOverride", width=pixels, height=800, deviceScaleFactor=1,
                  mobile=pixels < 600)

    def scripts(self, are_allowed):
        """Whether the pages themselves may run scripts; what this client evaluates runs all the same."""
        self.call("Emulation.setScriptExecutionDisabled", value=not are_allowed)

    def open(self, url):
        self.mark()
        self.call("Page.navigate", url=url)
        self.loaded()

    def mark(self):
        self.events.clear()

    def loaded(self):
        """Waits for the page that was asked for after `mark`."""
        def has_loaded():
            # An answer brings the events that came before it.
            self.call("Runtime.evaluate", expression="1")
            return any(event.get("method") == "Page.loadEventFired" for event in self.events)
        self.until(has_loaded, "the page did not load")

    def key(self, name, text=None):
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40}
        more = {"key": name, "windowsVirtualKeyCode": codes[name], "code": "Space" if name == " " else name}
        if text:
            more["text"] = text
        self.call("Input.dispatchKeyEvent", type="keyDown", **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", **more)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def tab_to(self, selector, stops_max=80):
        """Presses Tab until the focus is there; every stop on the way must show that it has the focus."""
        for _ in range(stops_max):
            self.key("Tab")
            found = self.evaluate(
                "(() => { const e = document.activeElement, s = getComputedStyle(e);"
                f"return [e.matches({json.dumps(selector)}), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth)"
                " >= 2, e.outerHTML.slice(0, 80)] })()")
            assert found[1], f"no focus to be seen on {found[2]}"
            if found[0]:
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    def enter(self):
        """Enter on what has the focus, and the page that it leads to."""
        self.mark()
        self.key("Enter", "\r")
        self.loaded()

    def text(self):
        return self.evaluate("document.body.innerText")

    def shot(self, path, height_max=2400):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], height_max), "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
