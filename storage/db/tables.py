"""The tables as Core sees them, typed, so that mypy checks what a query selects.

The schema itself is the SQL in `migrations/`; a test holds these columns against it.
Constraints, indices and triggers are named there only.
"""

from sqlalchemy import BLOB, Column, Integer, MetaData, Table, Text, TypedColumns

metadata = MetaData()


class _Folder(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    name: Column[str] = Column(Text, nullable=False)
    role: Column[str] = Column(Text, nullable=False)
    uidvalidity: Column[int | None] = Column(Integer)
    high_uid: Column[int] = Column(Integer, nullable=False)
    low_uid: Column[int | None] = Column(Integer)
    highestmodseq: Column[int | None] = Column(Integer)
    server_count: Column[int] = Column(Integer, nullable=False)
    checked_ms: Column[int | None] = Column(Integer)


class _Message(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    key: Column[bytes] = Column(BLOB, nullable=False)
    base_key: Column[bytes] = Column(BLOB, nullable=False)
    content_hash: Column[bytes | None] = Column(BLOB)
    msgid: Column[str] = Column(Text, nullable=False)
    in_reply_to: Column[str] = Column(Text, nullable=False)
    refs: Column[str] = Column(Text, nullable=False)
    reported_ids: Column[str] = Column(Text, nullable=False)
    proven: Column[str] = Column(Text, nullable=False)
    component: Column[int] = Column(Integer, nullable=False)
    ticket_uid: Column[str] = Column(Text, nullable=False)
    verdict: Column[str] = Column(Text, nullable=False)
    why: Column[str] = Column(Text, nullable=False)
    direction: Column[str] = Column(Text, nullable=False)
    is_colleague: Column[int] = Column(Integer, nullable=False)
    from_addr: Column[str] = Column(Text, nullable=False)
    from_name: Column[str] = Column(Text, nullable=False)
    reply_to: Column[str] = Column(Text, nullable=False)
    to_addrs: Column[str] = Column(Text, nullable=False)
    cc_addrs: Column[str] = Column(Text, nullable=False)
    subject: Column[str] = Column(Text, nullable=False)
    date_ms: Column[int] = Column(Integer, nullable=False)
    arrival_ms: Column[int] = Column(Integer, nullable=False)
    size: Column[int] = Column(Integer, nullable=False)
    snippet: Column[str] = Column(Text, nullable=False)
    hidden_text: Column[int] = Column(Integer, nullable=False)
    is_auto: Column[int] = Column(Integer, nullable=False)
    is_report: Column[int] = Column(Integer, nullable=False)
    may_auto_reply: Column[int] = Column(Integer, nullable=False)
    auth_passed: Column[int | None] = Column(Integer)
    has_body: Column[int] = Column(Integer, nullable=False)
    has_attachment: Column[int] = Column(Integer, nullable=False)
    same_id_other_content: Column[int] = Column(Integer, nullable=False)
    defects: Column[str] = Column(Text, nullable=False)
    header: Column[bytes] = Column(BLOB, nullable=False)
    raw: Column[bytes | None] = Column(BLOB)
    parse_version: Column[int] = Column(Integer, nullable=False)


class _MailId(TypedColumns):
    hash: Column[bytes] = Column(BLOB, primary_key=True)
    component: Column[int] = Column(Integer, nullable=False)


class _MessageIdOwner(TypedColumns):
    hash: Column[bytes] = Column(BLOB, primary_key=True)
    message_id: Column[int] = Column(Integer, primary_key=True)


class _MessageText(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    subject: Column[str] = Column(Text, nullable=False)
    body: Column[str] = Column(Text, nullable=False)
    sender: Column[str] = Column(Text, nullable=False)
    files: Column[str] = Column(Text, nullable=False)
    grams: Column[str | None] = Column(Text)


class _Place(TypedColumns):
    folder_id: Column[int] = Column(Integer, primary_key=True)
    uid: Column[int] = Column(Integer, primary_key=True)
    message_id: Column[int] = Column(Integer, nullable=False)
    flags: Column[str] = Column(Text, nullable=False)
    internal_ms: Column[int] = Column(Integer, nullable=False)
    size: Column[int] = Column(Integer, nullable=False)
    server_id: Column[str] = Column(Text, nullable=False)
    checked: Column[int] = Column(Integer, nullable=False)


class _Skipped(TypedColumns):
    folder_id: Column[int] = Column(Integer, primary_key=True)
    uid: Column[int] = Column(Integer, primary_key=True)
    why: Column[str] = Column(Text, nullable=False)


class _Attachment(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    message_id: Column[int] = Column(Integer, nullable=False)
    part: Column[str] = Column(Text, nullable=False)
    filename: Column[str] = Column(Text, nullable=False)
    mime: Column[str] = Column(Text, nullable=False)
    size: Column[int] = Column(Integer, nullable=False)
    sha256: Column[bytes | None] = Column(BLOB)
    cid: Column[str] = Column(Text, nullable=False)
    kept: Column[int] = Column(Integer, nullable=False)


class _Journal(TypedColumns):
    id: Column[bytes] = Column(BLOB, primary_key=True)
    change: Column[bytes] = Column(BLOB, nullable=False)
    kind: Column[str] = Column(Text, nullable=False)
    actor: Column[str] = Column(Text, nullable=False)
    ent: Column[str] = Column(Text, nullable=False)
    key: Column[str] = Column(Text, nullable=False)
    val: Column[str] = Column(Text, nullable=False)


class _Alias(TypedColumns):
    uid: Column[str] = Column(Text, primary_key=True)
    component: Column[int] = Column(Integer, primary_key=True)
    ticket_uid: Column[str] = Column(Text, nullable=False)
    kind: Column[str] = Column(Text, nullable=False)


class _Ticket(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    uid: Column[str] = Column(Text, nullable=False)
    subject: Column[str] = Column(Text, nullable=False)
    requester: Column[str] = Column(Text, nullable=False)
    requester_name: Column[str] = Column(Text, nullable=False)
    status: Column[str] = Column(Text, nullable=False)
    raw_status: Column[str] = Column(Text, nullable=False)
    reopened_why: Column[str] = Column(Text, nullable=False)
    ended_ms: Column[int | None] = Column(Integer)
    category: Column[str | None] = Column(Text)
    area: Column[str | None] = Column(Text)
    assignee: Column[str | None] = Column(Text)
    priority: Column[str] = Column(Text, nullable=False)
    channel: Column[str] = Column(Text, nullable=False)
    snoozed_ms: Column[int | None] = Column(Integer)
    merged_into: Column[str | None] = Column(Text)
    created_ms: Column[int] = Column(Integer, nullable=False)
    activity_ms: Column[int] = Column(Integer, nullable=False)
    first_response_ms: Column[int | None] = Column(Integer)
    due_ms: Column[int | None] = Column(Integer)
    last_from: Column[str] = Column(Text, nullable=False)
    messages: Column[int] = Column(Integer, nullable=False)
    last_message: Column[int] = Column(Integer, nullable=False)
    snippet: Column[str] = Column(Text, nullable=False)
    fetching: Column[int] = Column(Integer, nullable=False)


class _TicketLink(TypedColumns):
    uid: Column[str] = Column(Text, primary_key=True)
    kind: Column[str] = Column(Text, primary_key=True)
    target: Column[str] = Column(Text, primary_key=True)
    use: Column[str | None] = Column(Text)


class _Note(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    uid: Column[str] = Column(Text, nullable=False)
    ticket_uid: Column[str] = Column(Text, nullable=False)
    actor: Column[str] = Column(Text, nullable=False)
    at_ms: Column[int] = Column(Integer, nullable=False)
    body: Column[str] = Column(Text, nullable=False)


class _Bug(TypedColumns):
    uid: Column[str] = Column(Text, primary_key=True)
    title: Column[str] = Column(Text, nullable=False)
    state: Column[str] = Column(Text, nullable=False)
    severity: Column[str] = Column(Text, nullable=False)
    area: Column[str | None] = Column(Text)
    fixer: Column[str | None] = Column(Text)
    steps: Column[str] = Column(Text, nullable=False)
    expected: Column[str] = Column(Text, nullable=False)
    actual: Column[str] = Column(Text, nullable=False)
    environment: Column[str] = Column(Text, nullable=False)
    impact: Column[str] = Column(Text, nullable=False)
    workaround: Column[str] = Column(Text, nullable=False)
    reproduced: Column[int] = Column(Integer, nullable=False)
    links: Column[str] = Column(Text, nullable=False)
    created_ms: Column[int] = Column(Integer, nullable=False)
    created_by: Column[str] = Column(Text, nullable=False)
    ended_ms: Column[int | None] = Column(Integer)


class _Feature(TypedColumns):
    uid: Column[str] = Column(Text, primary_key=True)
    title: Column[str] = Column(Text, nullable=False)
    detail: Column[str] = Column(Text, nullable=False)
    area: Column[str | None] = Column(Text)
    state: Column[str] = Column(Text, nullable=False)
    created_ms: Column[int] = Column(Integer, nullable=False)
    created_by: Column[str] = Column(Text, nullable=False)
    ended_ms: Column[int | None] = Column(Integer)


class _Article(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    uid: Column[str] = Column(Text, nullable=False)
    title: Column[str] = Column(Text, nullable=False)
    body: Column[str] = Column(Text, nullable=False)
    asked: Column[str] = Column(Text, nullable=False)
    state: Column[str] = Column(Text, nullable=False)
    audience: Column[str] = Column(Text, nullable=False)
    area: Column[str | None] = Column(Text)
    owner: Column[str | None] = Column(Text)
    head: Column[str] = Column(Text, nullable=False)
    conflict: Column[int] = Column(Integer, nullable=False)
    is_answer: Column[int] = Column(Integer, nullable=False)
    created_ms: Column[int] = Column(Integer, nullable=False)
    updated_ms: Column[int] = Column(Integer, nullable=False)


class _ArticleRevision(TypedColumns):
    uid: Column[str] = Column(Text, primary_key=True)
    hash: Column[str] = Column(Text, primary_key=True)
    parents: Column[str] = Column(Text, nullable=False)
    actor: Column[str] = Column(Text, nullable=False)
    at_ms: Column[int] = Column(Integer, nullable=False)
    title: Column[str] = Column(Text, nullable=False)
    body: Column[str] = Column(Text, nullable=False)


class _Setting(TypedColumns):
    key: Column[str] = Column(Text, primary_key=True)
    val: Column[str] = Column(Text, nullable=False)


class _Outbox(TypedColumns):
    id: Column[str] = Column(Text, primary_key=True)
    ticket_uid: Column[str] = Column(Text, nullable=False)
    msgid: Column[str] = Column(Text, nullable=False)
    sender: Column[str] = Column(Text, nullable=False)
    to_addrs: Column[str] = Column(Text, nullable=False)
    cc_addrs: Column[str] = Column(Text, nullable=False)
    envelope: Column[str] = Column(Text, nullable=False)
    subject: Column[str] = Column(Text, nullable=False)
    text: Column[str] = Column(Text, nullable=False)
    mime: Column[bytes] = Column(BLOB, nullable=False)
    basis: Column[str] = Column(Text, nullable=False)
    after: Column[str] = Column(Text, nullable=False)
    actor: Column[str] = Column(Text, nullable=False)
    state: Column[str] = Column(Text, nullable=False)
    queued_ms: Column[int] = Column(Integer, nullable=False)
    not_before_ms: Column[int] = Column(Integer, nullable=False)
    tries: Column[int] = Column(Integer, nullable=False)
    error: Column[str] = Column(Text, nullable=False)
    doubtful: Column[int] = Column(Integer, nullable=False)


class _Draft(TypedColumns):
    ticket_uid: Column[str] = Column(Text, primary_key=True)
    is_note: Column[int] = Column(Integer, primary_key=True)
    text: Column[str] = Column(Text, nullable=False)
    to_addrs: Column[str] = Column(Text, nullable=False)
    cc_addrs: Column[str] = Column(Text, nullable=False)
    saved_ms: Column[int] = Column(Integer, nullable=False)
    files: Column[str] = Column(Text, nullable=False)


class _Looked(TypedColumns):
    ticket_uid: Column[str] = Column(Text, primary_key=True)
    upto: Column[int] = Column(Integer, nullable=False)


class _Wish(TypedColumns):
    message_id: Column[int] = Column(Integer, primary_key=True)
    at_ms: Column[int] = Column(Integer, nullable=False)
    got: Column[int] = Column(Integer, nullable=False)


class _Archiving(TypedColumns):
    ticket_uid: Column[str] = Column(Text, primary_key=True)
    archive_id: Column[int | None] = Column(Integer)
    from_uid: Column[int | None] = Column(Integer)


class _Engine(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    status: Column[str] = Column(Text, nullable=False)


class _ViewState(TypedColumns):
    key: Column[str] = Column(Text, primary_key=True)
    val: Column[str] = Column(Text, nullable=False)


class _UndoStep(TypedColumns):
    id: Column[int] = Column(Integer, primary_key=True)
    change: Column[bytes] = Column(BLOB, nullable=False)
    title: Column[str] = Column(Text, nullable=False)
    at_ms: Column[int] = Column(Integer, nullable=False)
    state: Column[str] = Column(Text, nullable=False)
    undone_by: Column[bytes | None] = Column(BLOB)
    outbox_id: Column[str | None] = Column(Text)


class _Touched(TypedColumns):
    seq: Column[int] = Column(Integer, primary_key=True)
    kind: Column[str] = Column(Text, nullable=False)
    uid: Column[str] = Column(Text, nullable=False)


folder = Table("folder", metadata, _Folder)
message = Table("message", metadata, _Message)
mail_id = Table("mail_id", metadata, _MailId)
message_id_owner = Table("message_id_owner", metadata, _MessageIdOwner)
message_text = Table("message_text", metadata, _MessageText)
place = Table("place", metadata, _Place)
skipped = Table("skipped", metadata, _Skipped)
attachment = Table("attachment", metadata, _Attachment)
journal = Table("journal", metadata, _Journal)
alias = Table("alias", metadata, _Alias)
ticket = Table("ticket", metadata, _Ticket)
ticket_link = Table("ticket_link", metadata, _TicketLink)
note = Table("note", metadata, _Note)
bug = Table("bug", metadata, _Bug)
feature = Table("feature", metadata, _Feature)
article = Table("article", metadata, _Article)
article_revision = Table("article_revision", metadata, _ArticleRevision)
setting = Table("setting", metadata, _Setting)
outbox = Table("outbox", metadata, _Outbox)
draft = Table("draft", metadata, _Draft)
looked = Table("looked", metadata, _Looked)
wish = Table("wish", metadata, _Wish)
archiving = Table("archiving", metadata, _Archiving)
engine = Table("engine", metadata, _Engine)
view_state = Table("view_state", metadata, _ViewState)
undo_step = Table("undo_step", metadata, _UndoStep)
touched = Table("touched", metadata, _Touched)
