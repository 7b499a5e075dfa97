"""Rows of the table of peers: medians of both sides, their ratio, and whether it was reached."""

from dataclasses import dataclass

from ground import numbers

HEADLINE = f"{'':44}{'rotadesk':>12}{'beside it':>12}   ratio"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line; a side that could not be measured holds None among its values."""

    step: str
    ours: list
    theirs: list = ()
    unit: str = "s"
    reach: float | None = None
    "The highest ratio, or the highest value where nothing stands beside it."
    at_least: bool = False
    "The reach is the lowest instead."
    is_ratio: bool = False
    "The reach is of a ratio: with nothing beside us there is no verdict."
    cpu: tuple = ((), ())
    "CPU seconds of both sides: what they say hardly depends on what else the machine does."
    note: str = ""

    def show(self):
        print(str(self), flush=True)

    @property
    def is_missed(self):
        value = self._judged()
        if self.reach is None or (self.is_ratio and not self.theirs):
            return False
        if value is None:
            return True
        return value < self.reach if self.at_least else value > self.reach

    def __str__(self):
        ours, theirs = _median(self.ours), _median(self.theirs)
        line = f"{self.step:44}{_said(ours, self.unit):>12}"
        line += f"{_said(theirs, self.unit) if self.theirs else '':>12}"
        ratio = ours / theirs if ours is not None and theirs else None
        line += f"{ratio:8.2f}" if ratio is not None else " " * 8
        if self.reach is not None:
            sign, unit = (">=" if self.at_least else "<="), "" if self.theirs else f" {self.unit}"
            line += f"   reach {sign} {round(self.reach, 2):g}{unit}"
        line += "  MISSED" if self.is_missed else ""
        spread = f"{_spread(self.ours)}{' : ' + _spread(self.theirs) if self.theirs else ''}"
        return "  ".join([f"{line}   [{spread}]", *self._cpu(), *([self.note] * bool(self.note))])

    def _cpu(self):
        sides = [numbers.median(one) for one in self.cpu if one]
        if sides:
            ratio = f" = {sides[0] / sides[1]:.2f}" if len(sides) > 1 and sides[1] else ""
            yield f"CPU {' : '.join(f'{one:.3g}' for one in sides)} s{ratio}"

    def _judged(self):
        ours, theirs = _median(self.ours), _median(self.theirs)
        if not self.theirs or ours is None:
            return ours
        return ours / theirs if theirs else None


def _median(values):
    known = [one for one in values if one is not None]
    return numbers.median(known) if known and len(known) == len(values) else None


def _said(value, unit):
    if value is None:
        return "never"
    if unit == "s" and value < 1:
        return f"{value * 1000:.0f} ms"
    if value >= 100 or value == int(value):
        return f"{value:,.0f} {unit}"
    return f"{value:,.2f} {unit}"


def _spread(values):
    known = [one for one in values if one is not None]
    return f"{min(known):.3g}-{max(known):.3g}" if known else "never"
