"""Uses the pages as people do: in a browser without scripts, by keyboard, on a telephone and on a desk.

Reads {"base", "recipient", "prison"} (an address and two tokens) as JSON from standard input;
prints one line a check, ends 1 at the first that fails.
"""
import json
import pathlib
import sys

import axe_playwright_python
sys.path.insert(0, str(pathlib.Path(__file__).parent))  # `python -I` leaves it out
from chromium import Browser  # noqa: E402

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(e => {
    if (e.matches('.skip') || e.closest('p, dd, li')?.matches('p:not(.choice), dd')) return false;
    const box = e.getBoundingClientRect(); return box.width < 24 || box.height < 24 })
    .map(e => e.outerHTML.slice(0, 80))"""


def look(browser, name):
    """What holds on every page, at both widths."""
    for width in (360, 1280):
        browser.width(width)
        over = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{name} at {width}: {over} px too wide"
        assert browser.evaluate(SMALL) == [], f"{name} at {width}: targets below 24 px: {browser.evaluate(SMALL)}"
        browser.scripts(True)
        browser.evaluate(AXE + "; 1")
        found = browser.evaluate(
            "axe.run(document, {runOnly: %s, resultTypes: ['violations']}).then(r => r.violations.map(v =>"
            " [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 120))]))" % json.dumps(RULES))
        browser.scripts(False)
        assert found == [], f"{name} at {width}: {found}"
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1, f"{name}: one h1"
    assert browser.evaluate("document.documentElement.lang") == "en-GB"
    print("looked at", name)


def sign_in(browser, base, path, token):
    browser.call("Network.clearBrowserCookies")
    browser.open(base + path)
    assert "Sign in" in browser.text()
    browser.key("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip", "the first stop is the skip link"
    browser.tab_to("#token")
    browser.type(token)
    browser.enter()


def recipient(browser, base, token):
    browser.open(base + "/inbox")
    look(browser, "the sign-in page")
    browser.tab_to("#token")
    browser.type("tg_wrong")
    browser.enter()
    assert "There is a problem" in browser.text()
    look(browser, "a wrong token")
    sign_in(browser, base, "/inbox", token)
    assert "for an answer" in browser.text(), browser.text()
    look(browser, "the inbox")
    browser.tab_to("main .cards a")
    browser.enter()
    look(browser, "a handover")
    browser.tab_to("form[action$=acknowledgement] button")
    browser.enter()
    assert "Choose whether you accept this person" in browser.text()
    look(browser, "a form with a mistake")
    browser.tab_to(".errors a")
    browser.key("Enter", "\r")
    browser.tab_to("#decision-ACCEPTED")
    browser.key(" ", " ")
    browser.tab_to("form[action$=acknowledgement] button")
    browser.enter()
    assert "You accepted this person" in browser.text(), browser.text()
    browser.tab_to("#outcome-CONTACTED")
    browser.key(" ", " ")
    browser.tab_to("[name=kmReinforced]")
    browser.key(" ", " ")
    browser.tab_to("form[action$=engagement] button")
    browser.enter()
    assert "Recorded" in browser.text()
    look(browser, "a handover that was answered")
    browser.open(base + "/inbox/tasks")
    look(browser, "tasks")
    browser.open(base + "/inbox/nothing-here")
    look(browser, "a problem")
    browser.tab_to("header .plain")
    browser.enter()
    assert "Sign in" in browser.text()


def prison(browser, base, token):
    sign_in(browser, base, "/gate", token)
    look(browser, "the gate page")
    browser.tab_to("#kit")
    browser.type("NO-SUCH-KIT")
    browser.enter()
    assert "There is a problem" in browser.text()
    look(browser, "an unknown kit")
    browser.tab_to("#noms")
    browser.type("Z1234BC")
    browser.enter()
    assert "Kit NO-SUCH-KIT was recorded" in browser.text(), browser.text()
    look(browser, "a kit that was collected")
    browser.open(base + "/gate")
    assert "was recorded" not in browser.text()


def main():
    words = json.load(sys.stdin)
    with Browser() as browser:
        browser.scripts(False)
        recipient(browser, words["base"], words["recipient"])
        prison(browser, words["base"], words["prison"])
        # What the policy refused would be in the log.
        refused = [event for event in browser.events if event.get("method") == "Log.entryAdded"
                   and event["params"]["entry"].get("level") == "error"]
        assert not [event for event in refused if "Content Security" in json.dumps(event)], refused
    print("done")


main()
