/** Situations made by hand: what each device is, without the documents and registrations that would make it so. */
import type { InForce } from '../../src/preferences/in-force.ts'
import type { Judgement } from '../../src/preferences/rules.ts'
import type { Fit, JudgedDevice, Situation } from '../../src/participating/decision/applicability.ts'

/** What a profile says, and who said it: a rule, `available`, or `unavailable` of the user or the provider. */
export interface Saying {
  readonly action: Judgement['action']
  readonly by: 'rule' | 'available' | 'own-unavailable' | 'policy-unavailable'
}

export interface Cell {
  readonly fit: Fit
  readonly covered: boolean
  readonly saying: Saying
  /** The registration began after the message was deferred. */
  readonly later: boolean
}

export const MESSAGE_TURN = 5

function judgement({ action, by }: Saying): Judgement {
  return { action, because: by === 'rule' ? 'rule' : by === 'available' ? 'available' : 'unavailable' }
}

function inForce({ by }: Saying): InForce {
  return { ownUnavailable: by === 'own-unavailable' } as InForce
}

export function situation(cells: readonly Cell[], defaultProfile: Saying): Situation {
  const devices = cells.map(({ fit, covered, saying, later }, at) => {
    const registration = {
      device: `device-${at}`,
      began: 0,
      expires: 1,
      turn: later ? MESSAGE_TURN + 1 : MESSAGE_TURN - 1,
    }
    return {
      registration,
      inForce: inForce(saying),
      dndActive: covered,
      dndUntil: undefined,
      fit,
      covered,
      says: judgement(saying),
    } satisfies JudgedDevice
  })
  return { devices, defaultProfile: inForce(defaultProfile), defaultSays: judgement(defaultProfile) }
}

export const SAYINGS: readonly Saying[] = [
  { action: 'deliver', by: 'available' },
  { action: 'deliver', by: 'rule' },
  { action: 'reject', by: 'rule' },
  { action: 'interwork', by: 'rule' },
  { action: 'store', by: 'policy-unavailable' },
  { action: 'forward', by: 'rule' },
  { action: 'discard', by: 'own-unavailable' },
  { action: 'defer', by: 'rule' },
  { action: 'defer', by: 'available' },
  { action: 'defer', by: 'own-unavailable' },
  { action: 'defer', by: 'policy-unavailable' },
]

const FITS: readonly Fit[] = ['fits', 'needs-conversion', 'misfit']

export function allCells(laters: readonly boolean[]): readonly Cell[] {
  return FITS.flatMap((fit) =>
    [false, true].flatMap((covered) =>
      SAYINGS.flatMap((saying) => laters.map((later) => ({ fit, covered, saying, later }))),
    ),
  )
}
