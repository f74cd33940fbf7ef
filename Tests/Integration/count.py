"""Adds up what `swift test` and pytest report, and prints the one line that both end with.

Called with the folder of their XML reports and 1 where one of the two exited with an error. A runner that exited with an
error but reports no failure (it crashed, or its report is missing) counts as one failed test, so that it can't be missed.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def counts(report: Path) -> tuple[int, int, int]:
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
        elif "skipped" in outcomes:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main() -> int:
    folder, runner_failed = Path(sys.argv[1]), sys.argv[2] != "0"
    total = [0, 0, 0]
    for runner, names in {"swift test": "unit*.xml", "pytest": "pytest.xml"}.items():
        reports = sorted(folder.glob(names))
        each = [sum(column) for column in zip(*map(counts, reports))] or [0, 0, 0]
        if sum(each) == 0:
            print(f"{runner} ran no test")
            each[1] = 1
        print(f"{runner}: {each[0]} passed, {each[1]} failed, {each[2]} skipped")
        total = [one + other for one, other in zip(total, each)]
    if runner_failed and total[1] == 0:
        print("a runner ended with an error and reports no failed test")
        total[1] = 1
    print(f"{total[0]} passed, {total[1]} failed" + (f", {total[2]} skipped" if total[2] else ""))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
