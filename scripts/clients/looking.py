"""What holds on every page, looked at by a browser."""
import json
import pathlib

import axe_playwright_python

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(e => {
    if (e.matches('.skip') || e.closest('p, dd, li')?.matches('p:not(.choice), dd')) return false;
    const box = e.getBoundingClientRect(); return box.width < 24 || box.height < 24 })
    .map(e => e.outerHTML.slice(0, 80))"""
FOUND = """axe.run(document, {runOnly: %s, resultTypes: ['violations']}).then(r => r.violations.map(v =>
    [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 120))]))""" % json.dumps(RULES)


def look(browser, name):
    """No page is wider than the screen, no target too small, and axe-core finds nothing, at both widths."""
    for width in (360, 1280):
        browser.width(width)
        over = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{name} at {width}: {over} px too wide"
        small = browser.evaluate(SMALL)
        assert small == [], f"{name} at {width}: targets below 24 px: {small}"
        browser.scripts(True)
        browser.evaluate(AXE + "; 1")
        found = browser.evaluate(FOUND)
        browser.scripts(False)
        assert found == [], f"{name} at {width}: {found}"
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1, f"{name}: one h1"
    assert browser.evaluate("document.documentElement.lang") == "en-GB"
    refused(browser)
    print("looked at", name)


def refused(browser):
    """What the policy refused on this page would be in the log."""
    errors = [event for event in browser.events if event.get("method") == "Log.entryAdded"
              and event["params"]["entry"].get("level") == "error"]
    assert not [event for event in errors if "Content Security" in json.dumps(event)], errors
