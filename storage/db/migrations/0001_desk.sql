-- The desk. Times are INTEGER milliseconds UTC; ids text; STRICT throughout.

-- Mail: what came and went, never dropped -------------------------------------------------
CREATE TABLE folder(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK(role IN('intake','sent','archive','junk')),
  uidvalidity INTEGER, high_uid INTEGER NOT NULL DEFAULT 0, low_uid INTEGER,
  highestmodseq INTEGER, server_count INTEGER NOT NULL DEFAULT 0, checked_ms INTEGER
) STRICT;
CREATE TABLE message(
  id INTEGER PRIMARY KEY,                      -- arrival in seconds since 2000, or the next free number
  key BLOB NOT NULL UNIQUE CHECK(length(key)=16),
  base_key BLOB NOT NULL,                      -- the key its headers give; `key` differs where an id repeats with other content
  content_hash BLOB,
  msgid TEXT NOT NULL, in_reply_to TEXT NOT NULL DEFAULT '', refs TEXT NOT NULL DEFAULT '', -- ids, one space between
  reported_ids TEXT NOT NULL DEFAULT '', proven TEXT NOT NULL DEFAULT '',
  component INTEGER NOT NULL,
  ticket_uid TEXT NOT NULL DEFAULT '',         -- '' while it is on no ticket
  verdict TEXT NOT NULL DEFAULT 'member' CHECK(verdict IN('member','unverified')),
  why TEXT NOT NULL DEFAULT '',
  direction TEXT NOT NULL CHECK(direction IN('in','out')),
  is_colleague INTEGER NOT NULL DEFAULT 0,
  from_addr TEXT NOT NULL, from_name TEXT NOT NULL DEFAULT '',
  reply_to TEXT NOT NULL DEFAULT '[]', to_addrs TEXT NOT NULL DEFAULT '[]', cc_addrs TEXT NOT NULL DEFAULT '[]', -- JSON [[name,email]]
  subject TEXT NOT NULL, date_ms INTEGER NOT NULL, arrival_ms INTEGER NOT NULL, size INTEGER NOT NULL,
  snippet TEXT NOT NULL DEFAULT '', hidden_text INTEGER NOT NULL DEFAULT 0,
  is_auto INTEGER NOT NULL DEFAULT 0, is_report INTEGER NOT NULL DEFAULT 0, may_auto_reply INTEGER NOT NULL DEFAULT 0,
  auth_passed INTEGER,
  has_body INTEGER NOT NULL DEFAULT 0, has_attachment INTEGER NOT NULL DEFAULT 0,
  same_id_other_content INTEGER NOT NULL DEFAULT 0,
  defects TEXT NOT NULL DEFAULT '[]', header BLOB NOT NULL, raw BLOB, parse_version INTEGER NOT NULL
) STRICT;
CREATE INDEX message_base ON message(base_key);
CREATE INDEX message_component ON message(component);
CREATE INDEX message_ticket ON message(ticket_uid, arrival_ms, id);
CREATE INDEX message_sender ON message(from_addr, arrival_ms);
CREATE INDEX message_bodiless ON message(id DESC) WHERE has_body=0;
CREATE TABLE mail_id(                          -- every id a mail here has or names; unseen ones are ghosts
  hash BLOB PRIMARY KEY CHECK(length(hash)=16), component INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_id_component ON mail_id(component);
CREATE TABLE message_id_owner(                 -- who has an id; never unique: real ids repeat with other content
  hash BLOB NOT NULL, message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE, PRIMARY KEY(hash, message_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE message_text(
  id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
  subject TEXT NOT NULL, body TEXT NOT NULL, sender TEXT NOT NULL, files TEXT NOT NULL DEFAULT '', grams TEXT
) STRICT;
CREATE TABLE place(
  folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE, uid INTEGER NOT NULL,
  message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  flags TEXT NOT NULL DEFAULT '', internal_ms INTEGER NOT NULL, size INTEGER NOT NULL,
  server_id TEXT NOT NULL DEFAULT '',          -- the server's own id of the mail, alike in every folder; '' where it gives none
  checked INTEGER NOT NULL DEFAULT 1,          -- 0: same key, other size or date; its body is still to be compared
  PRIMARY KEY(folder_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX place_message ON place(message_id);
CREATE INDEX place_unchecked ON place(folder_id, uid) WHERE checked=0;
CREATE TABLE skipped(
  folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE, uid INTEGER NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY(folder_id, uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE attachment(
  id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
  part TEXT NOT NULL, filename TEXT NOT NULL, mime TEXT NOT NULL, size INTEGER NOT NULL,
  sha256 BLOB, cid TEXT NOT NULL DEFAULT '',
  kept INTEGER NOT NULL DEFAULT 1,             -- 0: its file was put away to save room, the server has it
  UNIQUE(message_id, part)
) STRICT;
CREATE INDEX attachment_away ON attachment(message_id) WHERE kept=0;
CREATE INDEX attachment_sha ON attachment(sha256) WHERE sha256 IS NOT NULL;
CREATE VIRTUAL TABLE message_fts USING fts5(subject, body, sender, files, grams,
  content='message_text', content_rowid='id', tokenize='unicode61 remove_diacritics 2');

-- Journal: append-only, the only thing that is shared ----------------------------------------
CREATE TABLE journal(
  id BLOB PRIMARY KEY CHECK(length(id)=16), change BLOB NOT NULL CHECK(length(change)=16), kind TEXT NOT NULL,
  actor TEXT NOT NULL, ent TEXT NOT NULL, key TEXT NOT NULL, val TEXT NOT NULL CHECK(json_valid(val))
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_ent ON journal(ent, key);
CREATE INDEX journal_change ON journal(change);
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT,'the journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT,'the journal is append-only'); END;

-- Read model: a pure fold of mail and journal -------------------------------------------------
CREATE TABLE alias(                            -- a uid that was seen once leads to its ticket for ever
  uid TEXT NOT NULL, component INTEGER NOT NULL, ticket_uid TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN('alias','merged')),
  PRIMARY KEY(uid, component)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_ticket ON alias(ticket_uid);
CREATE INDEX alias_component ON alias(component);
CREATE TABLE ticket(
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL DEFAULT '', requester TEXT NOT NULL DEFAULT '', requester_name TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'new' CHECK(status IN('new','open','pending','on_hold','closed','dismissed','merged')),
  raw_status TEXT NOT NULL DEFAULT 'new', reopened_why TEXT NOT NULL DEFAULT '',
  ended_ms INTEGER, category TEXT, area TEXT, assignee TEXT,
  priority TEXT NOT NULL DEFAULT 'normal' CHECK(priority IN('critical','high','normal','low')),
  channel TEXT NOT NULL DEFAULT 'email', snoozed_ms INTEGER, merged_into TEXT,
  created_ms INTEGER NOT NULL DEFAULT 0, activity_ms INTEGER NOT NULL DEFAULT 0,
  first_response_ms INTEGER, due_ms INTEGER, last_from TEXT NOT NULL DEFAULT 'in' CHECK(last_from IN('in','out')),
  messages INTEGER NOT NULL DEFAULT 0, last_message INTEGER NOT NULL DEFAULT 0, snippet TEXT NOT NULL DEFAULT '', fetching INTEGER NOT NULL DEFAULT 0,
  CHECK((status IN('closed','dismissed','merged')) = (ended_ms IS NOT NULL)),
  CHECK(status<>'closed' OR category IS NOT NULL)
) STRICT;
CREATE INDEX ticket_open_activity ON ticket(activity_ms DESC, id DESC) WHERE ended_ms IS NULL;
CREATE INDEX ticket_open_due ON ticket(coalesce(due_ms, 9007199254740991), created_ms, uid) WHERE ended_ms IS NULL;
CREATE INDEX ticket_open_badge ON ticket(status, assignee, due_ms, priority) WHERE ended_ms IS NULL;
CREATE INDEX ticket_activity ON ticket(activity_ms DESC, id DESC);
CREATE INDEX ticket_requester ON ticket(requester, activity_ms DESC, id DESC);
CREATE INDEX ticket_report ON ticket(ended_ms, category, area) WHERE ended_ms IS NOT NULL;
CREATE INDEX ticket_merged ON ticket(merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE ticket_link(
  uid TEXT NOT NULL REFERENCES ticket(uid) ON DELETE CASCADE, kind TEXT NOT NULL CHECK(kind IN('kb','bug','feature','tag')),
  target TEXT NOT NULL CHECK(target<>''), use TEXT, PRIMARY KEY(uid, kind, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_link_target ON ticket_link(kind, target);
CREATE TABLE note(
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, ticket_uid TEXT NOT NULL, actor TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX note_ticket ON note(ticket_uid, at_ms);
CREATE VIRTUAL TABLE note_fts USING fts5(body, content='note', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE TABLE bug(
  uid TEXT PRIMARY KEY, title TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'reported' CHECK(state IN('reported','confirmed','fixing','fixed','released','wont_fix')),
  severity TEXT NOT NULL DEFAULT 'low' CHECK(severity IN('critical','high','low')), area TEXT, fixer TEXT,
  steps TEXT NOT NULL DEFAULT '', expected TEXT NOT NULL DEFAULT '', actual TEXT NOT NULL DEFAULT '', environment TEXT NOT NULL DEFAULT '',
  impact TEXT NOT NULL DEFAULT '', workaround TEXT NOT NULL DEFAULT '', reproduced INTEGER NOT NULL DEFAULT 0, links TEXT NOT NULL DEFAULT '[]',
  created_ms INTEGER NOT NULL, created_by TEXT NOT NULL, ended_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE feature(
  uid TEXT PRIMARY KEY, title TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '', area TEXT,
  state TEXT NOT NULL DEFAULT 'asked' CHECK(state IN('asked','planned','shipped','declined')),
  created_ms INTEGER NOT NULL, created_by TEXT NOT NULL, ended_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE article(
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, title TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '', asked TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'draft' CHECK(state IN('draft','in_review','published','needs_review','archived')),
  audience TEXT NOT NULL DEFAULT 'internal' CHECK(audience IN('internal','public')), area TEXT, owner TEXT,
  head TEXT NOT NULL DEFAULT '', conflict INTEGER NOT NULL DEFAULT 0, is_answer INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE article_revision(
  uid TEXT NOT NULL, hash TEXT NOT NULL, parents TEXT NOT NULL, actor TEXT NOT NULL, at_ms INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY(uid, hash)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE article_fts USING fts5(title, body, asked, content='article', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE article_stem USING fts5(title, body, asked, content='article', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE article_vocab USING fts5vocab(article_fts, 'row');
CREATE TABLE setting(key TEXT PRIMARY KEY, val TEXT NOT NULL CHECK(json_valid(val))) STRICT, WITHOUT ROWID;

-- Local: this machine's own ---------------------------------------------------------------------
CREATE TABLE outbox(
  id TEXT PRIMARY KEY, ticket_uid TEXT NOT NULL, msgid TEXT NOT NULL UNIQUE, sender TEXT NOT NULL,
  to_addrs TEXT NOT NULL, cc_addrs TEXT NOT NULL DEFAULT '[]', envelope TEXT NOT NULL,  -- JSON
  subject TEXT NOT NULL, text TEXT NOT NULL, mime BLOB NOT NULL, basis TEXT NOT NULL DEFAULT '[]',
  after TEXT NOT NULL DEFAULT 'nothing' CHECK(after IN('nothing','close','pending')), actor TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN('queued','sending','handing_over','accepted','sent','held','failed')),
  queued_ms INTEGER NOT NULL, not_before_ms INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
  doubtful INTEGER NOT NULL DEFAULT 0  -- it may have been sent
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_ticket ON outbox(ticket_uid);
CREATE INDEX outbox_due ON outbox(state, not_before_ms);
CREATE TABLE draft(
  ticket_uid TEXT NOT NULL, is_note INTEGER NOT NULL, text TEXT NOT NULL, to_addrs TEXT NOT NULL DEFAULT '[]', cc_addrs TEXT NOT NULL DEFAULT '[]',
  saved_ms INTEGER NOT NULL,
  files TEXT NOT NULL DEFAULT '[]' CHECK(json_valid(files)), -- what goes along, kept as files: [{filename, mime, size, sha256}]
  PRIMARY KEY(ticket_uid, is_note)
) STRICT, WITHOUT ROWID;
CREATE TABLE looked(ticket_uid TEXT PRIMARY KEY, upto INTEGER NOT NULL) STRICT, WITHOUT ROWID;  -- message ids above are unread
CREATE TABLE wish(                             -- bodies and files that are to come from the server
  message_id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, -- at_ms 0: nobody waits before it
  got INTEGER NOT NULL DEFAULT 0               -- bytes that are here
) STRICT;
CREATE TABLE archiving(                         -- closed tickets whose mail is to leave intake
  ticket_uid TEXT PRIMARY KEY,
  archive_id INTEGER, from_uid INTEGER         -- in that folder, what lies from there on may be a copy that we made
) STRICT, WITHOUT ROWID;
CREATE TABLE engine(id INTEGER PRIMARY KEY CHECK(id=1), status TEXT NOT NULL CHECK(json_valid(status))) STRICT;
CREATE TABLE view_state(key TEXT PRIMARY KEY, val TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE undo_step(
  id INTEGER PRIMARY KEY, change BLOB NOT NULL UNIQUE, title TEXT NOT NULL, at_ms INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'done' CHECK(state IN('done','undone','spent')), undone_by BLOB, outbox_id TEXT
) STRICT;
CREATE TABLE touched(seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, uid TEXT NOT NULL) STRICT;

-- The close gate, held against any SQL client -------------------------------------------------------
CREATE TRIGGER gate_insert BEFORE INSERT ON ticket WHEN NEW.status='closed'
  BEGIN SELECT RAISE(ABORT,'close gate: a ticket is not born closed'); END;
CREATE TRIGGER gate_update BEFORE UPDATE ON ticket
  WHEN NEW.status='closed' AND NOT EXISTS(SELECT 1 FROM ticket_link WHERE uid=NEW.uid AND kind='kb')
  BEGIN SELECT RAISE(ABORT,'close gate: no KB article is linked'); END;
CREATE TRIGGER gate_link_delete BEFORE DELETE ON ticket_link
  WHEN OLD.kind='kb' AND (SELECT status FROM ticket WHERE uid=OLD.uid)='closed'
  AND (SELECT count(*) FROM ticket_link WHERE uid=OLD.uid AND kind='kb')=1
  BEGIN SELECT RAISE(ABORT,'close gate: last KB link of a closed ticket'); END;
CREATE TRIGGER gate_link_update BEFORE UPDATE OF uid, kind, target ON ticket_link
  BEGIN SELECT RAISE(ABORT,'links are added and removed, never edited'); END;
