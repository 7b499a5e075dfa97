"""The entry. Knows what is asked before anything heavy is imported.

A first frame painted before Textual is there will live here, so nothing else does.
"""

import gc
import sys

_YOUNG_OBJECTS = 20_000
"Before the collector looks, instead of 700: imports make few cycles, and 5 % of a start was spent looking."


def main() -> None:
    """Run rotadesk and end the process with the status that `cli.md` promises."""
    gc.set_threshold(_YOUNG_OBJECTS, 10, 10)
    from console.cli.main import run  # noqa: PLC0415 - the entry itself stays standard library

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
