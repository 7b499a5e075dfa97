"""The screen's sheets: one question at a time, and nothing else until it is answered."""

from textual.widget import Widget

from console.keyed_screen import KeyedScreen
from console.sheets.sheet import AnswerT, QuestionT, Sheet


class SheetScreen(KeyedScreen):
    """Opens and closes sheets.

    A sheet is modal by three means: its bindings end the chain, focus cannot leave it, and no
    action of the screen runs. (`trap_focus` would hold only Tab.)
    """

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[Widget] = []
        "Open ones; the last one has the keys."
        self._asked: set[type[Widget]] = set()
        "Those that are open or coming up."

    def focus_place(self) -> None:
        """Give the keys back to the pane we are at."""

    def show_keys(self) -> None:
        """Show the verbs of the place that has the keys."""

    async def ask(
        self, kind: type[Sheet[QuestionT, AnswerT]], question: QuestionT
    ) -> AnswerT | None:
        """Open a sheet over everything and return its answer; None where it was left.

        The same sheet asked for again before it was answered, by a key typed twice, stays as it is.
        """
        if kind in self._asked:
            return None
        self._asked.add(kind)
        try:
            return await self._ask(kind, question)
        finally:
            self._asked.discard(kind)

    async def _ask(
        self, kind: type[Sheet[QuestionT, AnswerT]], question: QuestionT
    ) -> AnswerT | None:
        found = self.query_children(kind)
        sheet = found.first() if found else kind()
        if not found:
            await self.mount(sheet)
        before = self.focused
        sheet.put(question)
        self._open(sheet)
        try:
            return await sheet.wait()
        finally:
            self._close(sheet, before)

    def _open(self, sheet: Sheet[QuestionT, AnswerT]) -> None:
        for below in self.sheets:
            below.display = False
        self.sheets.append(sheet)
        self.fit_sheets()
        sheet.display = True
        sheet.take_focus()
        self.show_keys()

    def _close(self, sheet: Sheet[QuestionT, AnswerT], before: Widget | None) -> None:
        self.sheets.remove(sheet)
        if not self.is_running:
            return  # the console is being left; there is nothing to go back to
        sheet.display = False
        if self.sheets:
            self.sheets[-1].display = True
        if before is not None and before.is_attached:
            self.set_focus(before)
        elif not self.sheets:
            self.focus_place()
        self.show_keys()

    def fit_sheets(self) -> None:
        """Give tall sheets the room that there is now."""
        for sheet in self.sheets:
            if isinstance(sheet, Sheet) and sheet.IS_TALL:
                sheet.styles.height = max(self.size.height - 3, 3)

    def set_focus(
        self,
        widget: Widget | None,
        scroll_visible: bool = True,  # noqa: FBT001, FBT002 - Textual's own signature
        from_app_focus: bool = False,  # noqa: FBT001, FBT002 - Textual's own signature
    ) -> None:
        """Refuse the focus to whatever is outside the open sheet."""
        if self.sheets and (widget is None or self.sheets[-1] not in widget.ancestors_with_self):
            return
        super().set_focus(widget, scroll_visible, from_app_focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse every action of the screen while a sheet is open: the sheet has its own."""
        if self.sheets and action != "copy_text":
            return False
        return super().check_action(action, parameters)
