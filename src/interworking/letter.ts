/**
 * A message as an e-mail (RFC 5322): its text, and the rest as attachments, each part encoded anew so that every server
 * takes it.
 */
import MailComposer from 'nodemailer/lib/mail-composer'
import { decodedBytes, fileNameOf, isAttachment, readContent, decodedText, type MimePart } from '../mime/part.ts'
import { fieldOf } from '../mime/multipart.ts'
import type { Interworked } from '../participating/contracts/interworking.ts'

/** In the local part of a Message-ID: a mail that went out from here, whoever brings it back. */
const MARK = '.interworked'

export interface Letterhead {
  /** `pf@example.com`: who sends, in the envelope and where the originator's domain is not ours. */
  readonly address: string
  /** Whose people mail may come from under their own names. */
  readonly domains: readonly string[]
}

interface Letter {
  readonly text: string[]
  html?: string
  readonly attachments: {
    filename: string | false
    content: Buffer
    contentType: string
    cid?: string
    contentDisposition?: string
  }[]
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

function mailIdOf({ id }: Interworked, { address }: Letterhead): string {
  return `<${id}${MARK}@${domainOf(address)}>`
}

/** Our id in the Message-ID of a mail of ours. */
export function idOfMail(mailId: string, { address }: Letterhead): string | undefined {
  const text = mailId.trim().replace(/^<(.*)>$/, '$1')
  const end = `${MARK}@${domainOf(address)}`
  return text.endsWith(end) && text.length > end.length ? text.slice(0, -end.length) : undefined
}

/** It went out from here as a mail, and somebody made a message of that mail: sent again it would go round for ever. */
export function cameBack({ messageId, contentType, body }: Interworked, head: Letterhead): boolean {
  if (idOfMail(messageId, head) !== undefined) return true
  const outermost = readContent(contentType, body)
  const carried = outermost.type === 'message/cpim' ? outermost.parts[0] : outermost
  if (carried?.type !== 'message/rfc822') return false
  return idOfMail(fieldOf(carried.parts[0]?.header ?? '', 'message-id') ?? '', head) !== undefined
}

/** The whole mail, header fields first. */
export async function letterOf(message: Interworked, head: Letterhead): Promise<Buffer> {
  const letter: Letter = { text: [], attachments: [] }
  gather(readContent(message.contentType, message.body), letter)
  const { html, attachments } = letter
  const composer = new MailComposer({
    ...originator(message.from, head),
    to: { name: '', address: addressOf(message.to) ?? '' },
    ...(message.subject === undefined ? {} : { subject: message.subject }),
    date: new Date(message.sent),
    messageId: mailIdOf(message, head),
    headers: { 'IMDN-Message-ID': message.id },
    text: letter.text.join('\n\n'),
    ...(html === undefined ? {} : { html }),
    attachments,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

/** `alice@example.com` of `mailto:alice@example.com`, and of a SIP URI, whose form is the same. */
export function addressOf(uri: string): string | undefined {
  const address = /^(?:mailto|sips?|im|pres|xmpp|acct):([^?;]+)/i.exec(uri)?.[1]
  if (address === undefined) return undefined
  try {
    const plain = decodeURIComponent(address)
    return /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(plain) ? plain : undefined
  } catch {
    return undefined
  }
}

interface Named {
  readonly name: string
  readonly address: string
}

function originator(from: string | undefined, head: Letterhead): { readonly from: Named; readonly replyTo?: Named } {
  if (from === undefined) return { from: { name: 'Anonymous', address: head.address } }
  const address = addressOf(from)
  if (address === undefined) return { from: { name: from.replace(/^[a-z]+:/i, ''), address: head.address } }
  if (head.domains.includes(domainOf(address))) return { from: { name: '', address } }
  return { from: { name: address, address: head.address }, replyTo: { name: '', address } }
}

function gather(part: MimePart, letter: Letter): void {
  if (part.type === 'multipart/alternative' && part.parts.length > 0) return gatherAlternatives(part.parts, letter)
  if (part.type !== 'message/rfc822' && part.parts.length > 0) {
    for (const each of part.parts) gather(each, letter)
    return
  }
  if (!isAttachment(part) && part.type === 'text/plain') letter.text.push(decodedText(part).trimEnd())
  else if (!isAttachment(part) && part.type === 'text/html' && letter.html === undefined)
    letter.html = decodedText(part)
  else attach(part, letter)
}

/**
 * RFC 2046 §5.1.4: the last is the best. Mail shows text and HTML by itself; of the others one goes along where there
 * is neither.
 */
function gatherAlternatives(parts: readonly MimePart[], letter: Letter): void {
  const shown = parts.filter(
    ({ type }) => type === 'text/plain' || type === 'text/html' || type === 'multipart/related',
  )
  for (const each of shown.length > 0 ? shown : parts.slice(-1)) gather(each, letter)
}

function attach(part: MimePart, letter: Letter): void {
  const cid = fieldOf(part.header, 'content-id')?.replace(/^<(.*)>$/, '$1')
  letter.attachments.push({
    filename: fileNameOf(part) ?? false,
    content: decodedBytes(part),
    contentType: part.contentType,
    ...(cid === undefined ? {} : { cid }),
    ...(isAttachment(part) ? { contentDisposition: 'attachment' } : { contentDisposition: 'inline' }),
  })
}
