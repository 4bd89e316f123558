/** Bodies whose size is not in their bytes. */
import { bob, BLOW_BYTES, JSON_TYPE, tried, type Attack } from './attack.ts'

const filled = (start: string, piece: string, end: string): Buffer =>
  Buffer.from(start + piece.repeat(Math.floor((BLOW_BYTES - start.length - end.length) / piece.length)) + end)

const message = '{"to":"sip:alice@example.com","contentType":"a/b","body":"x"'

/** JSON whose size is in its members: what a parser makes of it is many times as large. */
function largeJson(id: string, says: string, body: () => Buffer): Attack {
  return {
    id,
    says,
    async run({ url }) {
      const text = body()
      for (let times = 0; times < 3; times++) {
        const connection = bob(url)
        // Who has not logged in yet is refused before the body is read.
        await tried(connection.ask('GET', '/api/users/sip:bob@example.com/profiles'))
        await tried(connection.ask('POST', '/api/messages', JSON_TYPE, text))
      }
    },
  }
}

function keysOf(name: (n: number) => string): Buffer {
  const keys: string[] = []
  for (let n = 0, bytes = 100; bytes < BLOW_BYTES; n++) {
    const key = `"${name(n)}":0`
    keys.push(key)
    bytes += key.length + 1
  }
  return Buffer.from(`${message},${keys.join(',')}}`)
}

/** As long as a message may be and honest in its shape; most go where nobody reads them. */
const LONG_BODY_BYTES = 10_400_000
const LONG_BODIES = [
  { body: 'x'.repeat(LONG_BODY_BYTES) },
  { body: 'é'.repeat(LONG_BODY_BYTES / 2) },
  { body: '\n'.repeat(6_500_000) },
  { bodyBase64: 'AAAA'.repeat(3_460_000) },
] as const

const longMessages: Attack = {
  id: 'HOST-S1-long',
  says: 'messages of 10 MB on eight connections at once',
  async run({ url, over }) {
    let going = true
    void over.then(() => (going = false))
    const send = async (worker: number): Promise<void> => {
      const connection = bob(url)
      await connection.ask('GET', '/api/users/sip:bob@example.com/profiles')
      const long = { to: 'sip:bob@example.com', contentType: 'text/plain', ...LONG_BODIES[worker % LONG_BODIES.length] }
      const text = Buffer.from(JSON.stringify(long))
      while (going) await connection.ask('POST', '/api/messages', JSON_TYPE, text)
    }
    await Promise.all(Array.from({ length: 8 }, (_, worker) => tried(send(worker))))
  },
}

const longOffers: Attack = {
  id: 'HOST-S1-offers',
  says: 'messages of 10 MB to an inbox that takes them',
  async run({ url, over }) {
    let going = true
    void over.then(() => (going = false))
    const connection = bob(url)
    const device = 'urn:uuid:00000000-0000-4000-8000-000000000000'
    const registration = `/api/users/sip:bob@example.com/registrations/${device}`
    await connection.ask('PUT', registration, JSON_TYPE, Buffer.from('{"expiresIn":600}'))
    const inbox = `/api/users/sip:bob@example.com/devices/${device}/inbox`
    const watcher = bob(url)
    const acknowledger = bob(url)
    let taken = Promise.resolve()
    await watcher.watch(inbox, (event, data) => {
      if (event !== 'message') return
      // What else is in it has the frames of its chunks between.
      const id = /"id":"([^"]*)"/.exec(data)?.[1] ?? ''
      taken = taken.then(() => tried(acknowledger.ask('POST', `${inbox}/${id}/received`)))
    })
    for (let n = 0; going; n++) {
      const long = { to: 'sip:bob@example.com', contentType: 'text/plain', ...LONG_BODIES[n % LONG_BODIES.length] }
      await tried(connection.ask('POST', '/api/messages', JSON_TYPE, Buffer.from(JSON.stringify(long))))
    }
    watcher.close()
  },
}

export const JSON_ATTACKS: readonly Attack[] = [
  longMessages,
  longOffers,
  largeJson('HOST-S1', 'a message of 14 MB: reports [{},{},…]', () => filled(`${message},"reports":[`, '{},', '{}]}')),
  largeJson('HOST-S1-zeros', 'a message of 14 MB: reports [0,0,…]', () =>
    filled(`${message},"reports":[`, '0,', '0]}'),
  ),
  largeJson('HOST-S1-depth', '14 MB of brackets', () => filled('[', '[', '')),
  largeJson('HOST-S1-objects', '14 MB of {"a":', () => filled('{"a":', '{"a":', '')),
  largeJson('HOST-S1-keys', '14 MB of unknown members', () => keysOf((n) => `key${n}`)),
  largeJson('HOST-S1-integers', '14 MB of members with numbers for names', () => keysOf(String)),
]
