#!/usr/bin/env python3
"""Makes the fictional part of Deploy/reference from the real part, the same every time.

Real drug services change hands with every tender, and nobody should find a real one's name in a demonstration. So there
is one invented service, commissioner and office for each upper-tier authority of England and Wales, and one invented
youth justice service and young people's drug service for each region. Reads authorities.csv and
coverage-supervision.csv; writes providers-drug-service.csv, coverage-drug-service.csv and offices.csv. With --check it
writes nothing and fails if a file differs from what it would write.
"""
import csv
import io
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Deploy" / "reference"
# The first day of the Offender Rehabilitation Act's contracts: nothing here is asked about an earlier date.
FIRST_DAY = "2015-02-01"
# Two letters for each Probation Service region, as office codes begin.
OFFICE_PREFIX = {
    "ps-n03": "WA", "ps-n07": "LO", "ps-n50": "GM", "ps-n51": "NW", "ps-n52": "WM", "ps-n53": "EM",
    "ps-n54": "NE", "ps-n55": "YH", "ps-n56": "EE", "ps-n57": "KS", "ps-n58": "SW", "ps-n59": "SC",
}
PROVIDER_COLUMNS = [
    "provider_id", "kind", "name", "valid_from", "valid_to", "utla", "contact", "out_of_hours_contact", "nasal_stocked",
]
COVERAGE_COLUMNS = ["provider_id", "utla", "pathway", "age_band", "rank", "valid_from", "valid_to"]
OFFICE_COLUMNS = ["office_code", "provider_id", "utla", "name"]


def read(name):
    with open(FOLDER / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(name):
    """'Bristol, City of' is Bristol."""
    return re.sub(r", (City|County) of$", "", name)


def slug(name):
    return re.sub(r"[^a-z0-9]+", "-", plain(name).lower()).strip("-")


def place_letters(name, taken):
    """Three letters for a place, consonants first, unlike those taken: Leeds is LDS."""
    letters = [c for c in plain(name).upper() if c.isalpha()]
    consonants = [c for c in letters if c not in "AEIOU"]
    for source in (consonants, letters):
        for second in range(1, len(source)):
            for third in range(second + 1, len(source)):
                code = source[0] + source[second] + source[third]
                if code not in taken:
                    taken.add(code)
                    return code
    raise SystemExit(f"no three letters left for {name}")


def drug_services(authorities):
    """One service a name: an authority that only changed its code keeps its service, with a coverage row a code."""
    providers, coverage, numbers = {}, [], {}
    for authority in authorities:
        place, key = plain(authority["name"]), slug(authority["name"])
        identity = f"prov-{key}"
        start, end = max(FIRST_DAY, authority["valid_from"]), authority["valid_to"]
        known = providers.get(identity)
        number = numbers.setdefault(identity, len(numbers))
        if known is None:
            # Of eight services one says nothing of nasal kits and two do not stock them.
            nasal = "" if number % 8 == 7 else "false" if number % 4 == 1 else "true"
            night = f"night@{key}.example.org" if number % 3 == 0 else ""
            providers[identity] = [
                identity, "DRUG_SERVICE", f"Example Recovery, {place}", start, end, "", f"referrals@{key}.example.org",
                night, nasal,
            ]
        else:
            known[3] = min(known[3], start)
            known[4] = max(known[4], end) if known[4] and end else ""
        # One service in nine has no path of its own for people leaving custody.
        pathways = ["CORE"] if number % 9 == 4 else ["CRIMINAL_JUSTICE", "CORE"]
        for pathway in pathways:
            coverage.append([identity, authority["gss_code"], pathway, "ADULT", 1, start, end])
    return list(providers.values()), coverage


def children_services(authorities):
    providers, coverage = [], []
    kinds = [
        ("yjs", "YOUTH_JUSTICE", "Example Youth Justice Service", "SUPERVISION", ""),
        ("yp", "YOUNG_PEOPLE_DRUG_SERVICE", "Example Young People's Recovery", "CRIMINAL_JUSTICE", "true"),
    ]
    for region in sorted({a["region"] for a in authorities}):
        for prefix, kind, name, pathway, nasal in kinds:
            identity = f"{prefix}-{slug(region)}"
            contact = f"referrals@{identity}.example.org"
            providers.append([identity, kind, f"{name}, {region}", FIRST_DAY, "", "", contact, "", nasal])
            for authority in authorities:
                if authority["region"] == region:
                    start = max(FIRST_DAY, authority["valid_from"])
                    coverage.append(
                        [identity, authority["gss_code"], pathway, "CHILD", 1, start, authority["valid_to"]])
    return providers, coverage


def commissioners(authorities):
    """For authorities that exist today: a commissioner is asked about what is missing now."""
    rows = []
    for authority in authorities:
        if not authority["valid_to"]:
            place, key = plain(authority["name"]), slug(authority["name"])
            start = max(FIRST_DAY, authority["valid_from"])
            rows.append([
                f"comm-{key}", "COMMISSIONER", f"Example Commissioning, {place}", start, "", authority["gss_code"],
                f"commissioning@{key}.example.org", f"night@comm-{key}.example.org", "",
            ])
    return rows


def offices(authorities):
    region = {}
    for row in read("coverage-supervision.csv"):
        if row["provider_id"].startswith("ps-") and not row["valid_to"]:
            region[row["utla"]] = row["provider_id"]
    taken, rows = set(), []
    for authority in authorities:
        if not authority["valid_to"]:
            body = region[authority["gss_code"]]
            code = OFFICE_PREFIX[body] + place_letters(authority["name"], taken) + "01"
            rows.append([code, body, authority["gss_code"], f"Example Probation Office, {plain(authority['name'])}"])
    return sorted(rows)


def text(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def main():
    authorities = [a for a in read("authorities.csv") if a["nation"] in ("England", "Wales")]
    adults, adult_coverage = drug_services(authorities)
    children, child_coverage = children_services(authorities)
    providers = adults + children + commissioners(authorities)
    assert len({row[0] for row in providers}) == len(providers), "a provider_id occurs twice"
    files = {
        "providers-drug-service.csv": text(PROVIDER_COLUMNS, providers),
        "coverage-drug-service.csv": text(COVERAGE_COLUMNS, adult_coverage + child_coverage),
        "offices.csv": text(OFFICE_COLUMNS, offices(authorities)),
    }
    stale = [name for name, wanted in files.items()
             if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != wanted]
    if "--check" in sys.argv:
        if stale:
            raise SystemExit(f"run scripts/make-reference.py: {', '.join(stale)} differ")
        return
    for name in stale:
        (FOLDER / name).write_text(files[name], encoding="utf-8")
    print(f"{len(files)} files, {len(stale)} written")


main()
