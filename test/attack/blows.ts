/** The attacks of 2026-11-27, each as what an attacker sends: one function an attack, run in a process of its own. */
import type { Socket } from 'node:net'
import { Connection } from '../bench/connection.ts'
import { ADMINISTRATOR } from '../bench/server.ts'
import { bob, BLOW_BYTES, JSON_TYPE, MIB, open, tried, type Attack } from './attack.ts'
import { JSON_ATTACKS } from './json-blows.ts'

/** A small document of a format of ours with as many wrong members as fit. */
const wrongMembers: Attack = {
  id: 'HOST-S1-siblings',
  says: '131 KB of wrong members of displayNames and devices',
  async run({ url, over }) {
    const connection = bob(url)
    const list = `[${'0,'.repeat(65_000)}0]`
    let going = true
    void over.then(() => (going = false))
    while (going) {
      for (const [name, field] of [
        ['profiles/work', 'displayNames'],
        ['active-profile', 'devices'],
        ['do-not-disturb', 'devices'],
      ]) {
        const body = Buffer.from(`{"${field}":${list}}`)
        await tried(connection.ask('PUT', `/api/users/sip:bob@example.com/${name}`, JSON_TYPE, body))
      }
    }
  },
}

const unread: Attack = {
  id: 'HOST-S2',
  says: '4.6 MB of pipelined requests, and no answer is taken',
  async run({ url, over }) {
    const socket = await open(url, 'OPTIONS /xcap-root/x HTTP/1.1\r\nhost: h\r\n\r\n'.repeat(110_000))
    socket.pause()
    await over
    socket.destroy()
  },
}

const behindStreams: Attack = {
  id: 'HOST-S3',
  says: 'four streams with 150 requests pipelined behind each',
  async run({ url, over }) {
    const sockets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const connection = bob(url)
        await connection.ask('GET', '/api/users/sip:bob@example.com/profiles')
        const socket = await open(url)
        const request = connection.signed('GET', '/api/changes')
        socket.write(`${request}${'OPTIONS /xcap-root/x HTTP/1.1\r\nhost: h\r\n\r\n'.repeat(150)}`)
        return socket
      }),
    )
    await over
    for (const socket of sockets) socket.destroy()
  },
}

const manyStreams: Attack = {
  id: 'HOST-S3-streams',
  says: '100 connections, 100 pipelined streams on each',
  async run({ url, over }) {
    const connection = bob(url)
    await connection.ask('GET', '/api/users/sip:bob@example.com/profiles')
    const sockets: Socket[] = []
    for (let n = 0; n < 100; n++) {
      let requests = ''
      for (let stream = 0; stream < 100; stream++) requests += connection.signed('GET', '/api/changes')
      sockets.push(await open(url, requests))
    }
    await over
    for (const socket of sockets) socket.destroy()
  },
}

