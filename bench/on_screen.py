"""The console as a user starts it, on a desk of 100,000 tickets, neomutt on their mail beside it.

    .venv/bin/python bench/on_screen.py [--open all] [--runs 5] [--times 40] [--alone]

Both run in a pty of 200x50, turn by turn, and are typed into. "rows" is the time from the command
to twenty rows of it on the screen, "usable" that to the answer of a `j` typed at that moment.
A key is answered when the highlight stands on its row; "complete" adds the ticket shown beside.
CPU is the program's own and does not depend on what else the machine does.
By default 3 of 100 tickets are open, as on a desk that works; `--open all` lists 100,000.
"""

import argparse
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from ground import big_desk, maildir, numbers
from ground.terminal import COLUMNS, LINES, Terminal

ROTADESK = str(Path(sys.executable).with_name("rotadesk"))
ROWS = rb"Customer \d+"
ROWS_SEEN = 20
BAR = "\N{BOX DRAWINGS HEAVY VERTICAL}"
REACH = {"usable": 900, "j": 10, "page": 30, "memory": 100}
OURS = {"j": b"j", "page": b" ", "G": b"G", "g g": b"gg"}
THEIRS = {"j": b"j", "page": b"z", "G": b"*", "g g": b"="}
SETTLED = 2.5
"Seconds without a byte until the start is over: what is slow to import comes last."


def start_ours(desk):
    argv = [ROTADESK, "--config", str(desk / "config.toml"), "--desk", str(desk)]
    return Terminal(argv)


def start_theirs(desk):
    return Terminal(["neomutt", "-n", "-F", str(maildir.muttrc(desk))])


def opened(terminal, *, has_bar):
    """Return (rows, CPU so far, usable) in ms and leave the terminal at rest."""
    rows = terminal.read_until(ROWS, times=ROWS_SEEN)
    spent = terminal.cpu_ms()
    terminal.read_until_silent(silence=0.005)
    typed = terminal.write(b"j") * 1000
    terminal.read_until_silent(silence=SETTLED, most=15)
    if not has_bar:
        return (
            rows,
            spent,
            next(at for at, _ in ((at * 1000, 0) for at, _ in terminal.chunks) if at > typed),
        )
    before = None
    for at, screen in terminal.screens():
        line = barred(screen)
        if at <= typed:
            before = line
        elif line is not None and line != before:
            return rows, spent, at
    raise SystemExit(f"No answer to the first key:\n{terminal.text()}")


def barred(screen):
    """Return the line of the highlight; None where there is none."""
    return next((y for y, line in enumerate(screen.display) if BAR in line), None)


def typed(terminal, keys, *, times, sign):
    """Yield (name, answers, CPU a key); jumps are fewer and go to and fro."""
    terminal.press(keys["g g"])
    for name in ("j", "page"):
        before = terminal.cpu_ms()
        answers = [terminal.press(keys[name], sign=sign) for _ in range(times)]
        yield name, answers, (terminal.cpu_ms() - before) / times
    for turn in range(max(times // 2, 10)):
        name = ("G", "g g")[turn % 2]
        before = terminal.cpu_ms()
        yield name, [terminal.press(keys[name], sign=sign)], terminal.cpu_ms() - before


def one_run(start, desk, keys, *, times, sign, found):
    terminal = start(desk)
    try:
        rows, spent, usable = opened(terminal, has_bar=bool(sign))
        found["rows"].append(rows)
        found["rows CPU"].append(spent)
        found["usable"].append(usable)
        for name, answers, spent in typed(terminal, keys, times=times, sign=sign):
            found[name].extend(answers)
            found[f"{name} CPU"].append(spent)
        found["memory"].append(terminal.memory_mb())
    finally:
        terminal.end()


def show(found):
    for name in ("rows", "rows CPU", "usable"):
        values = {who: numbers.median(one[name]) for who, one in found.items()}
        line(name, values, "ms", "median")
    for name in OURS:
        answers = {who: [one.sign_ms for one in kept[name]] for who, kept in found.items()}
        line(name, {who: numbers.median(one) for who, one in answers.items()}, "ms", "p50")
        line(name, {who: numbers.p95(one) for who, one in answers.items()}, "ms", "p95")
        whole = {who: [one.last_ms for one in kept[name]] for who, kept in found.items()}
        line(f"{name} complete", {w: numbers.p95(one) for w, one in whole.items()}, "ms", "p95")
        spent = {who: kept[f"{name} CPU"] for who, kept in found.items()}
        line(name, {who: statistics.mean(one) for who, one in spent.items()}, "ms", "CPU")
    line("memory", {w: numbers.median(one["memory"]) for w, one in found.items()}, "MB", "PSS")


def line(name, values, unit, kind):
    ours, theirs = values["rotadesk"], values.get("neomutt")
    beside = (
        f"{theirs:9.1f} {unit}{ours / max(theirs, 0.1):8.2f}" if theirs is not None else " " * 20
    )
    reached = name in REACH and kind not in {"p50", "CPU"}
    told = numbers.verdict(ours, REACH[name], unit) if reached else ""
    print(f"{name:14}{kind:8}{ours:9.1f} {unit}{beside}   {told}".rstrip())


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--open", choices=("some", "all"), default="some")
    options.add_argument("--tickets", type=int, default=100_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--alone", action="store_true", help="without neomutt")
    asked = options.parse_args()
    desk = big_desk.kept(tickets=asked.tickets, open_share=1.0 if asked.open == "all" else 0.03)
    sides = {"rotadesk": (start_ours, OURS, BAR.encode())}
    if not asked.alone:
        sides["neomutt"] = (start_theirs, THEIRS, b"")
        warm = start_theirs(desk)
        warm.read_until(ROWS, times=ROWS_SEEN, most=300)
        warm.end()
    found = {who: defaultdict(list) for who in sides}
    for _ in range(asked.runs):
        for who, (start, keys, sign) in sides.items():
            one_run(start, desk, keys, times=asked.times, sign=sign, found=found[who])
    print(f"{COLUMNS}x{LINES}, {asked.tickets:,} tickets, {asked.open} open, {asked.runs} runs")
    print(numbers.machine())
    print(f"{'':22}{'rotadesk':>12}{'neomutt':>12}   ratio")
    show(found)


if __name__ == "__main__":
    main()
