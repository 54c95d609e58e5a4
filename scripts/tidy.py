#!/usr/bin/env python3
"""The habits of CONTRIBUTING.md as a test: fails on what may not be, notes what is larger than it should be.

No compiler, no network, Python's standard library only. The hard limits are those that the tree met when they were set;
what lies between them and the house's aims (functions of 40 lines, files of 250) is printed as a note. Lines of string
literals over several lines (SQL, mostly) do not count towards either.

THROUGHGATE_TIDY_WORDS holds words of your own place, separated by commas, that may occur nowhere (names of machines,
of tools). With --notes the notes are listed, else they are counted.
"""
import csv
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS_MAX = 120
FUNCTION_LINES_MAX, FUNCTION_LINES_AIM = 60, 40
FILE_LINES_MAX, FILE_LINES_AIM = 300, 250
# What a page of documentation can bear.
PICTURE_BYTES_MAX = 120_000
# Inputs of decoders are any bytes; they are small, so that anybody can look at one.
CORPUS, INPUT_BYTES_MAX = "Tests/Fuzzing/corpus/", 16 << 10
# The only folders that may see C, by module.
DOORS = {"CLibrdkafka": "Sources/ExactlyOnceKafka/", "CLibpq": "Sources/Postgres/", "CLibFuzzer": "Tests/Fuzzing/"}
# Strings of a prison number's form that do not begin with Z: file, and the strings that it needs.
PRISON_NUMBERS_ALLOWED = {}
# Files that must name what they forbid.
SPEAKS_OF_IT = {"CONTRIBUTING.md", "scripts/tidy.py"}
LEFTOVER = re.compile(r"\b(FIXME|TODO|XXX)\b")
PRISON_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Y][0-9]{4}[A-Z]{2}(?![A-Za-z0-9])")
VAGUE = r"(?:Utils?|Utilit(?:y|ies)|Helpers?|Manager|Common|Impl)"
VAGUE_TYPE = re.compile(rf"\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w*{VAGUE})\b")
VAGUE_FILE = re.compile(rf"(?:^|[a-z._+-]){VAGUE}$|^{VAGUE.lower()}$")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work|workspace|mnt)/\w")
PACKAGE_INDEX = re.compile(r"pypi\.org|pythonhosted\.org|proxy\.golang\.org|registry\.npmjs|--?index-url|artifactory")
FUNCTION = re.compile(r"^\s*(?:[@\w]+(?:\([^)]*\))?\s+)*(?:func\s+[^\s(<]+|init[?!]?(?=\s*[(<])|deinit\b|subscript\b)")
PUBLIC_LIMIT = re.compile(r"\s*public\s+(static\s+)?(let|var)\b")

failures, notes = [], []


def fail(place, text):
    failures.append(f"{place}: {text}")


def note(place, text):
    notes.append(f"note: {place}: {text}")


