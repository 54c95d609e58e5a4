"""Pictures of the pages for the documentation.

usage: screenshots.py BASE_URL FOLDER < three lines: a recipient's token, a prison's, an operator's
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # `python -I` leaves it out
from chromium import Browser  # noqa: E402

base, folder = sys.argv[1:3]
recipient, prison, operator = sys.stdin.read().split()


def sign_in(browser, path, token):
    browser.call("Network.clearBrowserCookies")
    browser.open(base + "/sign-in?next=" + path)
    browser.tab_to("#token")
    browser.type(token)
    browser.enter()


def shoot(browser, name, width, height_max):
    browser.width(width)
    # A picture shows no focus.
    browser.evaluate("document.activeElement.blur()")
    browser.shot(f"{folder}/{name}.png", height_max)


with Browser() as browser:
    browser.scripts(False)
    sign_in(browser, "/inbox", recipient)
    shoot(browser, "inbox", 1280, 1000)
    browser.tab_to("main .cards a")
    browser.enter()
    shoot(browser, "handover-telephone", 360, 1500)
    shoot(browser, "handover", 1280, 1000)
    sign_in(browser, "/gate", prison)
    shoot(browser, "gate", 1280, 560)
    sign_in(browser, "/", operator)
    shoot(browser, "now", 1280, 860)
    shoot(browser, "now-telephone", 360, 1500)
    for name, height in [("lag", 1000), ("tasks", 1000)]:
        browser.open(f"{base}/{name}")
        shoot(browser, name, 1280, height)
