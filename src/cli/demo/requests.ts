/** The requests of which both stories are made. */
import { ALICE, type Person } from './people.ts'
import type { CurlRequest } from './exchange.ts'
import type { DemoExchanges } from './exchanges.ts'

export const JSON_TYPE = { 'Content-Type': 'application/json' }

export interface DemoTarget {
  readonly exchanges: DemoExchanges
  readonly url: string
}

export function put(
  as: Person,
  url: string,
  type: string,
  body: string,
  conditions: Readonly<Record<string, string>> = {},
): CurlRequest {
  return { as, method: 'PUT', url, headers: { 'Content-Type': type, ...conditions }, body }
}

export function get(as: Person, url: string): CurlRequest {
  return { as, method: 'GET', url }
}

export function post(as: Person, url: string, body: object): CurlRequest {
  return { as, method: 'POST', url, headers: JSON_TYPE, body: JSON.stringify(body) }
}

/** In Alice's tree. */
export function document(url: string, auid: string, name: string): string {
  return `${url}/xcap-root/${auid}/users/${ALICE.xui}/${name}`
}

export function fieldsOf(text: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(text) as Record<string, string>
  } catch {
    return {}
  }
}
