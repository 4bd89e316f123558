/** Which view is shown: `#/name`, `#/name/of-what`. */
import { held } from './held.ts'

export interface Place {
  readonly view: string
  /** Decoded. */
  readonly rest: readonly string[]
}

export const place = held<Place>(read())

addEventListener('hashchange', () => place.set(read()))

function read(): Place {
  const [view = '', ...rest] = location.hash.replace(/^#\/?/, '').split('/')
  return { view: decoded(view), rest: rest.map(decoded) }
}

/** What somebody typed into the address bar may be no percent-encoding. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export function hrefOf(view: string, ...rest: readonly string[]): string {
  return `#/${[view, ...rest].map(encodeURIComponent).join('/')}`
}

export function go(view: string, ...rest: readonly string[]): void {
  location.hash = hrefOf(view, ...rest)
}
