/**
 * A process of its own that writes into a store: `writer.ts FOLDER loop OWNERS` commits for so many owners without end
 * and prints each acknowledged commit (`OWNER REVISION`), `checkpointed` with a checkpoint behind each;
 * `writer.ts FOLDER count TIMES` adds one so many times;
 * `writer.ts FOLDER account` makes Bob's account.
 */
import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { partOf } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import type { Xui } from '../../src/names.ts'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { account, ALICE, BOB, counted, COUNTER, message, put } from './fixtures.ts'

async function loop(store: Store, owner: Xui, then: () => void): Promise<never> {
  for (;;) {
    const home = await store.homes.read(owner)
    const revision = home.revision + 1
    const tag = `${owner}-${revision}`
    const outcome = await store.homes.commit({
      ...put(counted(home, revision), 'work', tag, revision),
      messages: [message(tag, tag)],
    })
    assert.equal(outcome.kind, 'committed')
    writeSync(1, `${owner} ${revision}\n`)
    then()
  }
}

const [folder = '', mode, times = '1'] = process.argv.slice(2)
const store = await openSqliteStore({ folder, clock: systemClock })
const loops = (then: () => void): Promise<unknown> =>
  Promise.all(Array.from({ length: Number(times) }, (_, at) => loop(store, `sip:owner-${at}@example.com` as Xui, then)))
if (mode === 'loop') await loops(() => {})
if (mode === 'checkpointed') {
  const other = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
  await loops(() => other.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
}
if (mode === 'account') await store.accounts.put(account(BOB, 'user', 'bob'))
for (let time = 0; mode === 'count' && time < Number(times); time++) {
  await update(store.homes, ALICE, (home) => ({
    answer: undefined,
    commit: { home: counted(home, partOf(home, COUNTER).count + 1) },
  }))
}
await store.close()
