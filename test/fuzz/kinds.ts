/** What is thrown at the server: one function for each kind of input, all from a seed. */
import { readdirSync, readFileSync } from 'node:fs'
import { mutated, pieces, type Chance } from './chance.ts'

/** Signs a request as its sender, who is known. */
export type Sign = (method: string, target: string, fields: Readonly<Record<string, string>>, length: number) => string

export type Kind = (chance: Chance, sign: Sign) => Buffer

const ROOT = '/xcap-root'
const ME = 'users/sip:alice@example.com'
const JSON_TYPE = { 'content-type': 'application/json' }

const folder = (name: string): URL => new URL(`../examples/${name}/`, import.meta.url)
const samples = (name: string): readonly { readonly name: string; readonly bytes: Buffer }[] =>
  readdirSync(folder(name)).map((file) => ({ name: file, bytes: readFileSync(new URL(file, folder(name))) }))

const XML = samples('accepted')
const JSONS = samples('json')
const FORMATS = ['active-profile', 'do-not-disturb', 'profile'] as const
const LISTS = Buffer.from(
  '<?xml version="1.0"?>\n<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="a">' +
    '<entry uri="sip:b@example.com"><display-name>B</display-name></entry></list></resource-lists>',
)

const formatOf = (name: string): string => FORMATS.find((format) => name.startsWith(format)) ?? 'profile'

const xml: Kind = (chance, sign) => {
  const lists = chance.oneIn(4)
  const { name, bytes } = chance.one(XML)
  const format = formatOf(name)
  const path = lists
    ? `resource-lists/${ME}/index`
    : format === 'profile'
      ? `org.cpm-xdms.profiles/${ME}/meeting`
      : `org.cpm-xdms.${format}/${ME}/index`
  const type = lists ? 'application/resource-lists+xml' : `application/vnd.cpm-xdms.${format}+xml`
  return request(sign, 'PUT', `${ROOT}/${path}`, { 'content-type': type }, mutated(chance, lists ? LISTS : bytes))
}

const STEPS = [
  'resource-lists',
  'list',
  '*',
  'entry',
  'p:list',
  'list%5B1%5D',
  'list%5B@name=%22a%22%5D',
  '@name',
  'namespace::*',
]

const selector: Kind = (chance, sign) => {
  const steps = Array.from({ length: chance.below(8) }, () => (chance.oneIn(4) ? pieces(chance, 2) : chance.one(STEPS)))
  const query = chance.oneIn(2) ? '' : `?xmlns(p=${pieces(chance, 2)})`
  const target = `${ROOT}/resource-lists/${ME}/index/~~/${steps.join('/')}${query}`
  const method = chance.one(['GET', 'PUT', 'DELETE', 'HEAD'])
  const element = mutated(chance, Buffer.from('<entry uri="sip:c@example.com"/>'), chance.below(3))
  return request(
    sign,
    method,
    printable(target),
    { 'content-type': 'application/xcap-el+xml' },
    method === 'PUT' ? element : undefined,
  )
}

const SEGMENTS = [
  ...['xcap-root', 'api', 'users', 'sip:alice@example.com', 'sip:bob@example.com', 'global', 'index', 'profiles'],
  ...[
    'xcap-caps',
    'resource-lists',
    'org.openmobilealliance.xcap-directory',
    'messages',
    'policy',
    'changes',
    'metrics',
  ],
  ...[
    'devices',
    'registrations',
    'documents',
    'history',
    'restore',
    'healthz',
    '~~',
    '..',
    '.',
    '',
    '%2e%2e',
    '__proto__',
  ],
]

const target: Kind = (chance, sign) => {
  const segments = Array.from({ length: chance.below(9) }, () =>
    chance.oneIn(5) ? pieces(chance, 2) : chance.one(SEGMENTS),
  )
  const query = chance.oneIn(2) ? '' : `?${chance.one(['after', 'user', 'limit', 'at', 'device'])}=${pieces(chance, 2)}`
  const method = chance.one([
    'GET',
    'HEAD',
    'PUT',
    'DELETE',
    'POST',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'PROPFIND',
    'M-SEARCH',
  ])
  return request(sign, method, printable(`/${segments.join('/')}${query}`), {}, undefined)
}

const FIELDS = [
  ...[
    'content-type',
    'if-match',
    'if-none-match',
    'accept',
    'content-encoding',
    'content-range',
    'expect',
    'range',
    'x-request-id',
  ],
  ...[
    'x-3gpp-asserted-identity',
    'x-xcap-asserted-identity',
    'x-forwarded-for',
    'last-event-id',
    'transfer-encoding',
    'te',
  ],
  ...['connection', 'upgrade', 'host', 'content-length', '__proto__', 'cookie', 'x-http-method-override', 'trailer'],
]

const headers: Kind = (chance, sign) => {
  const fields: Record<string, string> = {}
  for (let n = chance.below(6); n >= 0; n--)
    fields[chance.one(FIELDS)] = pieces(chance, 3).replace(chance.oneIn(3) ? /\0/g : /[\r\n\0]/g, '')
  const path = `${ROOT}/org.cpm-xdms.do-not-disturb/${ME}/index`
  return request(sign, chance.one(['GET', 'PUT', 'DELETE']), path, fields, undefined)
}

const authorization: Kind = (chance, sign) => {
  const head = Buffer.from(sign('GET', `${ROOT}/org.cpm-xdms.do-not-disturb/${ME}/index`, {}, 0), 'latin1')
  const start = head.indexOf('authorization: ') + 'authorization: '.length
  const end = head.indexOf('\r\n', start)
  return Buffer.concat([head.subarray(0, start), mutated(chance, head.subarray(start, end)), head.subarray(end)])
}

const MESSAGE = Buffer.from(
  '{"to":"sip:alice@example.com","contentType":"text/plain","body":"hi","expiresIn":60,"reports":["delivery"]}',
)
const REGISTRATION = Buffer.from('{"expiresIn":600,"accepts":["text/*"],"maxBytes":1000,"connectivity":"wifi"}')

const json: Kind = (chance, sign) => {
  if (chance.oneIn(3)) return request(sign, 'POST', '/api/messages', JSON_TYPE, mutated(chance, MESSAGE))
  const user = `/api/${ME}`
  if (chance.oneIn(4))
    return request(sign, 'PUT', `${user}/registrations/urn:uuid:a`, JSON_TYPE, mutated(chance, REGISTRATION))
  const { name, bytes } = chance.one(JSONS)
  const format = formatOf(name)
  return request(
    sign,
    'PUT',
    `${user}/${format === 'profile' ? 'profiles/meeting' : format}`,
    JSON_TYPE,
    mutated(chance, bytes),
  )
}

const bytes: Kind = (chance, sign) => {
  const kind = chance.one([xml, selector, target, headers, json])
  return mutated(chance, kind(chance, sign), 1 + chance.below(20))
}

export const KINDS: Readonly<Record<string, Kind>> = { xml, selector, target, headers, authorization, json, bytes }

function request(
  sign: Sign,
  method: string,
  target: string,
  fields: Readonly<Record<string, string>>,
  body: Buffer | undefined,
): Buffer {
  const head = sign(method, target, fields, body?.length ?? 0)
  return body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), body])
}

/**
 * A target that a parser of HTTP lets through, so that what is behind it gets to see it; half of all are left as they
 * are by `bytes`.
 */
function printable(target: string): string {
  return target.replace(/[^\x21-\x7e]/g, (odd) => encodeURIComponent(odd.toWellFormed()))
}
