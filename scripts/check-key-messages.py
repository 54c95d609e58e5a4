#!/usr/bin/env python3
"""Holds the files that reviewers sign to the words that the program says.

Deploy/reference/key-messages.csv and actions.csv are what clinicians and HMPPS read; the program says what the tables
in Sources/HandoverRules/Handover say. This reads those tables and fails, row by row, where a file differs from them.
With --write it writes the files anew: the status of a row that did not change is kept, a row that did becomes a draft
again, and it refuses when rows changed but KeyMessageCatalogue.version did not.
"""
import csv
import io
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "Sources" / "HandoverRules" / "Handover"
FOLDER = ROOT / "Deploy" / "reference"
MESSAGE_COLUMNS = ["id", "audience", "triggers", "wording", "catalogue_version", "status"]
ACTION_COLUMNS = ["code", "wording", "catalogue_version", "status"]
STATUSES = {"draft", "signed-off"}
TEXT = r'"((?:[^"\\\n]|\\.)*)"'


def source(name):
    return (RULES / name).read_text(encoding="utf-8")


def stop(text):
    raise SystemExit(f"check-key-messages: {text}")


def plain(wording):
    """A wording is taken as it stands: an escape or an interpolation would read otherwise in the file."""
    if "\\" in wording:
        stop(f"a wording has a backslash, which this check does not read: {wording}")
    return wording


def codes(text, kind):
    """The names under which the options of a set are listed for review: pairs (.name, "code")."""
    body = text[text.index(f"struct {kind}:"):]
    pairs = re.search(r"let all: \[[^\]]*\] = \[(.*?)\n\s*\]\n", body, re.S)
    if not pairs:
        stop(f"{kind} lists no codes")
    return dict(re.findall(r'\(\.(\w+), "([^"]+)"\)', pairs.group(1)))


def options(expression, aliases, names, separator, place):
    """[.a, .b], .a, or the name of such a list, as their codes in the order in which the program lists them."""
    expression = aliases.get(expression, expression)
    found = re.findall(r"\.(\w+)", expression)
    unknown = [name for name in found if name not in names]
    if unknown or not found:
        stop(f"{place}: {expression} is not understood")
    return separator.join(code for name, code in names.items() if name in found)


def version():
    found = re.search(r'static let version = "([^"]+)"', source("KeyMessageCatalogue.swift"))
    return found.group(1) if found else stop("KeyMessageCatalogue has no version")


def messages():
    text, sets = source("KeyMessageCatalogue.swift"), source("KeyMessageTriggers.swift")
    audiences, triggers = codes(sets, "Audience"), codes(sets, "KeyMessageTriggers")
    aliases = dict(re.findall(r"let (\w+): Audience = (\[[^\]]*\])", text))
    table = text[text.index("static let messages"):]
    row = rf'KeyMessage\(\s*{TEXT},\s*(\w+|\.\w+|\[[^\]]*\]),\s*(\[[^\]]*\]),\s*{TEXT}\s*\)'
    found = re.findall(row, table)
    if len(found) != table.count("KeyMessage("):
        stop(f"{table.count('KeyMessage(')} rows in KeyMessageCatalogue.swift, {len(found)} of them understood")
    return [
        [identity, options(audience, aliases, audiences, "", identity), options(called, {}, triggers, " ", identity),
         plain(wording)]
        for identity, audience, called, wording in found
    ]


def actions():
    text = source("ActionCode.swift")
    raw = re.findall(r'^\s*case (\w+) = "(\w+)"', text, re.M)
    wording = dict(re.findall(rf"^\s*case \.(\w+): {TEXT}", text, re.M))
    missing = [name for name, _ in raw if name not in wording]
    if missing or not raw:
        stop(f"ActionCode.swift: no wording understood for {', '.join(missing) or 'any case'}")
    return [[code, plain(wording[name])] for name, code in raw]


def read(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def differences(path, columns, rows):
    """What a reader must mend, a line each; the last column is the reviewers', all others are the program's."""
    held = read(path)
    if not held or held[0] != columns:
        return [f"{path.name}: the first line must be {','.join(columns)}"]
    said, signed = {row[0]: row for row in rows}, {row[0]: row for row in held[1:]}
    found = []
    for key in list(said) + [key for key in signed if key not in said]:
        if key not in signed:
            found.append(f"{path.name}: {key} is said by the program and is not in the file")
        elif key not in said:
            found.append(f"{path.name}: {key} is in the file and is not said by the program")
        else:
            found += [
                f"{path.name}: {key}: {column} is {mine!r} in the program, {theirs!r} in the file"
                for column, mine, theirs in zip(columns, said[key], signed[key]) if mine != theirs
            ]
            if signed[key][-1] not in STATUSES:
                found.append(f"{path.name}: {key}: status must be one of {', '.join(sorted(STATUSES))}")
    if not found and [row[0] for row in held[1:]] != [row[0] for row in rows]:
        found.append(f"{path.name}: rows stand in another order, or twice")
    return found


def write(path, columns, rows):
    held = {row[0]: row for row in read(path)[1:]}
    width = len(columns) - 2
    words = {key: row[:width] for key, row in held.items()}
    current = {row[0]: row[:width] for row in rows}
    if words and words != current and {row[width] for row in held.values()} == {rows[0][width]}:
        stop(f"{path.name}: rows changed; raise KeyMessageCatalogue.version first")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        same = words.get(row[0]) == row[:width]
        writer.writerow(row + [held[row[0]][-1] if same else "draft"])
    path.write_text(out.getvalue(), encoding="utf-8")


def main():
    catalogue = version()
    files = [
        (FOLDER / "key-messages.csv", MESSAGE_COLUMNS, [row + [catalogue] for row in messages()]),
        (FOLDER / "actions.csv", ACTION_COLUMNS, [row + [catalogue] for row in actions()]),
    ]
    if "--write" in sys.argv:
        for path, columns, rows in files:
            write(path, columns, rows)
    found = [line for path, columns, rows in files for line in differences(path, columns, rows)]
    for line in found:
        print(line)
    if found:
        stop("the reviewed words and the program's differ; mend the program, or run scripts/check-key-messages.py "
             "--write and have the changed rows reviewed again")


main()
