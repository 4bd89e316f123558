/** Attacks on the disk and on one user, and whatever fuzz throws. */
import { throwAt } from '../fuzz/throw.ts'
import { bob, JSON_TYPE, tried, type Attack } from './attack.ts'

/** New names again and again: what is deleted is kept as an earlier version. */
const manyVersions: Attack = {
  id: 'HOST-S7',
  says: 'documents of 60 KB under new names, put and deleted',
  async run({ url, over }) {
    const connection = bob(url)
    const type = { 'content-type': 'application/resource-lists+xml' }
    const filling = `<!--${'x'.repeat(60_000)}-->`
    const text = Buffer.from(
      `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${filling}</resource-lists>`,
    )
    let going = true
    void over.then(() => (going = false))
    for (let n = 0; going; n++) {
      const path = `/xcap-root/resource-lists/users/sip:bob@example.com/n${n}`
      await tried(connection.ask('PUT', path, type, text))
      await tried(connection.ask('DELETE', path))
    }
  },
}

const fullQueue: Attack = {
  id: 'HOST-S10',
  says: 'tiny messages to one who does not fetch them',
  async run({ url, over }) {
    const connection = bob(url)
    const body = Buffer.from('{"to":"sip:alice@example.com","contentType":"text/plain","body":"x"}')
    let going = true
    void over.then(() => (going = false))
    while (going) await tried(connection.ask('POST', '/api/messages', JSON_TYPE, body))
  },
}

const fuzz: Attack = {
  id: 'HOST-R1',
  says: 'everything that npm run fuzz throws',
  async run({ url, over }) {
    let going = true
    void over.then(() => (going = false))
    await tried(throwAt(url, 4711, () => going, 'bob'))
  },
}

export const MORE_ATTACKS: readonly Attack[] = [manyVersions, fullQueue, fuzz]