const deviceOf = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** 32 devices, each with a profile of 60 KB of rules, then multipart messages of 60 kinds. */
const dearPreferences: Attack = {
  id: 'HOST-S4',
  says: 'preferences whose cost is the product of their sizes',
  async run({ url, over }) {
    const connection = bob(url)
    const home = '/xcap-root/org.cpm-xdms.profiles/users/sip:bob@example.com'
    const types = Array.from({ length: 60 }, (_, n) => `<content-type>x-kind/never-${n}</content-type>`).join('')
    const rules = Array.from({ length: 20 }, (_, n) => `<rule id="r${n}" action="reject">${types}</rule>`).join('')
    const devices: string[] = []
    for (let n = 0; n < 32; n++) {
      const profile =
        `<profile xmlns="urn:cpm-xdms:profile:1" id="p${n}"><display-name ` +
        `xml:lang="en">p</display-name><messages>${rules}</messages></profile>`
      const type = { 'content-type': 'application/vnd.cpm-xdms.profile+xml' }
      await tried(connection.ask('PUT', `${home}/p${n}`, type, Buffer.from(profile)))
      devices.push(`<device id="${deviceOf(n)}" profile="p${n}"/>`)
      const accepts = Array.from({ length: 60 }, (_, kind) => `x-kind/other-${kind}`)
      const registration = Buffer.from(JSON.stringify({ expiresIn: 3600, accepts }))
      const path = `/api/users/sip:bob@example.com/registrations/${deviceOf(n)}`
      await tried(connection.ask('PUT', path, JSON_TYPE, registration))
    }
    const active =
      `<active-profile xmlns="urn:cpm-xdms:active-profile:1" ` + `default="p0">${devices.join('')}</active-profile>`
    const activeType = { 'content-type': 'application/vnd.cpm-xdms.active-profile+xml' }
    const index = '/xcap-root/org.cpm-xdms.active-profile/users/sip:bob@example.com/index'
    await tried(connection.ask('PUT', index, activeType, Buffer.from(active)))
    const parts = Array.from({ length: 60 }, (_, n) => `--b\r\nContent-Type: x-kind/part-${n}\r\n\r\nx\r\n`).join('')
    const body = { to: 'sip:bob@example.com', contentType: 'multipart/mixed; boundary=b', body: `${parts}--b--\r\n` }
    const sent = Buffer.from(JSON.stringify(body))
    let going = true
    void over.then(() => (going = false))
    while (going) await tried(connection.ask('POST', '/api/messages', JSON_TYPE, sent))
  },
}

const manyZones: Attack = {
  id: 'HOST-S4b',
  says: 'do-not-disturb of 350 devices, each in another time zone',
  async run({ url }) {
    const zones = Intl.supportedValuesOf('timeZone').slice(0, 350)
    const devices = zones.map(
      (zone, n) =>
        `<device id="${deviceOf(n)}"><schedule time-zone="${zone}"><quiet id="q" days="mon" from="22:00" ` +
        `to="07:00"/></schedule></device>`,
    )
    const text = `<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1">${devices.join('')}</do-not-disturb>`
    const path = '/xcap-root/org.cpm-xdms.do-not-disturb/users/sip:bob@example.com/index'
    const type = { 'content-type': 'application/vnd.cpm-xdms.do-not-disturb+xml' }
    for (let times = 0; times < 5; times++) await tried(bob(url).ask('PUT', path, type, Buffer.from(text)))
  },
}

/** Wrong passwords for everybody who matters, from the address that all share. */
const wrongPasswords: Attack = {
  id: 'HOST-S5',
  says: 'wrong passwords for alice, the administrator and invented users',
  async run({ url }) {
    const names = ['alice@example.com', ADMINISTRATOR.userName]
    for (let n = 0; n < 150; n++) {
      const userName = n < 40 ? (names[n % 2] as string) : `nobody${n}@example.com`
      const connection = new Connection(url, { userName, password: 'wrong' })
      await tried(connection.ask('GET', '/api/policy'))
      connection.close()
    }
  },
}

const unreadInboxes: Attack = {
  id: 'HOST-S8',
  says: '64 open inboxes that nobody reads, and two messages of 8 MB',
  async run({ url, over }) {
    const connection = bob(url)
    const sockets: Socket[] = []
    for (let n = 0; n < 64; n++) {
      const path = `/api/users/sip:bob@example.com/registrations/${deviceOf(n)}`
      await tried(connection.ask('PUT', path, JSON_TYPE, Buffer.from('{"expiresIn":600}')))
      const inbox = `/api/users/sip:bob@example.com/devices/${deviceOf(n)}/inbox`
      const socket = await open(url, connection.signed('GET', inbox))
      await new Promise<void>((resolve) => socket.once('data', () => resolve()).once('close', () => resolve()))
      socket.pause()
      sockets.push(socket)
    }
    const body = Buffer.from(
      JSON.stringify({ to: 'sip:bob@example.com', contentType: 'text/plain', body: 'x'.repeat(8 * MIB) }),
    )
    for (let times = 0; times < 2; times++) await tried(connection.ask('POST', '/api/messages', JSON_TYPE, body))
    await over
    for (const socket of sockets) socket.destroy()
  },
}

