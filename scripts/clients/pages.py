"""Uses the pages as people do: in a browser without scripts, by keyboard, on a telephone and on a desk.

Reads {"base", "recipient", "prison"} (an address and two tokens) as JSON from standard input;
prints one line a check, ends 1 at the first that fails.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # `python -I` leaves it out
from chromium import Browser  # noqa: E402
from looking import look  # noqa: E402


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
    print("done")


main()
