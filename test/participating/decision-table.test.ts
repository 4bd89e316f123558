import { afterEach, beforeEach, expect, it } from 'vitest'
import type { MessageInQuestion } from '../../src/participating/participating.ts'
import { ALICE, BOB, PHONE, TABLET, Testbed, registration } from './testbed.ts'

/**
 * From the documents to what is done: written from the requirements and the formats alone, as data, and compared with
 * the function for every combination of two devices, their profiles, and who sends.
 */
const EVE = 'sip:eve@example.com'
type Action = 'deliver' | 'reject' | 'interwork' | 'store' | 'forward' | 'discard' | 'defer'

interface Written {
  readonly xml: string
  /** The rule of it; `matches` names the senders, `when` is as in the format. */
  readonly rule?: { readonly action: Action; readonly matches: readonly Sender[]; readonly when?: boolean }
  /** Missing: what the policy's defaults say, which are nobody's preference (X8). */
  readonly available?: Action
  readonly unavailable?: Action
}

/** Whether the sender is known to who asks for privacy makes a difference to exceptions, and none to rules (X16). */
type Sender = 'bob' | 'hidden bob' | 'eve' | 'hidden eve'
const SENDERS: readonly Sender[] = ['bob', 'hidden bob', 'eve', 'hidden eve']
const EXCEPTED: readonly Sender[] = ['eve']

const bob = `<originator uri="${BOB}"/>`
const rule = (attributes: string, condition = '<content-type>text/*</content-type>'): string =>
  `<messages><rule id="r" ${attributes}>${condition}</rule></messages>`

const PROFILES: Readonly<Record<string, Written>> = {
  nothing: { xml: '' },
  later: { xml: '<messages><available action="defer"/></messages>', available: 'defer' },
  'later-away': { xml: '<messages><unavailable action="defer"/></messages>', unavailable: 'defer' },
  'away-to-the-store': { xml: '<messages><unavailable action="store"/></messages>', unavailable: 'store' },
  'away-for-good': { xml: '<messages><unavailable action="discard"/></messages>', unavailable: 'discard' },
  'no-bob': { xml: rule('action="reject"', bob), rule: { action: 'reject', matches: ['bob', 'hidden bob'] } },
  'no-mask': {
    xml: rule('action="store"', '<undisclosed-sender/>'),
    rule: { action: 'store', matches: ['hidden bob', 'hidden eve'] },
  },
  'out-when-there': {
    xml: rule('action="interwork" when="available"'),
    rule: { action: 'interwork', matches: SENDERS, when: true },
  },
  'on-when-away': {
    xml: rule('action="forward" to="sip:carol@example.com" when="unavailable"'),
    rule: { action: 'forward', matches: SENDERS, when: false },
  },
}

/** What the device is; `text/html` can be made plain text, and nothing of it is a film (X10, U13). */
const STATES = {
  absent: { registered: false, fits: false, quiet: false },
  there: { registered: true, fits: true, quiet: false },
  plain: { registered: true, fits: true, quiet: false, accepts: ['text/plain'] },
  films: { registered: true, fits: false, quiet: false, accepts: ['video/*'] },
  quiet: { registered: true, fits: true, quiet: true },
} as const
type State = keyof typeof STATES
const states = Object.keys(STATES) as State[]
const names = Object.keys(PROFILES)

interface Device {
  readonly device: string
  readonly state: State
  readonly profile: string
}

/** P1, X8: what a profile says, and whether that is its user's own word. */
function said(name: string, sender: Sender, available: boolean): { readonly action: Action; readonly own: boolean } {
  const profile = PROFILES[name]
  const { rule: one } = profile ?? {}
  if (one?.matches.includes(sender) === true && (one.when ?? available) === available)
    return { action: one.action, own: true }
  const own = available ? profile?.available : profile?.unavailable
  return { action: own ?? (available ? 'deliver' : 'defer'), own: own !== undefined || available }
}

