/** Asks the operations of openapi.yaml, and remembers which statuses each was answered with. */
import { expect } from 'vitest'
import type { Answer, Client, Sending } from './client.ts'
import { checkAgainstOpenapi, listedStatuses } from './openapi.ts'
import { sendRaw, statusOf } from './raw.ts'
import { ALICE, PHONE, startServer, type Running } from './server.ts'

export const LISTS_AT = '/xcap-root/resource-lists/users/sip:alice@example.com/index'
export const POLICY_AT = '/xcap-root/org.cpm-xdms.provider-policy/global/index'
export const ALICES = `/api/users/${ALICE}`
export const INBOX = `${ALICES}/devices/${encodeURIComponent(PHONE)}/inbox`
export const DEVICE = `${ALICES}/registrations/${encodeURIComponent(PHONE)}`

/** One target of each operation, where it stands in the file. */
const TARGETS: Readonly<Record<string, string>> = {
  '/api': '/api',
  '/api/session': '/api/session',
  '/api/users': '/api/users',
  '/api/users/{xui}': ALICES,
  '/api/users/{xui}/profiles': `${ALICES}/profiles`,
  '/api/users/{xui}/profiles/{id}': `${ALICES}/profiles/work`,
  '/api/users/{xui}/active-profile': `${ALICES}/active-profile`,
  '/api/users/{xui}/do-not-disturb': `${ALICES}/do-not-disturb`,
  '/api/users/{xui}/documents': `${ALICES}/documents`,
  '/api/users/{xui}/documents/{auid}/{name}/history': `${ALICES}/documents/org.cpm-xdms.profiles/work/history`,
  '/api/users/{xui}/documents/{auid}/{name}/history/{etag}': `${ALICES}/documents/org.cpm-xdms.profiles/work/history/x`,
  '/api/users/{xui}/documents/{auid}/{name}/history/{etag}/restore':
    `${ALICES}/documents/org.cpm-xdms.profiles/` + 'work/history/x/restore',
  '/api/users/{xui}/unlock': `${ALICES}/unlock`,
  '/api/users/{xui}/record': `${ALICES}/record`,
  '/api/record': '/api/record',
  '/api/policy': '/api/policy',
  '/api/policy/history': '/api/policy/history',
  '/api/policy/history/{etag}': '/api/policy/history/none',
  '/api/users/{xui}/preferences': `${ALICES}/preferences`,
  '/api/push': '/api/push',
  '/api/users/{xui}/registrations': `${ALICES}/registrations`,
  '/api/users/{xui}/registrations/{device}': DEVICE,
  '/api/users/{xui}/devices/{device}/inbox': INBOX,
  '/api/users/{xui}/devices/{device}/inbox/{message}/received': `${INBOX}/none/received`,
  '/api/users/{xui}/devices/{device}/inbox/{message}/displayed': `${INBOX}/none/displayed`,
  '/api/users/{xui}/devices/{device}/retrieval': `${ALICES}/devices/${encodeURIComponent(PHONE)}/retrieval`,
  '/api/users/{xui}/deferred': `${ALICES}/deferred`,
  '/api/users/{xui}/decisions': `${ALICES}/decisions`,
  '/api/users/{xui}/stored': `${ALICES}/stored`,
  '/api/users/{xui}/stored/{id}': `${ALICES}/stored/none`,
  '/api/users/{xui}/stored/{id}/read': `${ALICES}/stored/none/read`,
  '/api/messages': '/api/messages',
  '/api/messages/{id}': '/api/messages/none',
  '/api/messages/{id}/release': '/api/messages/none/release',
  '/api/changes': '/api/changes',
  '/api/subscriptions': '/api/subscriptions',
  '/api/subscriptions/{id}': '/api/subscriptions/none',
  '/api/subscriptions/{id}/replay': '/api/subscriptions/none/replay',
  '/healthz': '/healthz',
  '/readyz': '/readyz',
  '/metrics': '/metrics',
  '/': '/',
  '/openapi.yaml': '/openapi.yaml',
  '/docs': '/docs',
  '/docs/problems': '/docs/problems',
  '/docs/start.js': '/docs/start.js',
  '/docs/swagger-ui-bundle.js': '/docs/swagger-ui-bundle.js',
  '/docs/swagger-ui.css': '/docs/swagger-ui.css',
  '/docs/pages.css': '/docs/pages.css',
  '/xcap-root/{auid}/users/{xui}/{selector}': LISTS_AT,
  '/xcap-root/{auid}/global/{selector}': POLICY_AT,
}

