"""`rotadesk demo`: the console on a practice desk, with real mail and customers who answer."""

import click

from console.cli.frame import Run, Verb


@click.command("demo", cls=Verb)
@click.option("--fresh", is_flag=True, help="Start over: what was practised is deleted.")
@click.pass_obj
def demo(this: Run, *, fresh: bool) -> int:
    """Open the console on a practice desk.

    About 150 mails to an invented company come in over real IMAP; what you answer leaves over
    real SMTP, and its customers write back. It is kept until you come again.
    """
    from console.cli.opening import open_desk  # noqa: PLC0415 - needs Textual
    from console.demo.run import default_folder, practice  # noqa: PLC0415 - the extra may be missing

    with practice(this.desk_path or default_folder(), fresh=fresh) as here:
        this.config_path, this.desk_path = here.config, here.desk
        return open_desk(this)
