"""python3 -m mtsweep FILE prints what is in the file."""
import sys

from . import open as open_sweep
from .show import overview


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python3 -m mtsweep FILE", file=sys.stderr)
        return 2
    try:
        print(overview(open_sweep(arguments[0])))
    except (OSError, ValueError) as error:
        print(f"mtsweep: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
