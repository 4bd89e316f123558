/** Mistakes that a participating function could make, put in from outside: the simulation must find each. */
import type { UserPreferences } from '../../src/preferences/in-force.ts'
import type { Instant } from '../../src/clock.ts'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE } from './testbed.ts'
import type { Plant } from './devices-simulation.ts'

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

/** 202 goes out, and the disk is written when there is time. */
const acknowledgesBeforeCommit: Plant = {
  homes: (homes) => ({
    ...homes,
    async commit(commit) {
      if ((commit.messages ?? []).length === 0) return homes.commit(commit)
      void turns(30).then(() => homes.commit(commit))
      return { kind: 'committed', home: commit.home }
    },
  }),
}

/** What was sent counts as delivered. */
const removesAtSend: Plant = {
  onSend: (pf, device, { id }) => void pf.received(ALICE, device, id),
}

/** When a home is due is known to this process only. */
const timersInMemory: Plant = {
  homes(homes) {
    const due = new Map<string, Instant>()
    const known = () => [...due] as [typeof ALICE, Instant][]
    return {
      ...homes,
      async commit(commit) {
        const { owner, next } = commit.home
        const outcome = await homes.commit({ ...commit, home: { ...commit.home, next: undefined } })
        if (outcome.kind !== 'committed') return outcome
        if (next === undefined) due.delete(owner)
        else due.set(owner, next)
        return outcome
      },
      async read(owner) {
        const home = await homes.read(owner)
        return { ...home, next: home.next ?? due.get(owner) }
      },
      async due(until, limit) {
        const mine = known().flatMap(([owner, next]) => (next <= until ? [owner] : []))
        return [...new Set([...(await homes.due(until, limit)), ...mine])]
      },
      earliest: async () => Math.min((await homes.earliest()) ?? Infinity, ...due.values()),
    }
  },
}

/** Do-not-disturb is looked up before, and not in, the commit that releases. */
const disturbReadOutsideTheClaim: Plant = {
  preferencesOf(read) {
    const before = new Map<string, UserPreferences>()
    return async (home) => {
      const now = await read(home)
      const used = before.get(home.owner) ?? now
      before.set(home.owner, now)
      return used
    }
  },
}

/** Nobody is told of commits: the sweep alone must find what is due. No mistake. */
export const toldOfNoCommit: Plant = {
  homes: (homes) => ({ ...homes, onCommit: () => () => {} }),
}

/**
 * An arrival decided on an old state is not decided again, but laid over the new one, and its `next` over the one that
 * says now.
 */
const losesWakeUps: Plant = {
  homes: (homes) => ({
    ...homes,
    onCommit: () => () => {},
    async commit(commit) {
      for (let home = commit.home; ; ) {
        const outcome = await homes.commit({ ...commit, home })
        const offersSome = queueOf(commit.home).waiting.some(({ offers }) => offers.length > 0)
        if (outcome.kind !== 'conflict' || (commit.messages ?? []).length === 0 || offersSome) return outcome
        const { revision, documents } = await homes.read(home.owner)
        home = { ...commit.home, revision, documents }
      }
    },
  }),
}

/** What was decided on an old state is laid over the new one. */
const commitsOverOthers: Plant = {
  homes: (homes) => ({
    ...homes,
    async commit(commit) {
      const outcome = await homes.commit(commit)
      if (outcome.kind !== 'conflict') return outcome
      const { revision, documents } = await homes.read(commit.home.owner)
      return homes.commit({ ...commit, home: { ...commit.home, revision, documents } })
    },
  }),
}

/** Each with the invariants by which it must be found, and how many servers it takes. */
export const MISTAKES: readonly (readonly [mistake: string, plant: Plant, found: RegExp, servers: number])[] = [
  ['acknowledges before the commit', acknowledgesBeforeCommit, /^INV-[12]:/, 1],
  ['removes at send', removesAtSend, /^INV-10:/, 1],
  ['keeps timers in memory only', timersInMemory, /^INV-7:/, 1],
  ['reads do-not-disturb outside the claim', disturbReadOutsideTheClaim, /^INV-4:/, 1],
  ['loses wake-ups', losesWakeUps, /^(?:INV-7|INV-8|INV-32):/, 1],
  ['commits over another server', commitsOverOthers, /^INV-(?:1|3|4|9|10|15):/, 2],
]
