/** Which version of this program runs. */
import { readFileSync } from 'node:fs'

export function version(): string {
  const described: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return (described as { readonly version: string }).version
}
