"""python3 -m mtsweep.make_report FILE -o PAGE: what the program's verb `report` starts."""
import sys

from .__main__ import main

if __name__ == "__main__":
    sys.exit(main(["report", *sys.argv[1:]]))