export const listed = listedStatuses.map(({ method, path, status }) => `${method} ${path} ${status}`)
export const seen = new Set<string>()
const servers: Running[] = []

/** What was asked before its turn came: `GET /api/users 200`. */
function saw(method: string, path: string, status: number): void {
  seen.add(`${method} ${path} ${status}`)
}

export async function started(environment: Record<string, string> = {}): Promise<Running> {
  const server = await startServer(environment)
  servers.push(server)
  return server
}

/** Asks the operation's target, or another one of the same operation. */
export async function ask(
  client: Client,
  operation: string,
  sending: Sending & { readonly at?: string } = {},
): Promise<Answer> {
  const [method = '', path = ''] = operation.split(' ')
  const { at = TARGETS[path] ?? '', ...rest } = sending
  const answer = await client.ask(method, at, rest)
  saw(method, path, answer.status)
  return answer
}

/** What the four documents share. */
export async function documentStatuses(writer: Client, other: Client, path: string, json: object): Promise<void> {
  const stale = { 'if-match': '"stale"' }
  for (const method of ['GET', 'DELETE']) await ask(writer, `${method} ${path}`)
  if (path !== '/api/policy') await ask(other, `GET ${path}`)
  for (const method of ['PUT', 'DELETE']) await ask(other, `${method} ${path}`, method === 'PUT' ? { json } : {})
  const { headers } = await ask(writer, `PUT ${path}`, { json })
  await ask(writer, `PUT ${path}`, { json })
  await ask(writer, `PUT ${path}`, { json: { nothing: 'known' } })
  for (const value of Object.keys(json)) await ask(writer, `PUT ${path}`, { json: { ...json, [value]: 7 } })
  await ask(writer, `PUT ${path}`, { body: '{}' })
  await ask(writer, `PUT ${path}`, { body: '{', headers: { 'content-type': 'application/json' } })
  await ask(writer, `PUT ${path}`, { json: 'x'.repeat(200_000) })
  for (const method of ['GET', 'PUT', 'DELETE'])
    await ask(writer, `${method} ${path}`, { headers: stale, ...(method === 'PUT' ? { json } : {}) })
  const { headers: now } = await ask(writer, `GET ${path}`)
  expect(now.etag).not.toBe(headers.etag)
  await ask(writer, `GET ${path}`, { headers: { 'if-none-match': now.etag } })
  await ask(writer, `DELETE ${path}`)
}

export async function watch(client: Client, path: string): Promise<void> {
  const stream = await client.stream(TARGETS[path] ?? '')
  saw('GET', path, 200)
  stream.close()
}

export const operations = [...new Set(listedStatuses.map(({ method, path }) => `${method} ${path}`))]
export const isAsked = (operation: string): boolean => operation.includes(' /api/') || operation.includes(' /xcap')

export function raw(operation: string, ...fields: string[]): string {
  const [method, path = ''] = operation.split(' ')
  return [`${method} ${TARGETS[path]} HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n')
}

export async function askRaw(server: Running, operation: string, bytes: string): Promise<void> {
  const [method = '', path = ''] = operation.split(' ')
  const status = statusOf(await sendRaw(server.url, bytes))
  checkAgainstOpenapi(method, TARGETS[path] ?? '', status, undefined, undefined)
  saw(method, path, status)
}

export async function endAll(): Promise<void> {
  for (const running of servers.splice(0)) await running.close()
}
