/**
 * The shape of the file, as the steps that lead to it. A step that was ever released is never changed: what comes later
 * is a new step. An instant is in milliseconds, a `value` or `record` is JSON.
 */
import type { Instant } from '../../clock.ts'
import type { Database } from './driver.ts'

/** Entries of a home in the journal that know the same end of the block before theirs. */
export const BLOCK = 128

/**
 * Of each entry what it knows of those of its home, and of each home where its entries end. A step that was released
 * has both.
 */
export const linkedEntries = (from: string): string =>
  `SELECT position, at, owner, coalesce(lag(position) OVER own, 0) AS previous,
     coalesce(lag(position, (number - 1) % ${BLOCK} + 1) OVER own, 0) AS far, record
   FROM (SELECT *, row_number() OVER (PARTITION BY owner ORDER BY position) AS number FROM ${from})
   WINDOW own AS (PARTITION BY owner ORDER BY position) ORDER BY position`
export const LINKED_HOMES = `SELECT owner, revision, next, position AS journal_last, far AS journal_far, count AS journal_count
   FROM homes JOIN (SELECT owner, max(position) AS position, far, (count(*) - 1) % ${BLOCK} + 1 AS count
     FROM journal GROUP BY owner) USING (owner)`

const STEPS: readonly string[] = [
  `
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
  `,
  `
  -- What documents were before; ended by the commit that made the home's revision this one. A new one is written at the end of one table, and
  -- taken over with others into the other one, where those of a document lie together.
  CREATE TABLE new_versions (
    number INTEGER PRIMARY KEY, owner TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, etag TEXT NOT NULL, text TEXT NOT NULL,
    size INTEGER NOT NULL, changed INTEGER NOT NULL, changed_by TEXT NOT NULL, replaced INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE versions (
    owner TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, etag TEXT NOT NULL, text TEXT NOT NULL,
    size INTEGER NOT NULL, changed INTEGER NOT NULL, changed_by TEXT NOT NULL, replaced INTEGER NOT NULL,
    PRIMARY KEY (owner, key, revision)
  ) STRICT, WITHOUT ROWID;

  -- Names unique across users. A change is a new row; AUTOINCREMENT gives no version twice.
  CREATE TABLE reservations (
    version INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, since INTEGER NOT NULL,
    UNIQUE (space, name)
  ) STRICT;
  CREATE INDEX reservations_of_owner ON reservations (space, owner);
  `,
  `
  -- The newest claim to each lease; no holder: given up.
  CREATE TABLE leases (name TEXT PRIMARY KEY, token INTEGER NOT NULL, holder TEXT, beat TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- By these an operator finds messages: what waits and what has ended, each in the order of homes, and the id of their sender.
  CREATE INDEX messages_by_state ON messages (sweep_at IS NULL, owner, id);
  CREATE INDEX messages_by_message_id ON messages (json_extract(value, '$.messageId'), owner, id);
  `,
  `
  -- Who changed what of others; the ids are in the order of the instants.
  CREATE TABLE trail (id TEXT PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL, what TEXT NOT NULL, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX trail_of_user ON trail (user, id);
  CREATE INDEX trail_of_deed ON trail (what, id);
  `,
  `
  -- The items of the parts that are lists, in the order of revision and place; a part that lies in one piece has none.
  CREATE TABLE items (
    owner TEXT NOT NULL, part TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, place INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (owner, part, id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Whose a dropped text was, and its bytes: what is kept counts for somebody. Those that were dropped before are nobody's.
  ALTER TABLE dropped_texts ADD COLUMN owner TEXT NOT NULL DEFAULT '';
  ALTER TABLE dropped_texts ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX dropped_texts_of_owner ON dropped_texts (owner, at, size);
  -- Of these owners' entries in the journal the ones up to this position are gone, before their time.
  CREATE TABLE journal_cuts (owner TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- A body that is long lies in pieces, which are written before its message is there.
  CREATE TABLE long_bodies (id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT UNIQUE, size INTEGER NOT NULL, since INTEGER NOT NULL) STRICT;
  CREATE TABLE body_pieces (body INTEGER NOT NULL, place INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (body, place)) STRICT;
  `,
  `
  -- Each entry of the journal knows the one of its home before it ('previous'), and the end of the block before its own ('far'); the home's row
  -- knows the last one, and how many its block has. What is written without that is refused: nobody would find it.
  ALTER TABLE homes ADD COLUMN journal_last INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE homes ADD COLUMN journal_far INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE homes ADD COLUMN journal_count INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE journal RENAME TO old_journal;
  CREATE TABLE journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, owner TEXT NOT NULL,
    previous INTEGER NOT NULL, far INTEGER NOT NULL, record TEXT NOT NULL
  ) STRICT;
  INSERT INTO journal (position, at, owner, previous, far, record) ${linkedEntries('old_journal')};
  DELETE FROM sqlite_sequence WHERE name = 'journal';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'journal', seq FROM sqlite_sequence WHERE name = 'old_journal';
  DROP TABLE old_journal;
  INSERT OR REPLACE INTO homes (owner, revision, next, journal_last, journal_far, journal_count) ${LINKED_HOMES};
  `,
]

/**
 * Brings the file to the present shape.
 * @throws Error in words for people, when somebody else's or a newer file is there.
 */
export function migrate(database: Database, now: Instant): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const version = versionOf(database)
    if (version > STEPS.length) {
      throw new Error(
        `it was written by a newer version of this program (its schema has number ${version}, this program ` +
          `knows ${STEPS.length})`,
      )
    }
    for (const [index, step] of STEPS.entries()) {
      if (index < version) continue
      database.exec(step)
      database.prepare('INSERT INTO schema_versions (version, since) VALUES (?, ?)').run(index + 1, now)
    }
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** 0 for a new file. */
function versionOf(database: Database): number {
  const count = database.prepare(
    "SELECT count(*) AS tables, sum(name = 'schema_versions') AS ours FROM sqlite_schema WHERE type = 'table'",
  )
  const tables = count.get() as { tables: number; ours: number | null }
  if (tables.tables === 0)
    database.exec('CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT')
  else if (tables.ours !== 1) throw new Error('it is a database of another program')
  return (
    database.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_versions').get() as { version: number }
  ).version
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has done so already; the error that led here says why.
  }
}