/** 1,000 names in each of many requests that are refused. */
const squattedNames: Attack = {
  id: 'HOST-S9',
  says: 'refused rls-services documents of 1,000 names each',
  async run({ url, over }) {
    const connection = bob(url)
    const path = '/xcap-root/rls-services/users/sip:bob@example.com/index'
    const type = { 'content-type': 'application/rls-services+xml' }
    let going = true
    void over.then(() => (going = false))
    for (let round = 0; going; round++) {
      const services = Array.from({ length: 300 }, (_, n) => {
        const uri = `sip:team-${round}-${n}@example.com`
        return (
          `<service uri="${uri}"><resource-list>http://xcap.example.com/x</resource-list><packages>` +
          `<package>presence</package></packages></service>`
        )
      })
      const twice = `${services.join('')}${services[0]}`
      const text = `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services">${twice}</rls-services>`
      await tried(connection.ask('PUT', path, type, Buffer.from(text)))
    }
  },
}

const lastByteMissing: Attack = {
  id: 'HOST-H5',
  says: '20 bodies of 14 MB, all but the last byte',
  async run({ url, over }) {
    const connection = bob(url)
    await connection.ask('GET', '/api/users/sip:bob@example.com/profiles')
    const sockets: Socket[] = []
    const body = Buffer.alloc(BLOW_BYTES - 1, 0x20)
    for (let n = 0; n < 20; n++) {
      const head = connection.signed('POST', '/api/messages', JSON_TYPE, BLOW_BYTES)
      const socket = await open(url, head)
      socket.write(body)
      sockets.push(socket)
    }
    await over
    for (const socket of sockets) socket.destroy()
  },
}

/** Asked again and again without credentials, on four connections. */
const readiness: Attack = {
  id: 'HOST-M2',
  says: '/readyz asked without pause on four connections',
  async run({ url, over }) {
    let going = true
    void over.then(() => (going = false))
    const hammer = async (): Promise<void> => {
      const connection = bob(url)
      while (going) await connection.ask('GET', '/readyz')
    }
    await Promise.all(Array.from({ length: 4 }, () => tried(hammer())))
  },
}

const slowHeaders: Attack = {
  id: 'HOST-H2',
  says: '500 connections whose headers never end',
  async run({ url, over }) {
    const sockets: Socket[] = []
    for (let n = 0; n < 500; n++) sockets.push(await open(url, 'GET / HTTP/1.1\r\nhost: h\r\nx-slow: '))
    await over
    for (const socket of sockets) socket.destroy()
  },
}

/** Documents and selectors that are dear to read. */
const dearTexts: Attack = {
  id: 'HOST-X5',
  says: 'deep, wide and entity-laden documents, nested selectors',
  async run({ url, over }) {
    const connection = bob(url)
    const path = '/xcap-root/resource-lists/users/sip:bob@example.com/index'
    const type = { 'content-type': 'application/resource-lists+xml' }
    const attributes = Array.from({ length: 5_000 }, (_, n) => ` a${n}=""`).join('')
    const texts = [
      `<a>${'<b>'.repeat(20_000)}`,
      `<a${attributes}/>`,
      `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(30_000)}">]><a>${'&x;'.repeat(1_000)}</a>`,
      `<a>${'<b/>'.repeat(15_000)}</a>`,
    ]
    let going = true
    void over.then(() => (going = false))
    while (going) {
      for (const text of texts) await tried(connection.ask('PUT', path, type, Buffer.from(text)))
      await tried(connection.ask('GET', `${path}/~~/${'%5B'.repeat(1_200)}`))
    }
  },
}

export const ATTACKS: readonly Attack[] = [
  ...JSON_ATTACKS,
  wrongMembers,
  unread,
  behindStreams,
  manyStreams,
  dearPreferences,
  manyZones,
  wrongPasswords,
  unreadInboxes,
  squattedNames,
  lastByteMissing,
  readiness,
  slowHeaders,
  dearTexts,
]
