/** `audit`: who changed accounts, the policy, usages and others' messages, the newest last. */
import { parseArgs } from 'node:util'
import { instantText } from '../clock.ts'
import { onStore, onlyXui } from './on-store.ts'
import type { Terminal } from './terminal.ts'

const PAGE = 500

export async function audit(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...words], options: { user: { type: 'string' } } })
  const search = values.user === undefined ? {} : { user: onlyXui([values.user]) }
  return await onStore(async ({ trail }) => {
    const lines: string[] = []
    let before: string | undefined
    for (;;) {
      const page = await trail.read(search, before, PAGE)
      for (const { at, by, from, what, user, before: was, after } of page)
        lines.push([instantText(at), by, from, what, user, JSON.stringify({ before: was, after })].join('\t'))
      before = page.at(-1)?.id
      if (page.length < PAGE) break
    }
    for (const line of lines.reverse()) terminal.say(line)
  }, terminal)
}
