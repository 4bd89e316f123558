import { describe, expect, it } from 'vitest'
import { deliveryReport } from '../../src/interworking/delivery-status.ts'
import { cameBack, letterOf } from '../../src/interworking/letter.ts'
import { fieldOf } from '../../src/mime/multipart.ts'
import { decodedBytes, fileNameOf, readMail, decodedText, type MimePart } from '../../src/mime/part.ts'
import type { Interworked } from '../../src/participating/contracts/interworking.ts'

const HEAD = { address: 'pf@example.com', domains: ['example.com'] }
const MESSAGE: Interworked = {
  id: 'm1',
  messageId: 'of-bob',
  from: 'sip:bob@example.com',
  to: 'mailto:alice@mail.test',
  subject: 'Lunch?',
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from('Grüße'),
  sent: Date.UTC(2026, 10, 27, 12),
}

async function letter(changes: Partial<Interworked> | { readonly from: undefined }): Promise<MimePart> {
  const { from, ...rest } = { ...MESSAGE, ...changes }
  return readMail(await letterOf({ ...rest, ...(from === undefined ? {} : { from }) }, HEAD))
}

const leaves = (part: MimePart): readonly MimePart[] => (part.parts.length === 0 ? [part] : part.parts.flatMap(leaves))

describe('who it is from', () => {
  it.each([
    ['sip:bob@example.com', 'bob@example.com', undefined],
    ['sip:carol@other.test', '"carol@other.test" <pf@example.com>', 'carol@other.test'],
    ['tel:+15550100', '"+15550100" <pf@example.com>', undefined],
    [undefined, 'Anonymous <pf@example.com>', undefined],
  ])('api §Interworking: %s', async (from, says, replyTo) => {
    const { header } = await letter({ from })
    expect([fieldOf(header, 'from'), fieldOf(header, 'reply-to')]).toEqual([says, replyTo])
  })

  it('HOST-MAIL1: a line break in what somebody sent makes no header field', async () => {
    const { header } = await letter({
      subject: 'Lunch?\r\nBcc: eve@example.com',
      from: 'tel:+1\r\nBcc: eve@example.com',
    })
    expect(header).not.toMatch(/^Bcc:/im)
  })
})

describe('what is in it', () => {
  it('C4: text and attachments keep their bytes', async () => {
    const picture = Buffer.from([0, 255, 13, 10, 10, 13, 200])
    const body = Buffer.concat([
      Buffer.from('--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n'),
      Buffer.from('Grüße', 'latin1'),
      Buffer.from('\r\n--b\r\nContent-Type: image/png; name="a.png"\r\n\r\n'),
      picture,
      Buffer.from('\r\n--b--\r\n'),
    ])
    const [text, image] = leaves(await letter({ contentType: 'multipart/mixed; boundary=b', body }))
    expect([text?.type, text && decodedText(text).trim()]).toEqual(['text/plain', 'Grüße'])
    expect([image?.type, image && fileNameOf(image), image && decodedBytes(image)]).toEqual([
      'image/png',
      'a.png',
      picture,
    ])
  })

  it('C4: of alternatives mail shows text and HTML, and a message/cpim is opened', async () => {
    const body = Buffer.from(
      'From: <sip:bob@example.com>\r\n\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n' +
        '--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich</p>\r\n' +
        '--b\r\nContent-Type: application/x-card\r\n\r\n{}\r\n--b--\r\n',
    )
    const mail = await letter({ contentType: 'message/cpim', body })
    expect(mail.type).toBe('multipart/alternative')
    expect(mail.parts.map((part) => [part.type, decodedText(part).trim()])).toEqual([
      ['text/plain', 'plain'],
      ['text/html', '<p>rich</p>'],
    ])
  })

  it('C4: a mail inside goes along whole', async () => {
    const body = Buffer.from(
      '--b\r\n\r\nsee\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: old\r\n\r\nhello\r\n--b--\r\n',
    )
    const mail = await letter({ contentType: 'multipart/mixed; boundary=b', body })
    expect(mail.parts.map(({ type }) => type)).toEqual(['text/plain', 'message/rfc822'])
    expect(fieldOf(mail.parts[1]?.parts[0]?.header ?? '', 'subject')).toBe('old')
  })

  it('HOST-MAIL2: no file of this machine and no URL is fetched for a mail', async () => {
    const body = Buffer.from('<img src="file:///etc/passwd"><img src="http://127.0.0.1/">')
    expect(decodedText(await letter({ contentType: 'text/html', body })).trim()).toBe(body.toString())
  })
})

describe('the loop', () => {
  const mail = `Message-ID: <m1.interworked@example.com>\r\nSubject: Lunch?\r\n\r\nAt noon?`
  it.each([
    ['by its name', { messageId: '<m1.interworked@example.com>' }, true],
    ['by its name without brackets', { messageId: 'm1.interworked@example.com' }, true],
    ['as a mail', { contentType: 'message/rfc822', body: Buffer.from(mail) }, true],
    [
      'as a mail in message/cpim',
      {
        contentType: 'message/cpim',
        body: Buffer.from(`From: <sip:a@b>\r\n\r\nContent-Type: message/rfc822\r\n\r\n${mail}`),
      },
      true,
    ],
    ['of somebody else', { messageId: '<m1.interworked@other.test>' }, false],
    ['that quotes it', { body: Buffer.from(mail) }, false],
  ])('C4: a message that comes back %s', (_, changes, back) => {
    expect(cameBack({ ...MESSAGE, ...changes }, HEAD)).toBe(back)
  })
})

describe('delivery status', () => {
  const report = (status: string, returned = ''): Buffer =>
    Buffer.from(
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n' +
        `--b\r\nContent-Type: message/delivery-status\r\n\r\n${status}\r\n${returned}--b--\r\n`,
    )
  const returned = '--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <m1.interworked@example.com>\r\n\r\n'

  it.each([
    ['Original-Envelope-Id: m+2D1\r\n\r\nAction: delivered\r\n', '', { reference: 'm-1', disposition: 'delivered' }],
    ['Original-Envelope-Id: m1\r\n\r\nAction: relayed\r\n', '', { reference: 'm1', disposition: 'delivered' }],
    [
      'Original-Envelope-Id: m1\r\n\r\nAction: failed\r\nDiagnostic-Code: smtp; 550\r\n no such user\r\n',
      '',
      { reference: 'm1', disposition: 'failed', because: 'smtp; 550 no such user' },
    ],
    [
      'Reporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n',
      returned,
      { reference: 'm1', because: '5.1.1' },
    ],
    ['Original-Envelope-Id: m1\r\n\r\nAction: delayed\r\n', '', undefined],
    ['Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n', '', undefined],
  ])('RFC 3464 §2.3: %j', (status, behind, expected) => {
    const read = deliveryReport(report(status, behind), HEAD, 7)
    if (expected === undefined) expect(read).toBeUndefined()
    else expect(read).toMatchObject(expected)
  })

  it('RFC 3464 §2: other mail is no report', () => {
    expect(deliveryReport(Buffer.from('Subject: hi\r\n\r\nAction: failed'), HEAD, 7)).toBeUndefined()
  })
})
