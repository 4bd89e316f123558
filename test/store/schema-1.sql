-- A file as version 1 of the schema made it, with something in it.
CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT;
CREATE TABLE homes (owner TEXT PRIMARY KEY, revision INTEGER NOT NULL, next INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX homes_by_next ON homes (next, owner) WHERE next IS NOT NULL;
CREATE INDEX homes_with_next ON homes (owner) WHERE next IS NOT NULL;
CREATE TABLE documents (
  owner TEXT NOT NULL, key TEXT NOT NULL, etag TEXT NOT NULL, text TEXT NOT NULL,
  size INTEGER NOT NULL, changed INTEGER NOT NULL, changed_by TEXT NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE parts (owner TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, name)) STRICT, WITHOUT ROWID;

CREATE TABLE texts (id TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE dropped_texts (at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (at, id)) STRICT, WITHOUT ROWID;

CREATE TABLE messages (id TEXT PRIMARY KEY, unique_name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, value TEXT NOT NULL, sweep_at INTEGER) STRICT;
CREATE INDEX messages_to_sweep ON messages (sweep_at) WHERE sweep_at IS NOT NULL;
CREATE TABLE bodies (message TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

-- AUTOINCREMENT remembers the last position when all entries are swept; an insert that is rolled back takes none.
CREATE TABLE journal (position INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, owner TEXT NOT NULL, record TEXT NOT NULL) STRICT;
CREATE INDEX journal_of_owner ON journal (owner, position);

CREATE TABLE accounts (xui TEXT PRIMARY KEY, role TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE user_names (user_name TEXT PRIMARY KEY, xui TEXT NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
CREATE INDEX user_names_of_account ON user_names (xui);

CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- One row, written to find out whether writing works.
CREATE TABLE probe (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;

INSERT INTO schema_versions VALUES (1, 1795000000000);
INSERT INTO homes VALUES ('sip:alice@example.com', 2, 1795000009000);
INSERT INTO documents VALUES ('sip:alice@example.com', 'org.cpm-xdms.profiles/work', 'second', 'second', 6, 1795000002000, 'sip:alice@example.com');
INSERT INTO parts VALUES ('sip:alice@example.com', 'counter', '{"count":7}');
INSERT INTO texts VALUES ('first', CAST('<profile>first</profile>' AS BLOB)), ('second', CAST('<profile>second</profile>' AS BLOB));
INSERT INTO dropped_texts VALUES (1795000002000, 'first');
INSERT INTO messages VALUES ('m1', 'n1', 'sip:alice@example.com', '{"state":"deferred"}', NULL);
INSERT INTO bodies VALUES ('m1', CAST('body of m1' AS BLOB));
INSERT INTO journal (at, owner, record) VALUES (1795000002000, 'sip:alice@example.com', '{"kind":"change","document":"d","newEtag":"second","at":1795000002000,"by":"sip:alice@example.com"}');
INSERT INTO accounts VALUES ('sip:alice@example.com', 'user');
INSERT INTO user_names VALUES ('alice', 'sip:alice@example.com', 'md5', 'sha256');
INSERT INTO kept VALUES ('realm', 'example.com');
