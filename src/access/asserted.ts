/**
 * Who asks, as an authentication proxy or another server of the provider says it (3GPP TS 24.547 Annex A, TS 24.109,
 * OMA XDM Core): believed only where it comes from those who are trusted.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import { userNamed } from '../xui.ts'
import type { Accounts, Principal } from './account.ts'
import { isInRanges, socketAddress, type Range } from './client-address.ts'
import type { Realms } from './realms.ts'
import { NOT_SAID, type Scheme, type SchemeOutcome } from './strategy.ts'

/** Which connections are those of a trusted entity. */
export interface Trust {
  /** For a connection of the listener that only they reach. */
  add(socket: Socket): void
  has(req: IncomingMessage): boolean
}

/** @param peers who is trusted on every listener, by the address of the connection and by nothing that is sent. */
export function createTrust(peers: readonly Range[]): Trust {
  const sockets = new WeakSet<Socket>()
  return {
    add: (socket) => void sockets.add(socket),
    has: (req) => sockets.has(req.socket) || (peers.length > 0 && isInRanges(socketAddress(req), peers)),
  }
}

interface AssertedParts {
  readonly accounts: Pick<Accounts, 'find'>
  readonly realms: Realms
  readonly trust: Pick<Trust, 'has'>
}

const ASSERTED = ['x-3gpp-asserted-identity', 'x-xcap-asserted-identity'] as const
const INTENDED = 'x-3gpp-intended-identity'

export function createAsserted({ accounts, realms, trust }: AssertedParts): Scheme {
  const firstWithAccount = async (xuis: readonly Xui[]): Promise<Principal | undefined> => {
    for (const xui of xuis) {
      const account = await accounts.find(xui)
      if (account !== undefined) return { xui: account.xui, role: account.role }
    }
    return undefined
  }

  const outcomeOf = async (req: IncomingMessage): Promise<SchemeOutcome> => {
    const realm = realms.ofHost(req.headers.host)
    const asserted = assertedIn(req, realm)
    if (asserted === undefined) return NOT_SAID
    // TS 24.547 Annex A: a request from a UE that carries an asserted identity is answered with 403.
    if (!trust.has(req)) throw forbidden('Who you are is not yours to assert.')
    // The same: where there is a token it says who asks.
    if (req.headers.authorization !== undefined) return NOT_SAID
    const intended = intendedIn(req, realm)
    // TS 33.222: one of those that were asserted, or nobody.
    const principal = await firstWithAccount(intended?.filter((xui) => asserted.includes(xui)) ?? asserted)
    if (principal === undefined) throw forbidden('Nobody of whom is asserted has an account here.')
    return { kind: 'authenticated', principal, answerHeaders: {} }
  }
  return (req) => (ASSERTED.some((name) => req.headers[name] !== undefined) ? outcomeOf(req) : NOT_SAID)
}

/**
 * What an authentication proxy would hold a user to: who says whom he intends to be, is nobody else. Who acts for many
 * users says it of them.
 * @throws Refused `forbidden`, `bad-request`
 */
export function mustBeIntended(req: IncomingMessage, { xui, role }: Principal, realms: Realms): void {
  if (role !== 'user' || intendedIn(req, realms.ofHost(req.headers.host))?.includes(xui) !== false) return
  throw forbidden('You are not who you say you intend to be.')
}

/** Each field may be there; where both are, they say the same. */
function assertedIn(req: IncomingMessage, realm: string): readonly Xui[] | undefined {
  const said = ASSERTED.map((name) => identitiesIn(req, name, realm)).filter((each) => each !== undefined)
  const [first] = said
  if (said.some((each) => [...each].sort().join() !== [...(first ?? [])].sort().join()))
    throw new Refused({ kind: 'bad-request', detail: 'The two asserted identities are not the same.' })
  return first
}

function intendedIn(req: IncomingMessage, realm: string): readonly Xui[] | undefined {
  return identitiesIn(req, INTENDED, realm)
}

/** One identity and the comma behind it: in quotes, in angle brackets, or bare. */
const IDENTITY = /\s*(?:"([^"\\]*)"|<([^<>]*)>|([^\s,"<>]+))\s*(?:,|$)/y
const IDENTITIES_AT_MOST = 32

/**
 * Those that are XUIs, or names of users in the realm.
 * @throws Refused `bad-request` for what is no list, and for a field that the next hop was told to drop.
 */
function identitiesIn({ headers }: IncomingMessage, name: string, realm: string): readonly Xui[] | undefined {
  const field = headers[name]
  if (field === undefined) return undefined
  const dropped = (headers.connection ?? '').toLowerCase().split(',')
  const identities = dropped.some((option) => option.trim() === name) ? undefined : listed(String(field))
  if (identities === undefined) throw new Refused({ kind: 'bad-request', detail: `${name} is no list of identities.` })
  return identities.map((text) => userNamed(text, realm)).filter((xui) => xui !== undefined)
}

function listed(field: string): readonly string[] | undefined {
  const found: string[] = []
  IDENTITY.lastIndex = 0
  do {
    const match = IDENTITY.exec(field)
    if (match === null || found.length === IDENTITIES_AT_MOST) return undefined
    found.push((match[1] ?? match[2] ?? match[3] ?? '').trim())
  } while (IDENTITY.lastIndex < field.length)
  return found
}

function forbidden(detail: string): Refused {
  return new Refused({ kind: 'forbidden', detail })
}
