"""The entry. Knows what is asked before anything heavy is imported.

A first frame painted before Textual is there will live here, so nothing else does.
"""

import sys


def main() -> None:
    """Run rotadesk and end the process with the status that `cli.md` promises."""
    from console.cli.main import run  # noqa: PLC0415 - the entry itself stays standard library

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