const WORDS_IN_ORDER = ['reject', 'interwork', 'store', 'forward', 'discard'] as const

/** P1, P2, P3, P7, U10, D4. */
function expected(devices: readonly Device[], defaultProfile: string, sender: Sender): string {
  const here = devices.filter(({ state }) => STATES[state].registered)
  const isAvailable = here.some(({ state }) => STATES[state].fits)
  const says = here.map((one) => ({ ...one, ...STATES[one.state], ...said(one.profile, sender, isAvailable) }))
  const judged =
    says.length > 0 ? says.map(({ action, own }) => ({ action, own })) : [said(defaultProfile, sender, false)]
  const delivering = says.filter(({ action }) => action === 'deliver')
  const fitting = delivering.filter(({ fits }) => fits)
  const open = fitting.filter(({ quiet }) => !quiet || EXCEPTED.includes(sender))
  if (open.length > 0) return `deliver ${open.map(({ device }) => device).join()}`
  if (fitting.length > 0) return 'defer do-not-disturb'
  if (delivering.length > 0) return 'defer no-applicable-device'
  for (const word of WORDS_IN_ORDER) if (judged.some(({ action }) => action === word)) return word
  return judged.some(({ own }) => own) ? 'defer preference' : 'defer no-applicable-device'
}

const asked = (sender: Sender): MessageInQuestion => ({
  from: sender.endsWith('bob') ? BOB : EVE,
  contentType: 'text/html',
  size: 5,
  body: Buffer.from('<p>a'),
  privacy: sender.startsWith('hidden'),
  group: false,
  file: false,
  conversation: false,
})

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
  for (const [name, { xml }] of Object.entries(PROFILES)) await testbed.profile(ALICE, name, xml)
})
afterEach(() => testbed.stop())

async function become(device: string, state: State): Promise<void> {
  if (state === 'absent') return void (await testbed.pf.unregister(ALICE, device))
  const { accepts } = STATES[state] as { readonly accepts?: readonly string[] }
  await testbed.pf.register(ALICE, device, registration({ expiresIn: 3600, accepts }))
}

async function explained(sender: Sender): Promise<string> {
  const { outcome, reason, devices } = await testbed.pf.explanation(ALICE, asked(sender), undefined)
  if (outcome !== 'deliver') return reason === undefined || outcome !== 'defer' ? outcome : `${outcome} ${reason}`
  return `deliver ${devices.flatMap(({ device, gets }) => (gets ? [device] : [])).join()}`
}

it('INV-23, P1, P2, P3, P7, U10, X8, X16: equals a table written from the formats, for every combination', {
  timeout: 300_000,
}, async () => {
  let count = 0
  const differences: string[] = []
  for (const one of states)
    for (const other of states) {
      const quiet = [one === 'quiet' ? PHONE : '', other === 'quiet' ? TABLET : ''].filter((device) => device !== '')
      const except = `<except><originator uri="${EVE}"/></except>`
      const entries = quiet.map((device) => `<device id="${device}" on="true"/>`).join('')
      await testbed.doNotDisturb(ALICE, '', entries + except)
      await become(PHONE, one)
      await become(TABLET, other)
      for (const first of names)
        for (const second of names) {
          await testbed.active(ALICE, `default="${first}"`, `<device id="${TABLET}" profile="${second}"/>`)
          const devices = [
            { device: PHONE, state: one, profile: first },
            { device: TABLET, state: other, profile: second },
          ]
          for (const sender of SENDERS) {
            count += 1
            const is = await explained(sender)
            const should = expected(devices, first, sender)
            if (is !== should) differences.push(`${one} ${first}, ${other} ${second}, ${sender}: ${is}, not ${should}`)
          }
        }
    }
  expect(differences.slice(0, 20)).toEqual([])
  expect(count).toBe(5 * 5 * 9 * 9 * 4)
})
