import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Running } from '../http/server.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import type { Kamailio } from './kamailio.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, request, send, startSipp } from './sipp.ts'

const LISTS = 'application/resource-lists+xml'
const BOB = 'sip:bob@example.com'

withPeer('Kamailio and sipp', CORE_PROGRAMS, () => {
  let core: Kamailio
  let server: Running
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore()
    ;({ core, server } = behind)
  })
  afterAll(() => behind.close())

  const put = async (name: string): Promise<number> =>
    (
      await server.bob.ask('PUT', `/xcap-root/resource-lists/users/${BOB}/index`, {
        headers: { 'content-type': LISTS },
        body: `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="${name}"/></resource-lists>`,
      })
    ).status

  it('X5, RFC 5875 §4: sipp subscribes through the core, refreshes, hears a change, ends, and has a last NOTIFY', async () => {
    expect(await put('before')).toBe(201)
    const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-watching-'))
    const mark = join(folder, 'refreshed')
    const named = [
      `From: <${BOB}>;tag=[call_number]`,
      `To: <${BOB}>[peer_tag_param]`,
      'Contact: <sip:bob@[local_ip]:[local_port]>',
      'Event: xcap-diff;diff-processing=xcap-patching',
    ]
    const list =
      `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry ` +
      `uri="resource-lists/users/${BOB}/index"/></list></resource-lists>`
    const notify =
      '<recv request="NOTIFY"><action><ereg regexp="xcap-diff" search_in="hdr" header="Event:" ' +
      'check_it="true" assign_to="1"/></action></recv>' +
      answer('200 OK', 'Contact: <sip:bob@[local_ip]:[local_port]>').replace(
        '[last_To:];tag=[call_number]x[pid]',
        '[last_To:]',
      )
    const again = (sequence: number, expires: number): string =>
      send(request('SUBSCRIBE', '[next_url]', ['[routes]', ...named, `Expires: ${expires}`], '', sequence)) +
      expectResponse(200)
    const steps = [
      send(
        request(
          'SUBSCRIBE',
          BOB,
          [...named, `Content-Type: ${LISTS}`, 'Accept: application/xcap-diff+xml', 'Expires: 600'],
          list,
        ),
      ),
      expectResponse(200, ' rrs="true"'),
      notify,
      again(2, 300),
      notify,
      `<nop><action><exec command="touch ${mark}"/></action></nop>`,
      notify,
      again(3, 0),
      notify,
      '<Reference variables="1"/>',
    ]
    const run = startSipp(steps.join(''), { core, from: '127.0.0.9', service: 'bob', seconds: 15 })
    // It has heard of its refresh: now something changes.
    while (!existsSync(mark)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await put('after')).toBe(200)
    const { status, messages, errors } = await run.done
    rmSync(folder, { recursive: true })
    expect(errors + String(status)).toBe('0')
    const states = [...messages.matchAll(/Subscription-State: (\w+)/g)].map(([, state]) => state)
    expect(states).toEqual(['active', 'active', 'active', 'terminated'])
    expect(messages).toMatch(/<d:document sel="[^"]+" new-etag="[^"]+"\/>/)
    expect(messages).toContain('>after<')
  })
})
