import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPosting } from '../../src/outbound/post.ts'
import { createTargets } from '../../src/outbound/targets.ts'

const never = new AbortController().signal
const NOW = Date.UTC(2026, 10, 27, 12)

describe('where a user may send the server', () => {
  const posting = createPosting(createTargets([]), () => NOW)
  const own = createPosting(createTargets(['10.1.0.0/16', 'fd00::/8', 'hooks.internal']), () => NOW)

  it.each([
    ['https://push.example.com/x', undefined],
    ['https://93.184.216.34/', undefined],
    ['https://[2606:4700::1111]/', undefined],
    ['http://push.example.com/x', 'It is no https URL.'],
    ['http://93.184.216.34/', 'It is no https URL.'],
    ['ftp://push.example.com/x', 'It is no https URL.'],
    ['no URL', 'It is no https URL.'],
    ['https://user:secret@push.example.com/', 'A URL holds no password.'],
    ['https://0.0.0.0/', 'Its address is not a public one.'],
    ['https://127.0.0.1/', 'Its address is not a public one.'],
    ['https://127.1/', 'Its address is not a public one.'],
    ['https://2130706433/', 'Its address is not a public one.'],
    ['https://0x7f.0.0.1/', 'Its address is not a public one.'],
    ['https://10.1.2.3/', 'Its address is not a public one.'],
    ['https://100.64.0.1/', 'Its address is not a public one.'],
    ['https://169.254.169.254/latest/meta-data/', 'Its address is not a public one.'],
    ['https://172.31.255.255/', 'Its address is not a public one.'],
    ['https://192.168.1.1/', 'Its address is not a public one.'],
    ['https://224.0.0.1/', 'Its address is not a public one.'],
    ['https://255.255.255.255/', 'Its address is not a public one.'],
    ['https://[::1]/', 'Its address is not a public one.'],
    ['https://[::]/', 'Its address is not a public one.'],
    ['https://[::ffff:127.0.0.1]/', 'Its address is not a public one.'],
    ['https://[64:ff9b::7f00:1]/', 'Its address is not a public one.'],
    ['https://[2002:7f00:1::]/', 'Its address is not a public one.'],
    ['https://[fd00::1]/', 'Its address is not a public one.'],
    ['https://[fe80::1]/', 'Its address is not a public one.'],
  ])('HOST-SSRF1: %s: %s', (url, says) => {
    expect(posting.refusalOf(url)).toBe(says)
  })

  it.each([
    ['http://10.1.2.3/', undefined],
    ['http://hooks.internal:8080/', undefined],
    ['http://HOOKS.internal/', undefined],
    ['https://[fd00::1]/', undefined],
    ['https://10.2.0.1/', 'Its address is not a public one.'],
  ])('HOST-SSRF1: with networks and hosts of the operator, %s: %s', (url, says) => {
    expect(own.refusalOf(url)).toBe(says)
  })

  it('HOST-SSRF2: a public name with a private address is not connected to', async () => {
    await expect(posting.post('https://localhost/', {}, Buffer.from('x'), never)).rejects.toThrow(
      'Its address is not a public one.',
    )
  })
})

it('HOST-SSRF2: a name with a public address and a private one is not connected to', async () => {
  const addresses = [
    { address: '93.184.216.34', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ]
  const posting = createPosting(
    createTargets([]),
    () => NOW,
    (_, __, done) => done(null, addresses),
  )
  await expect(posting.post('https://both.example.com/', {}, Buffer.from('x'), never)).rejects.toThrow(
    'Its address is not a public one.',
  )
})

describe('what a name server says', () => {
  /** Each name leads to what `said` holds then. */
  const said: { address: string; family: number }[] = []
  const leadingTo = (address: string) => said.splice(0, said.length, { address, family: address.includes(':') ? 6 : 4 })
  const rebound = (allowed: readonly string[]) =>
    createPosting(
      createTargets(allowed),
      () => NOW,
      (_, __, done) => done(null, [...said]),
    )
  const posting = rebound([])

  it.each([
    ['this host', '0.0.0.0'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '192.168.0.1'],
    ['shared by a carrier', '100.64.0.1'],
    ['link-local', '169.254.169.254'],
    ['for benchmarks', '198.18.0.1'],
    ['multicast', '239.255.255.250'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped', '::ffff:a00:1'],
    ['IPv4-compatible', '::7f00:1'],
    ['NAT64', '64:ff9b::a00:1'],
    ['NAT64 of a network', '64:ff9b:1::a00:1'],
    ['6to4', '2002:a00:1::1'],
    ['Teredo', '2001:0:a00:1::1'],
    ['unique local', 'fd00::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%lo'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['for documents', '2001:db8::1'],
  ])('HOST-SSRF2: a public name that leads to an address that is %s, %s, is not connected to', async (_, address) => {
    leadingTo(address)
    await expect(posting.post('https://hooks.example.com/', {}, Buffer.from('x'), never)).rejects.toThrow(
      'Its address is not a public one.',
    )
  })

  it('HOST-SSRF2: a name that was good before, and now leads to a private address, is connected to no more', async () => {
    let connections = 0
    const server = createServer()
    server.on('connection', () => (connections += 1))
    await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
    const url = `https://hooks.example.com:${(server.address() as AddressInfo).port}/`
    const posting = rebound(['127.0.0.2'])
    const post = () => posting.post(url, {}, Buffer.from('x'), never)
    leadingTo('127.0.0.2')
    // It speaks no TLS, but was spoken to.
    await expect(post()).rejects.toThrow(/SSL|TLS|packet length|wrong version|ECONNRESET|socket/i)
    expect(connections).toBe(1)
    leadingTo('127.0.0.1')
    await expect(post()).rejects.toThrow('Its address is not a public one.')
    expect(connections).toBe(1)
    posting.close()
    server.closeAllConnections()
    server.close()
  })
})

describe('the answer', () => {
  let server: Server
  let url: string
  const posting = createPosting(createTargets(['127.0.0.0/8', 'localhost']), () => NOW)
  const asked: string[] = []
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['content-length']}`)
      if (request.url === '/endless') return void response.write('x'.repeat(100_000))
      if (request.url === '/silent') return
      const retryAfter = request.url === '/date' ? 'Fri, 27 Nov 2026 12:00:30 GMT' : '9999999'
      response.writeHead(307, { location: `${url}/elsewhere`, 'retry-after': retryAfter }).end('here')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    posting.close()
    server.closeAllConnections()
    server.close()
  })

  it('HOST-SSRF2: a redirection is not followed', async () => {
    const answer = await posting.post(`${url}/moved`, {}, Buffer.from('four'), never)
    expect(answer).toEqual({ status: 307, retryAfter: 86_400_000, text: 'here' })
    expect(asked).toEqual(['POST /moved 4'])
  })

  it('RFC 9110 §10.2.3: an answer may name a date to wait for', async () => {
    expect((await posting.post(`${url}/date`, {}, Buffer.from(''), never)).retryAfter).toBe(30_000)
  })

  it('HOST-SSRF3: of an answer without end no more than 16 KiB are read', async () => {
    expect((await posting.post(`${url}/endless`, {}, Buffer.from(''), never)).text).toBe('x'.repeat(16_384))
  })

  it('HOST-SSRF3: who waits decides for how long', async () => {
    await expect(posting.post(`${url}/silent`, {}, Buffer.from(''), AbortSignal.timeout(50))).rejects.toThrow('aborted')
  })
})
