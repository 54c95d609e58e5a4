"""Uses the operators' pages as they do at night: by keyboard, with scripts and without, on a telephone and on a desk.

Reads {"base", "operator", "viewer", "person", "secret"} (an address, two tokens, a number and a content that nobody may
see by accident) as JSON from standard input; prints one line a check, ends 1 at the first that fails.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # `python -I` leaves it out
from chromium import Browser  # noqa: E402
from looking import look  # noqa: E402

PAGES = ["/", "/people-at-risk", "/tasks", "/rejected", "/lag", "/worklist", "/governor", "/flow", "/audit"]
OUTLINE = "[...document.querySelectorAll('h1, h2, th, label, nav a')].map(e => e.innerText).join('|')"
FIRST = """(() => { const h = document.querySelector('main h2'), n = document.querySelector('.figures strong');
    return [h.innerText, h.getBoundingClientRect().bottom, n.innerText, n.getBoundingClientRect().bottom] })()"""
CANARY = """[...document.querySelectorAll('main dt')].filter(e => e.innerText === 'Canary')
    .map(e => e.nextElementSibling.innerText).join('|')"""


def passer_by(browser, words):
    """Counts, no person, and a way to sign in that leads back."""
    browser.call("Network.clearBrowserCookies")
    browser.open(words["base"] + "/")
    assert words["person"] not in browser.text()
    look(browser, "/ without a sign-in")
    browser.open(words["base"] + "/")
    browser.key("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip", "the first stop is the skip link"
    browser.key("Enter", "\r")
    assert browser.evaluate("location.hash") == "#main"
    browser.key("Tab")
    assert browser.evaluate("!!document.activeElement.closest('main')"), "the skip link leads into the page"
    browser.open(words["base"] + "/tasks")
    browser.tab_to("header .enter")
    browser.enter()
    sign_in(browser, words["operator"])
    assert browser.evaluate("location.pathname") == "/tasks", "back where the link stood"


def sign_in(browser, token):
    browser.tab_to("#token")
    browser.type(token)
    browser.enter()


def every_page(browser, words):
    for page in PAGES:
        browser.scripts(True)
        browser.open(words["base"] + page)
        outline = browser.evaluate(OUTLINE)
        browser.scripts(False)
        browser.open(words["base"] + page)
        assert browser.evaluate(OUTLINE) == outline, f"{page} is another without scripts"
        look(browser, page)
    for width in (360, 1280):
        browser.width(width)
        browser.open(words["base"] + "/")
        heading, bottom, count, end = browser.evaluate(FIRST)
        assert heading == "People at risk" and bottom < 400, (width, heading, bottom)
        assert int(count) >= 1 and end < 800, f"at {width} the number of people is at {end}, below the first screen"
        row = browser.evaluate(CANARY)
        assert "missed" in row and "is recorded and not published yet" in row, row


def by_keyboard(browser, words):
    """The stops of a page in the order in which they stand: nothing jumps back."""
    for page in PAGES:
        browser.open(words["base"] + page)
        places = []
        for _ in range(14):
            browser.key("Tab")
            place = browser.evaluate(
                "(() => { const e = document.activeElement; return [...document.querySelectorAll('*')].indexOf(e) })()")
            if places and place < places[-1]:
                break  # The last stop was passed.
            places.append(place)
        assert len(places) >= 9 and places == sorted(places), (page, places)


def rejected(browser, words):
    base = words["base"]
    browser.open(base + "/rejected")
    browser.tab_to("main .cards a")
    browser.enter()
    assert words["secret"] not in browser.text()
    look(browser, "a rejected record")
    browser.tab_to("#because-body")
    browser.type("call 4711")
    browser.enter()
    assert words["secret"] in browser.text(), browser.text()
    look(browser, "its content")
    browser.tab_to("#because-discard")
    browser.type("a test of the sender")
    browser.enter()
    assert "Nothing was changed yet" in browser.text(), browser.text()
    look(browser, "before discarding")
    browser.tab_to("main form button")
    browser.enter()
    assert "Discarded" in browser.text(), browser.text()
    browser.open(base + "/rejected?reason=UNKNOWN_CODE")
    browser.tab_to("#because")
    browser.type("the code was imported")
    browser.enter()
    assert "Nothing was sent yet. 1 would be" in browser.text(), browser.text()
    look(browser, "before sending again")
    browser.tab_to("main form button")
    browser.enter()
    assert "1 sent again" in browser.text(), browser.text()
    look(browser, "what was sent again")


def tasks(browser, words):
    browser.open(words["base"] + "/tasks")
    browser.tab_to("main .cards a")
    browser.enter()
    look(browser, "a task")
    for field, text in [("#provider", "nobody"), ("#reason", "nearest"), ("#approver", "ROUTING/7f2")]:
        browser.tab_to(field)
        browser.type(text)
    browser.enter()
    assert "No provider has this id" in browser.text(), browser.text()
    look(browser, "a task with a mistake")
    browser.tab_to(".errors a")
    browser.key("Enter", "\r")
    assert browser.evaluate("location.hash") == "#provider", "the mistake leads to its field"
    browser.tab_to("#by")
    browser.type("THN_LEAD/7f2")
    browser.enter()
    assert "The task closes" in browser.text(), browser.text()


def reports(browser, words):
    browser.open(words["base"] + "/worklist")
    browser.tab_to("#prison")
    browser.type("M")
    browser.key("ArrowDown")
    browser.key("ArrowDown")
    browser.tab_to("main form button")
    browser.enter()
    assert "Worklist, MDI" in browser.text(), browser.text()
    look(browser, "a prison's worklist")
    browser.open(words["base"] + "/lag?live=1")
    look(browser, "a page that renews itself")
    browser.open(words["base"] + "/audit")
    for word in ("BODY_VIEW", "DISCARD", "REDRIVE", "TASK_RESOLVE"):
        assert word in browser.text(), word
    look(browser, "the audit of all that")


def viewer(browser, words):
    """Whoever may look only is offered no form beside filters, and no content."""
    browser.tab_to("header .plain")
    browser.enter()
    sign_in(browser, words["viewer"])
    browser.open(words["base"] + "/rejected?state=DISCARDED")
    browser.tab_to("main .cards a")
    browser.enter()
    assert words["secret"] not in browser.text()
    assert browser.evaluate("document.querySelectorAll('main form').length") == 0
    look(browser, "a record for whoever may look only")


def main():
    words = json.load(sys.stdin)
    with Browser() as browser:
        browser.scripts(False)
        for walk in (passer_by, every_page, by_keyboard, rejected, tasks, reports, viewer):
            walk(browser, words)
    print("done")


main()
