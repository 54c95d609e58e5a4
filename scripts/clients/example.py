"""Runs a program of Subscribing.md as it stands there.

usage: example.py DOCUMENT NAME LINES [ARGUMENT...]

Takes the block that begins with `# NAME` out of the document, refuses more than thirty lines, and runs it until it has
printed LINES lines, which this prints too; 0 LINES lets it end by itself. What it needs it takes from the environment.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import threading


def extracted(document, name):
    """The program of that name, as it stands in the document."""
    text = pathlib.Path(document).read_text(encoding="utf-8")
    found = [body for title, body in re.findall(r"^```python\n# (\S+)\n(.*?)^```", text, re.M | re.S) if title == name]
    if len(found) != 1:
        sys.exit(f"{document} has {len(found)} programs named {name}")
    lines = sum(1 for line in found[0].splitlines() if line.strip())
    if lines > 30:
        sys.exit(f"{name} has {lines} lines; thirty are promised")
    return found[0]


def main():
    document, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, name)
        program.write_text(extracted(document, name), encoding="utf-8")
        command = [sys.executable, "-I", program, *sys.argv[4:]]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            watch = threading.Timer(40, child.kill)
            watch.start()
            printed = 0
            for line in child.stdout:
                print(line, end="", flush=True)
                printed += 1
                if printed == count:
                    # Not terminate(): a test runner may have blocked that signal for all its children.
                    child.kill()
                    break
            child.wait()
            watch.cancel()
    return 0 if printed == count or not count and child.returncode == 0 else f"{name}: {printed} lines of {count}"


if __name__ == "__main__":
    sys.exit(main())
