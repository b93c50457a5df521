"""python3 -m mtsweep FILE prints what is in the file; python3 -m mtsweep report FILE -o PAGE writes a report."""
import argparse
import sys

from . import open as open_sweep
from . import program, report
from .show import overview

USAGE = """usage: python3 -m mtsweep FILE
       python3 -m mtsweep report FILE -o PAGE"""
FOREIGN, IO = 65, 74  # exit statuses, as the program has them


def make_report(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m mtsweep report", add_help=False, usage=USAGE.removeprefix("usage: "))
    parser.add_argument("file")
    parser.add_argument("-o", "--output", required=True)
    given = parser.parse_args(arguments)
    report(given.file, given.output)
    print(f"{given.output}: the report of {given.file}, one page to open in a browser")
    return 0


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["report"] and len(arguments) > 1:
            return make_report(arguments[1:])
        if len(arguments) != 1 or arguments[0].startswith("-"):
            print(USAGE, file=sys.stderr)
            return 2
        print(overview(open_sweep(arguments[0])))
    except program.Refused as error:
        print(f"mtsweep: {error}", file=sys.stderr)
        return error.status
    except (OSError, ValueError) as error:
        print(f"mtsweep: {error}", file=sys.stderr)
        return IO if isinstance(error, OSError) else FOREIGN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
