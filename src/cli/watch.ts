/**
 * `watch`: changes as they come, one line each, from any server of ours. It goes on by itself where the connection
 * broke.
 */
import { parseArgs } from 'node:util'
import { createGet } from '../client/login.ts'
import { openStream, type HeardEvent } from '../client/event-source.ts'
import { platform } from '../client/platform.ts'
import { CommandFault } from './fault.ts'
import { LOGIN_OPTIONS, readLogin, readUrl } from './login.ts'
import type { Terminal } from './terminal.ts'

const OPTIONS = {
  url: { type: 'string' },
  user: { type: 'string' },
  what: { type: 'string', multiple: true },
  after: { type: 'string' },
  ...LOGIN_OPTIONS,
} as const

export async function watch(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...words], options: OPTIONS })
  const url = readUrl('url', values.url)
  const login = await readLogin(values, terminal)
  const query = new URLSearchParams()
  if (values.user !== undefined) query.set('user', values.user)
  for (const what of values.what ?? []) query.append('what', what)
  return await new Promise<number>((resolve, reject) => {
    let said = false
    const stream = openStream({
      get: createGet(url, login, platform),
      platform,
      target: `/api/changes?${query.toString()}`,
      ...(values.after === undefined ? {} : { after: values.after }),
      opened() {
        if (said) terminal.complain('watch: connected again')
        said = false
      },
      came: (event) => terminal.say(lineOf(event)),
      lost({ status, error }) {
        if (status !== undefined && status >= 400 && status < 500 && status !== 429) {
          stream.close()
          reject(
            new CommandFault(`The server answered ${status}: ${REASONS.get(status) ?? 'it does not take this'}.`, 1),
          )
        } else if (!said) {
          said = true
          terminal.complain(`watch: ${error instanceof Error ? error.message : 'no connection'}; it is tried again`)
        }
      },
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        stream.close()
        resolve(0)
      })
    }
  })
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'what to watch cannot be read'],
  [401, 'name or password are wrong'],
  [403, 'you may not watch this'],
  [404, 'there is no such user'],
])

/** `2026-11-21T07:00:00Z changed org.cpm-xdms.profiles/users/sip:alice@example.com/work etag id=…` */
function lineOf({ event, id, data }: HeardEvent): string {
  const fields = data as Readonly<Record<string, unknown>>
  const said = (name: string): string => (fields[name] === undefined ? '' : ` ${plain(fields[name])}`)
  const until = fields['until'] === undefined ? '' : ` until${said('until')}`
  const behind = id === undefined ? '' : ` id=${id}`
  switch (event) {
    case 'change':
      return `${plain(fields['at'])}${said('kind')}${said('document')}${said('newEtag')}${behind}`
    case 'state':
      return [
        `${plain(fields['at'])} do-not-disturb ${fields['doNotDisturb'] === true ? 'on' : 'off'}`,
        `${said('user')}${said('device')}${until}${behind}`,
      ].join('')
    default:
      return `${plain(fields['at'] ?? '-')} ${event} ${plain(JSON.stringify(data))}${behind}`
  }
}

/** What others named may hold what a terminal would obey. */
function plain(value: unknown): string {
  return String(value).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD')
}