def listed():
    """What is or would be committed; every file where there is no git."""
    try:
        command = ["git", "ls-files", "-coz", "--exclude-standard"]
        out = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        names = [name for name in out.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
        names = [name for name in names if not name.startswith((".build", ".throughgate", ".git/"))]
    return sorted(name for name in names if (ROOT / name).is_file())


class Swift:
    """A Swift file with comments and the insides of strings made blank, and which lines lie inside a long string."""

    def __init__(self, text):
        self.out, self.at, self.text = [], 0, text
        self.long_string_lines = set()
        self.code()
        self.lines = "".join(self.out).split("\n")

    def keep(self, count=1):
        self.out.append(self.text[self.at:self.at + count])
        self.at += count

    def blank(self, count=1):
        self.out.append(re.sub(r"[^\n]", " ", self.text[self.at:self.at + count]))
        self.at += count

    def line(self):
        return self.text.count("\n", 0, self.at)

    def code(self, closing=None):
        """Up to the end, or to the parenthesis that closes an interpolation."""
        depth = 0
        while self.at < len(self.text):
            rest = self.text[self.at:self.at + 8]
            string = re.match(r'(#*)("""|")', rest)
            if rest.startswith("//"):
                self.blank(self.text.find("\n", self.at) - self.at if "\n" in self.text[self.at:] else 1)
            elif rest.startswith("/*"):
                self.blank(self.text.index("*/", self.at) + 2 - self.at)
            elif string:
                self.string(string.group(1), string.group(2))
            else:
                depth += (rest[0] == "(") - (rest[0] == ")")
                if closing and depth < 0:
                    return
                self.keep()

    def string(self, hashes, quote):
        first = self.line()
        self.keep(len(hashes + quote))
        while self.at < len(self.text) and not self.text.startswith(quote + hashes, self.at):
            if self.text.startswith("\\" + hashes + "(", self.at):
                self.blank(2 + len(hashes))
                mark = len(self.out)
                self.code(closing=")")
                self.out[mark:] = [re.sub(r"[^\n]", " ", "".join(self.out[mark:]))]
                self.blank()
            else:
                self.blank(2 if self.text[self.at] == "\\" and not hashes else 1)
        self.keep(len(quote + hashes))
        if quote == '"""':
            self.long_string_lines.update(range(first + 1, self.line()))


def size(swift, first, last):
    return sum(1 for line in range(first, last + 1) if line not in swift.long_string_lines)


def body_end(lines, first):
    """The line where the body that begins on or after this line ends; None for a requirement without a body."""
    depth = parentheses = 0
    for number in range(first, len(lines)):
        for character in lines[number]:
            parentheses += (character in "([") - (character in ")]")
            if character == "{":
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0 and parentheses == 0:
                    return number
                if depth < 0:
                    return None
        if depth == 0 and parentheses == 0 and number + 1 < len(lines):
            following = lines[number + 1].strip()
            goes_on = following.startswith(("{", "where", "->", "throws", "async"))
            if not goes_on and not lines[number].rstrip().endswith(("where", "->", ",")):
                return None
    return None


def check_sizes(name, swift):
    length = size(swift, 0, len(swift.lines) - 2)
    if length > FILE_LINES_MAX:
        fail(name, f"{length} lines, {FILE_LINES_MAX} at most")
    elif length > FILE_LINES_AIM:
        note(name, f"{length} lines")
    for number, line in enumerate(swift.lines):
        if not FUNCTION.match(line):
            continue
        end = body_end(swift.lines, number)
        length = 0 if end is None else size(swift, number, end)
        if length > FUNCTION_LINES_MAX:
            fail(f"{name}:{number + 1}", f"a function of {length} lines, {FUNCTION_LINES_MAX} at most")
        elif length > FUNCTION_LINES_AIM:
            note(f"{name}:{number + 1}", f"a function of {length} lines")


def check_swift(name, text):
    swift = Swift(text)
    for number, line in enumerate(swift.lines, 1):
        imported = re.match(r"\s*(?:@\w+\s+)*(?:\w+\s+)?import\s+(?:\w+\s+)?(CLib\w+)", line)
        if imported and not name.startswith(DOORS.get(imported.group(1), "nowhere")):
            fail(f"{name}:{number}", f"imports {imported.group(1)}, which only {DOORS.get(imported.group(1))} may")
        if re.search(r"(?<![.\w])(?:print|debugPrint|dump)\(", line) and name.startswith("Sources/") \
                and not name.startswith("Sources/throughgate/") and not re.search(r"func\s+print\(", line):
            fail(f"{name}:{number}", "print( belongs to the command-line tool alone")
        vague = VAGUE_TYPE.search(line)
        if vague:
            fail(f"{name}:{number}", f"{vague.group(1)} does not say what the type is")
    if name.startswith("Sources/"):
        check_sizes(name, swift)
    if name.endswith("Limits.swift"):
        lines = text.split("\n")
        for number, line in enumerate(lines):
            # Limits that stand together (first and longest wait) may share the comment above them.
            if PUBLIC_LIMIT.match(line) and not PUBLIC_LIMIT.match(lines[number - 1]) \
                    and not lines[number - 1].strip().startswith("///"):
                fail(f"{name}:{number + 1}", "a public limit without a doc comment that gives its reason")


def check_text(name, text):
    path = pathlib.PurePath(name)
    if VAGUE_FILE.search(path.stem):
        fail(name, "the name does not say what the file is")
    width = name.endswith((".swift", ".py", ".sh")) or name in (".ci/run", "Makefile")
    words = [word for word in os.environ.get("THROUGHGATE_TIDY_WORDS", "").split(",") if word]
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{name}:{number}"
        if width and len(line) > COLUMNS_MAX:
            fail(place, f"{len(line)} columns, {COLUMNS_MAX} at most")
        if name not in SPEAKS_OF_IT:
            if LEFTOVER.search(line):
                fail(place, "a leftover; open an issue instead")
            if MACHINE_PATH.search(line):
                fail(place, "a path of one machine")
            if PACKAGE_INDEX.search(line):
                fail(place, "names a package index; the user's own configuration decides that")
        for number_like in PRISON_NUMBER.findall(line):
            if number_like not in PRISON_NUMBERS_ALLOWED.get(name, ()):
                fail(place, "a prison number that does not begin with Z")
        for word in words:
            if re.search(rf"\b{re.escape(word)}\b", line, re.I):
                fail(place, "a word of your own place")


def check_examples(names):
    with open(ROOT / "Schemas" / "examples.csv", encoding="utf-8", newline="") as file:
        rows = {"Schemas/" + row["file"] for row in csv.DictReader(file)}
    examples = {n for n in names if n.startswith("Schemas/") and n.endswith(".json") and not n.endswith(".schema.json")}
    for name in sorted(examples - rows):
        fail(name, "an example that Schemas/examples.csv does not list")
    for name in sorted(rows - set(names)):
        fail("Schemas/examples.csv", f"{name} does not exist")
    with_examples = {pathlib.PurePath(name).parent for name in examples}
    for name in names:
        if name.endswith(".schema.json") and pathlib.PurePath(name).parent not in with_examples:
            fail(name, "a schema without an example")


def main():
    names = listed()
    for name in names:
        if pathlib.PurePath(name).name == "Package.resolved":
            fail(name, "is made anew on every machine; it is not committed")
        if name.endswith(".png"):
            if (ROOT / name).stat().st_size > PICTURE_BYTES_MAX:
                fail(name, f"a picture of more than {PICTURE_BYTES_MAX} bytes")
            continue
        if name.startswith(CORPUS):
            if (ROOT / name).stat().st_size > INPUT_BYTES_MAX:
                fail(name, f"an input of more than {INPUT_BYTES_MAX} bytes")
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            fail(name, "is not UTF-8")
            continue
        except FileNotFoundError:
            continue
        check_text(name, text)
        if name.endswith(".swift"):
            check_swift(name, text)
    check_examples(names)
    for line in (notes if "--notes" in sys.argv else []) + failures:
        print(line)
    if failures:
        raise SystemExit(f"tidy: {len(failures)} to mend")
    print(f"tidy: {len(names)} files, {len(notes)} notes" + ("" if "--notes" in sys.argv else " (--notes lists them)"))


main()
