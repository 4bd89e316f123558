/** What the user of the simulation may want, as the documents in his home say it; one text is always the same. */
import type { Home } from '../../../src/home/home.ts'
import { documentKey } from '../../../src/home/home.ts'
import { AUID } from '../../../src/names.ts'
import { queueOf } from '../../../src/participating/state/queue.ts'
import { PHONE } from '../testbed.ts'

export const CAROL = 'sip:carol@example.com'
const OUTSIDE = 'sip:dave@elsewhere.example'
export const EXTENDED_MS = 90_000
export const EXTENSIONS = 2

const rule = (id: string, attributes: string, type: string): string =>
  `<rule id="${id}" ${attributes}><content-type>${type}</content-type></rule>`
const deferred = (mode: string, end: string): string => `<deferred mode="${mode}" keep-for="PT2M" ${end}/>`
const DEFER = '<messages><available action="defer"/><unavailable action="defer"/></messages>'
const SERVICES =
  '<interworking><service name="sms" priority="1" address="tel:+15550100"/>' +
  '<service name="email" priority="2" address="mailto:a@example.com"/></interworking>'

/** Each with what becomes of a message that expires under it; kept it is for the same time by all. */
export const PROFILES = {
  go: { then: 'discard', body: deferred('push', 'on-expiry="discard"') },
  notify: { then: 'discard', body: DEFER + deferred('notify', 'on-expiry="discard"') + SERVICES },
  keep: { then: 'store', body: DEFER + deferred('notify', 'on-expiry="store"') },
  extend: {
    then: 'extend',
    body: DEFER + deferred('notify', 'on-expiry="extend" extend-by="PT90S" extensions="2" then="discard"'),
  },
  hand: { then: 'store', body: DEFER + deferred('hand-over', 'on-expiry="store"') },
  record: {
    then: 'discard',
    body: DEFER + deferred('push', 'on-expiry="discard"') + '<storage messages="true"/>',
  },
  route: {
    then: 'discard',
    body:
      `<messages>${rule('s', 'action="store"', 'text/plain')}${rule('i', 'action="interwork"', 'text/html')}` +
      `${rule('f', `action="forward" to="${CAROL}"`, 'text/csv')}` +
      `${rule('o', `action="forward" to="${OUTSIDE}"`, 'image/gif')}</messages>` +
      deferred('push', 'on-expiry="discard"') +
      SERVICES,
  },
} as const

export type Wish = keyof typeof PROFILES
export const WISHES = Object.keys(PROFILES) as Wish[]
export const TYPES = ['text/plain', 'text/html', 'text/csv', 'image/gif'] as const

export const QUIET = {
  off: '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="false"/>',
  on: '<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="true"/>',
  phone: `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1"><device id="${PHONE}" on="true"/></do-not-disturb>`,
} as const

export interface Text {
  readonly auid: string
  readonly name: string
  /** Under which the store has it. */
  readonly text: string
  readonly xml: string
}

export function profileText(id: Wish): Text {
  const body = `<display-name>${id}</display-name>${PROFILES[id].body}`
  const xml = `<profile xmlns="urn:cpm-xdms:profile:1" id="${id}">${body}</profile>`
  return { auid: AUID.profiles, name: id, text: `profile ${id}`, xml }
}

export function activeText(id: Wish): Text {
  const xml = `<active-profile xmlns="urn:cpm-xdms:active-profile:1" default="${id}"/>`
  return { auid: AUID.activeProfile, name: 'index', text: `active ${id}`, xml }
}

export function quietText(state: keyof typeof QUIET): Text {
  return { auid: AUID.doNotDisturb, name: 'index', text: `dnd ${state}`, xml: QUIET[state] }
}

export function policyText(outOfBand: 'each' | 'summary'): Text {
  const xml =
    '<provider-policy xmlns="urn:cpm-xdms:provider-policy:1">' +
    `<notices out-of-band="${outOfBand}" at-most-every="PT1M"/></provider-policy>`
  return { auid: AUID.providerPolicy, name: 'index', text: `policy ${outOfBand}`, xml }
}

/** By the documents of that very home. */
export function wishIn(home: Home): Wish {
  const text = home.documents.get(documentKey(AUID.activeProfile, 'index'))?.text ?? 'active go'
  return text.slice('active '.length) as Wish
}

export function isQuiet(home: Home, device: string): boolean {
  const text = home.documents.get(documentKey(AUID.doNotDisturb, 'index'))?.text
  return text === 'dnd on' || (text === 'dnd phone' && device === PHONE)
}

/** U3: every device that is known, or without any the user. */
export function isQuietForStore(home: Home): boolean {
  const { registrations } = queueOf(home)
  return registrations.length === 0 ? isQuiet(home, '') : registrations.every(({ device }) => isQuiet(home, device))
}
