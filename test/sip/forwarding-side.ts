/** The way over SIP, from the contract to the far end: what is sent, and what has come when it is read as bytes. */
import { systemClock, systemRandomness } from '../../src/clock.ts'
import { createSipForward } from '../../src/sip/forward.ts'
import { createSipStack } from '../../src/sip/stack.ts'
import { createTlsIdentity } from '../../src/tls-identity.ts'
import type { Forwarding } from '../../src/participating/contracts/forwarding.ts'
import { freePort } from '../servers/free-port.ts'
import type { Arrival } from './forwarding-contract.ts'

const SILENT = { warn: () => {}, info: () => {}, error: () => {} }

/** Connected to the core when it resolves. */
export async function openForwarding(
  core: { readonly host: string; readonly port: number },
  host: string,
): Promise<{ readonly forwarding: Forwarding; stop(): Promise<void> }> {
  const files = { cert: undefined, key: undefined, authorities: undefined }
  const stack = createSipStack(
    {
      core: { ...core, transport: 'tcp' },
      host,
      port: await freePort(host),
      domain: 'example.com',
      registrations: 'third-party',
      msrpPort: 1,
      relay: undefined,
      leaseFor: 10_000,
      msrpSecure: false,
      tls: files,
      xcapRoot: { uri: 'http://127.0.0.1/xcap-root', path: '/xcap-root' },
      limits: {
        messageBytes: 65_536,
        requestsInFlight: 10,
        requestsOfUser: 10,
        sessions: 1,
        sessionsOfUser: 1,
        subscriptions: 1,
        subscriptionsOfUser: 1,
        inviteFor: 60_000,
      },
    },
    {
      clock: systemClock,
      random: systemRandomness,
      log: SILENT,
      tls: createTlsIdentity(files),
    },
    () => ({}),
  )
  const connected = new Promise<void>((resolve) => stack.onConnected(resolve))
  await stack.start()
  await connected
  return { forwarding: createSipForward(stack), stop: () => stack.stop() }
}

/** A MESSAGE with CPIM (RFC 3862), as latin1; each character is a byte. */
export function arrivalOf(raw: string): Arrival {
  const [sip = '', head = '', mime = ''] = raw.split('\r\n\r\n')
  const body = raw.slice(sip.length + head.length + mime.length + 12)
  const field = (block: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  const history = field(sip, 'History-Info') ?? ''
  const subject = field(head, 'Subject')
  return {
    messageId: field(head, 'imdn\\.Message-ID') ?? '',
    from: field(head, 'From')?.replace(/[<>]/g, '') ?? '',
    to: field(head, 'To')?.replace(/[<>]/g, '') ?? '',
    subject: subject === undefined ? undefined : Buffer.from(subject, 'latin1').toString(),
    contentType: field(mime, 'Content-Type') ?? '',
    body: Buffer.from(body, 'latin1'),
    sent: field(head, 'DateTime') ?? '',
    way: [...history.matchAll(/<([^>]+)>;index=([\d.]+)/g)].map(([, uri = '']) => uri),
    raw,
  }
}

/** Who answers what, by the user part of the Request-URI; who is silent answers nothing. */
export function statusFor(raw: string): number | undefined {
  const [, user = ''] = /^MESSAGE sip:(\w+)@/.exec(raw) ?? []
  return { dan: 200, refusing: 603, busy: 480 }[user]
}
