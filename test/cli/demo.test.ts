import { symlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { createStage } from '../../src/cli/demo/stage.ts'
import { curlLine, type CurlRequest, type Transport } from '../../src/cli/demo/exchange.ts'
import { clear, newFolder, program, recorded } from './program.ts'

afterEach(clear)

const EXCHANGE: CurlRequest = {
  as: { name: 'alice@example.com', password: "it's secret" },
  method: 'PUT',
  url: "http://127.0.0.1:8080/xcap-root/a/users/sip:alice@example.com/it's",
  headers: { 'Content-Type': 'text/plain' },
  body: '<a b="c"/>',
}

describe('the demo', () => {
  it('D4, D10: the whole story, each exchange by the curl command that is printed', async () => {
    const demo = program(['demo'])
    expect(await demo.ended).toBe(0)
    expect(demo.out()).toContain('Each request is made by the curl command that is printed.')
    expect(demo.out()).toContain('The message arrived, was acknowledged, and Bob has his report.')
    for (const line of [
      '201 Created',
      '200 OK',
      '202 Accepted',
      '204 No Content',
      '403 Forbidden',
      '409 Conflict',
      '412 Precondition Failed',
    ]) {
      expect(demo.out()).toContain(`HTTP/1.1 ${line}`)
    }
    // No colours in a pipe, and nothing for a log.
    expect(demo.out()).not.toContain('\u001b')
    expect(demo.errors()).toBe('')
  })

  it('D4, D10: the same in-process where there is no curl, and it says so', async () => {
    const path = await newFolder()
    await symlink('/bin/sh', `${path}/sh`)
    const demo = program(['demo'], { environment: { PATH: path } })
    expect(await demo.ended).toBe(0)
    expect(demo.out()).toContain('curl is not installed: each request is made in-process')
    expect(demo.out()).toContain('The message arrived, was acknowledged, and Bob has his report.')
  })

  it('api §A message: an answer or an event that did not come is missing, by name', async () => {
    const refusing: Transport = async () => ({
      statusLine: 'HTTP/1.1 503 Service Unavailable',
      status: 503,
      headers: [],
      body: Readable.from([]),
      close: () => {},
    })
    const stage = createStage(recorded(Readable.from([])), refusing)
    await stage.ask(EXCHANGE, 201)
    stage.expect(true, 'this is not missing')
    stage.expect(false, 'the message did not arrive')
    expect(stage.missing).toEqual([`PUT ${EXCHANGE.url} was answered 503, not 201`, 'the message did not arrive'])
  })

  it('api §Routes: what is printed is one line for a shell, whatever stands in it', () => {
    expect(curlLine(EXCHANGE)).toBe(
      `curl -sSi --digest -u 'alice@example.com:it'\\''s secret' -X PUT -H 'Content-Type: text/plain' ` +
        `--data-binary '<a b="c"/>' ` +
        `'http://127.0.0.1:8080/xcap-root/a/users/sip:alice@example.com/it'\\''s'`,
    )
  })
})
