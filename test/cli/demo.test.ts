import { symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { startMailServer } from '../../src/cli/demo/mail-server.ts'
import { createExchanges } from '../../src/cli/demo/exchanges.ts'
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

/** What a client says, line by line, and what it is answered; text goes out as it is. */
async function converse(port: number, ...said: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  const answers: string[] = []
  const lines = (async function* () {
    let read = ''
    for await (const chunk of socket) {
      read += String(chunk)
      const whole = read.split('\r\n')
      read = whole.pop() ?? ''
      yield* whole
    }
  })()
  for (const line of ['', ...said]) {
    if (line !== '') socket.write(line)
    answers.push((await lines.next()).value ?? 'closed')
  }
  socket.destroy()
  return answers
}

describe('the mail server of the demo', () => {
  it('RFC 5321 §4.1.1, §4.5.2: it takes mails, one after the other, dots and all, and refuses what it has not', async () => {
    const server = await startMailServer()
    try {
      const mail = [
        'MAIL FROM:<b@x>\r\n',
        'RCPT TO:<a@y> NOTIFY=SUCCESS\r\n',
        'DATA\r\n',
        'Subject: x\r\n\r\n..\r\n.\r\n',
      ]
      const answers = await converse(server.port, 'EHLO x\r\n', 'AUTH PLAIN\r\n', ...mail, ...mail, 'QUIT\r\n')
      expect(answers.map((line) => line.slice(0, 3)).join(' ')).toBe('220 250 502 250 250 354 250 250 250 354 250 221')
      expect([await server.next(), await server.next()]).toEqual([
        { to: 'a@y', text: 'Subject: x\n\n.' },
        { to: 'a@y', text: 'Subject: x\n\n.' },
      ])
    } finally {
      await server.close()
    }
  })
})

describe('the demo', () => {
  it('C4, D4, D5, D7, D8, D10, S4, X18: both stories, each exchange by the curl command that is printed', {
    timeout: 180_000,
  }, async () => {
    const demo = program(['demo'])
    expect(await demo.ended).toBe(0)
    expect(demo.out()).toContain('Each request is made by the curl command that is printed.')
    expect(demo.out()).toContain('The message arrived, was acknowledged, and Bob has his report.')
    expect(demo.out()).toContain(
      'Of those that waited one was retrieved, one discarded, one stored, one e-mailed; one had been forwarded.',
    )
    expect(demo.out()).toContain('   > Subject: Pictures of the garden')
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

  it('D4, D10: the same in-process where there is no curl, and it says so', { timeout: 180_000 }, async () => {
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
    const exchanges = createExchanges(recorded(Readable.from([])), refusing)
    await exchanges.ask(EXCHANGE, 201)
    exchanges.expect(true, 'this is not missing')
    exchanges.expect(false, 'the message did not arrive')
    expect(exchanges.missing).toEqual([`PUT ${EXCHANGE.url} was answered 503, not 201`, 'the message did not arrive'])
  })

  it('api §Routes: what is printed is one line for a shell, whatever stands in it', () => {
    expect(curlLine(EXCHANGE)).toBe(
      `curl -sSi --digest -u 'alice@example.com:it'\\''s secret' -X PUT -H 'Content-Type: text/plain' ` +
        `--data-binary '<a b="c"/>' ` +
        `'http://127.0.0.1:8080/xcap-root/a/users/sip:alice@example.com/it'\\''s'`,
    )
  })
})
