/** One writer, quicker than what is done behind his commits. */
import { expect, it, vi } from 'vitest'
import { emptyHome, type Home } from '../../src/home/home.ts'
import type { TestDatabase } from '../servers/mongodb.ts'
import { withAtomicDatabase, withTestDatabase } from '../servers/suite.ts'
import { ALICE, bytes, counted } from './fixtures.ts'
import { databaseOfEachTest, UNHURRIED_MS } from './mongodb-databases.ts'

const suite = (server: TestDatabase): void => {
  const { collection, open } = databaseOfEachTest(server)

  it('INV-30: who commits 3,000 times to one home, one right after the other, is never turned away, and nothing piles up', {
    timeout: 300_000,
  }, async () => {
    const store = await open({ waitMs: UNHURRIED_MS })
    let home: Home = emptyHome(ALICE)
    let most = 0
    for (let count = 1; count <= 3_000; count++) {
      const texts = [{ id: `t${count}`, bytes: bytes('text') }]
      const outcome = await store.homes.commit({ home: counted(home, count), texts })
      if (outcome.kind !== 'committed') throw new Error(outcome.kind)
      home = outcome.home
      if (count % 100 > 0) continue
      const links = (await collection('homes').find().toArray()) as unknown as { readonly outbox: string }[]
      most = Math.max(most, ...links.map(({ outbox }) => (JSON.parse(outbox) as unknown[]).length))
    }
    expect(most).toBeLessThan(50)
    await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(0), 10_000)
    await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0), 10_000)
  })
}

await withAtomicDatabase(suite)
await withTestDatabase(suite)
