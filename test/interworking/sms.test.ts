import { describe, expect, it } from 'vitest'
import type { Pdu } from 'smpp'
import { isReceipt, readReceipt } from '../../src/interworking/receipt.ts'
import { shortBytes, shortText } from '../../src/interworking/short-text.ts'
import type { Interworked } from '../../src/participating/contracts/interworking.ts'

const MESSAGE: Interworked = {
  id: 'm1',
  messageId: 'of-bob',
  from: 'sip:bob@example.com',
  to: 'tel:+15550100',
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from('Grüße\n'),
  sent: 0,
}

describe('the text', () => {
  it.each<readonly [string, Partial<Interworked>, string]>([
    ['as it is', {}, 'bob@example.com: Grüße'],
    ['with a subject', { subject: 'Lunch?' }, 'bob@example.com (Lunch?): Grüße'],
    ['of HTML', { contentType: 'text/html', body: Buffer.from('<p>At <b>noon</b></p><script>x</script>') }, 'At noon'],
    ['of a picture', { contentType: 'image/png; name="a.png"', body: Buffer.of(0) }, '[image/png a.png]'],
    [
      'of parts',
      {
        contentType: 'multipart/mixed; boundary=b',
        body: Buffer.from(
          '--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: ' +
            'text/html\r\n\r\n<p>rich\r\n' +
            '--c\r\n\r\nplain\r\n--c--\r\n--b\r\nContent-Type: video/mp4\r\n\r\nx\r\n--b--',
        ),
      },
      'plain\n[video/mp4]',
    ],
  ])('C4: an SMS says what can be said, %s', (_, changes, says) => {
    const text = shortText({ ...MESSAGE, ...changes })
    expect(text.endsWith(says.replace(/^bob@example\.com/, '')) && text.startsWith('bob@example.com')).toBe(true)
  })

  it.each([
    ['At noon? @', 0, '4174206e6f6f6e3f2000', 1],
    ['€', 0, '1b65', 1],
    ['😀', 8, 'd83dde00', 1],
    ['x'.repeat(160), 0, '78'.repeat(160), 1],
    ['x'.repeat(161), 0, '78'.repeat(161), 2],
    ['ж'.repeat(70), 8, '0436'.repeat(70), 1],
    ['ж'.repeat(71), 8, '0436'.repeat(71), 2],
  ])('C4: %s in GSM’s letters or in UCS-2', (text, coding, hex, parts) => {
    const bytes = shortBytes(text)
    expect([bytes.coding, bytes.bytes.toString('hex'), bytes.parts]).toEqual([coding, hex, parts])
  })
})

describe('receipts', () => {
  const pdu = (fields: Partial<Pdu>): Pdu =>
    ({ command: 'deliver_sm', command_status: 0, response: () => pdu({}), ...fields }) as Pdu
  const text = (message: string) => ({ esm_class: 4, short_message: { message } })

  it.each([
    [text('id:4a2 sub:001 dlvrd:001 stat:DELIVRD err:000 text:hi'), { disposition: 'delivered', state: 'DELIVRD' }],
    [text('id:4a2 stat:UNDELIV err:001'), { disposition: 'failed', state: 'UNDELIV' }],
    [text('id:4a2 stat:EXPIRED'), { disposition: 'failed', state: 'EXPIRED' }],
    [text('id:4a2 stat:ENROUTE'), undefined],
    [text('stat:DELIVRD'), undefined],
    [
      { esm_class: 4, receipted_message_id: '4a2', message_state: 8 },
      { disposition: 'failed', state: 'REJECTD' },
    ],
    [{ esm_class: 4, receipted_message_id: '4a2', message_state: 6 }, undefined],
  ])('C4: %j', (fields, expected) => {
    const receipt = readReceipt(pdu(fields))
    if (expected === undefined) expect(receipt).toBeUndefined()
    else expect(receipt).toMatchObject(expected)
  })

  it('C4: its id is known in each spelling', () => {
    expect(readReceipt(pdu(text('id:2004369942 stat:DELIVRD')))?.ids).toEqual([
      '2004369942',
      '77784216',
      '137509640514',
    ])
    expect(readReceipt(pdu(text('id:4A2 stat:DELIVRD')))?.ids).toEqual(['4A2', '4a2', '1186'])
  })

  it('C4: what a person sends is no receipt', () => {
    expect([isReceipt(pdu({ esm_class: 0 })), isReceipt(pdu({ esm_class: 0x40 }))]).toEqual([false, false])
    expect([isReceipt(pdu({ esm_class: 4 })), isReceipt(pdu({ esm_class: 0x44 }))]).toEqual([true, true])
  })
})
