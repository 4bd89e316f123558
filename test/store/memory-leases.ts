/** Leases in memory, for the same oracle. */
import type { Leases } from '../../src/home/leases.ts'
import type { Process } from './memory.ts'

export function leasesOf({ disk: { claims }, read, write }: Process): Leases {
  return {
    read: (name) => read(() => claims.get(name)),
    swap: (name, seen, claim) =>
      write(() => {
        const newest = claims.get(name)
        if (newest?.token !== seen?.token || newest?.beat !== seen?.beat) return false
        claims.set(name, { ...claim })
        return true
      }),
  }
}
