"""What our own widgets are made of: lines of (text, role) drawn through Textual's Line API.

Textual protects nobody from control characters in text, and a widget that overrides
`render_lines` skips Textual's line filters too. So this is the one place that makes text safe,
fills every line to its width; `Look` applies the filters (NO_COLOR among them) to styles.
"""

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from widgets.cells import Line, clean, clip, width_of
from widgets.look import Look


class WholeCells(ScrollBarRender):
    """A scroll bar in whole cells: eighths of a block are two cells wide in some terminals."""

    VERTICAL_BARS = [" "] * 8


class PaintsLines(Widget):
    """Mixin: turns lines into strips in the colours of the theme."""

    _look: Look | None = None

    @property
    def look(self) -> Look:
        if self._look is None:
            _, _, background, foreground = self.colors
            self._look = Look(
                self.app.theme_variables,
                background=background,
                foreground=foreground,
                filters=self.get_line_filters(),
            )
        return self._look

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)

    def _theme_changed(self, _theme: Theme) -> None:
        self.forget_look()

    def notify_style_update(self) -> None:
        """Textual calls this when the stylesheet gave us other colours."""
        super().notify_style_update()
        _, _, background, foreground = self.colors
        if self._look and not self._look.is_for(background=background, foreground=foreground):
            self.forget_look()

    def forget_look(self) -> None:
        """Paint anew: the theme changed."""
        self._look = None
        self.refresh()

    def strip(self, line: Line, width: int, *, ground: str = "") -> Strip:
        """Return `line` made safe, cut and filled to `width`."""
        style_of = self.look.style
        segments: list[Segment] = []
        left, said, its = width, "", style_of("", ground)
        for raw, role in (*line, (" " * width, "")):
            text = raw if raw.isascii() and raw.isprintable() else clean(raw)
            cells = width_of(text)
            if cells > left:
                text = clip(text, left)
                cells = width_of(text)
            left -= cells
            style = style_of(role, ground)
            if style is its or (text.isspace() and _blanks_join(its, style)):
                said += text
                continue
            if said:
                segments.append(Segment(said, its))
            said, its = text, style
        segments.append(Segment(said, its))
        return Strip([one for one in segments if one.text], width)


def _blanks_join(before: RichStyle, own: RichStyle) -> bool:
    """Tell whether blanks look alike in both styles; each piece costs 50 bytes to say."""
    return before.bgcolor == own.bgcolor and not (
        before.underline or before.reverse or own.reverse or own.underline
    )


class PaintedLines(PaintsLines):
    """A widget of a few lines: a subclass says which, for a width."""

    def lines(self, width: int) -> list[Line]:
        raise NotImplementedError

    def ground(self, y: int) -> str:  # noqa: ARG002 - for subclasses with several grounds
        """Return the ground of line `y`; '' is the widget's own."""
        return ""

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        del container, viewport
        return len(self.lines(width))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self.lines(width)
        return self.strip(lines[y] if y < len(lines) else (), width, ground=self.ground(y))


class PaintedView(PaintsLines, ScrollView, inherit_bindings=False):
    """A scrolling view that paints line `y` of its content on demand.

    It has no border and no padding: that is what lets it skip Textual's style cache, which costs
    as much as the painting itself. The cell of the scroll bar is always its own, so that text does
    not wrap anew when the bar comes.
    """

    DEFAULT_CSS = """
    PaintedView { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """

    virtual_size: Reactive[Size] = Reactive(Size(0, 0))
    "Textual's own lays out the whole screen when it changes; here only a height of `auto` needs it."

    def on_mount(self) -> None:
        self.vertical_scrollbar.renderer = WholeCells  # type: ignore[misc]  # Textual's documented way

    def watch_virtual_size(self, size: Size) -> None:
        height = self.styles.height
        if height is not None and height.is_auto:
            self.refresh(layout=True)
        self.vertical_scrollbar.window_virtual_size = size.height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)
        self.refresh()

    def content_strip(self, y: int, width: int) -> Strip:
        """Return line `y` of the whole content."""
        raise NotImplementedError

    @property
    def view_width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def view_height(self) -> int:
        return self.scrollable_content_region.height

    @property
    def top(self) -> int:
        """The first line of the content on the screen."""
        return self.scroll_offset.y

    def render_lines(self, crop: Region) -> list[Strip]:
        width = self.view_width
        top = self.top
        strips = [self.content_strip(top + y, width) for y in crop.line_range]
        if crop.column_span != (0, width):
            left, right = crop.column_span
            strips = [strip.crop_extend(left, right, None) for strip in strips]
        return strips

    def show_top(self, y: int) -> None:
        """Scroll so that line `y` is the first on the screen, at once."""
        self.scroll_to(y=y, animate=False, immediate=True, force=True)
