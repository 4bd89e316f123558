/** Who is woken by a look that finds commits of others. */
import { expect, it } from 'vitest'
import type { Owner } from '../../src/names.ts'
import type { RemoteChanges } from '../../src/store/remote-changes.ts'
import { createNews } from '../../src/store/sqlite/news.ts'

const ALICE = 'sip:alice@example.com' as Owner

it('X19: a look that finds what workers told of wakes nobody once more; what nobody told of is found, beside them too', () => {
  let now = 1_000_000
  let hear = (_: RemoteChanges): void => undefined
  const told: RemoteChanges[] = []
  const changes = {
    tell: (what: RemoteChanges) => void told.push(what),
    hear: (listener: typeof hear) => (hear = listener),
  }
  const clock = { now: () => now, at: () => () => undefined }
  const news = createNews({ clock, onTrouble: () => undefined, changes, lookEveryMs: 900 })
  const woken: (Owner | undefined)[] = []
  news.committed.add((owner) => void woken.push(owner))
  // Whose place it takes may have told nobody of the last commit.
  expect(told).toEqual([{ commits: [{ owner: undefined, next: undefined }], appended: true, accounts: true }])

  now += 900
  news.tellOfOthers()
  expect(woken).toEqual([undefined])
  for (let look = 0; look < 5; look++) {
    now += 900
    hear({ commits: [{ owner: ALICE, next: undefined }], appended: false, accounts: false })
    news.tellOfOthers()
  }
  expect(woken).toEqual([undefined, ALICE, ALICE, ALICE, ALICE, ALICE])
  now += 900
  hear({ commits: [], appended: false, accounts: false })
  news.tellOfOthers()
  expect(woken.slice(6)).toEqual([undefined])
  now += 2_000
  news.tellOfOthers()
  expect(woken.slice(7)).toEqual([undefined])
})
