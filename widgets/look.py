"""Meanings to colours: what a role of a painted line looks like under the theme in use."""

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color, ColorParseError
from textual.filter import LineFilter

STYLE_WORDS = frozenset({"bold", "italic", "underline", "strike", "reverse"})


class Look:
    """Styles by role and ground, resolved once for each theme.

    A role is style words and the name of a theme variable: "bold sla-breached". A ground is the
    name of a variable too; "" is the widget's own background; "@cursor" in a role sets the ground
    of that cell alone. A name the theme does not know
    falls back to the text colour, so that a theme of someone else's making still works.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        *,
        background: Color,
        foreground: Color,
        filters: Sequence[LineFilter] = (),
    ) -> None:
        self._variables = variables
        self._background = background
        self._foreground = foreground
        self._filters = filters
        self._styles: dict[tuple[str, str], RichStyle] = {}

    def is_for(self, *, background: Color, foreground: Color) -> bool:
        return (background, foreground) == (self._background, self._foreground)

    def style(self, role: str, ground: str = "") -> RichStyle:
        found = self._styles.get((role, ground))
        if found is None:
            found = self._styles[role, ground] = self._resolve(role, ground)
        return found

    def _resolve(self, role: str, ground: str) -> RichStyle:
        words = set(role.split())
        ground = next((word[1:] for word in words if word[0] == "@"), ground)
        named = {word for word in words - STYLE_WORDS if word[0] != "@"}
        back = self._background + self._color(ground, self._background)
        fore = back + self._color(next(iter(named), ""), self._foreground)
        style = RichStyle(
            color=fore.rich_color,
            bgcolor=back.rich_color,
            bold="bold" in words or None,
            italic="italic" in words or None,
            underline="underline" in words or None,
            strike="strike" in words or None,
            reverse="reverse" in words or None,
        )
        # Textual filters each line as it leaves (NO_COLOR); a style once is the same and free
        for one in self._filters:
            style = one.apply([Segment("x", style)], self._background)[0].style or style
        return style

    def _color(self, name: str, otherwise: Color) -> Color:
        value = self._variables.get(name)
        if value is None:
            return otherwise
        try:
            return Color.parse(value)
        except ColorParseError:
            return otherwise
