/** `queue list | show | release | drop`, and `why`: what waits, why, and what an operator does about it. */
import { parseArgs } from 'node:util'
import { COMMAND_LINE } from '../access/trail.ts'
import type { MessageForOthers, MessageQuery, MessageState } from '../participating/participating.ts'
import { canonicalXui } from '../xui.ts'
import { CommandFault } from './fault.ts'
import { chooseCommand, onlyXui, onStore, OPERATOR, type StoreWork } from './on-store.ts'
import type { Terminal } from './terminal.ts'

const PAGE = 100
const WAITING: readonly MessageState[] = ['deferred', 'delivering']

const COMMANDS: ReadonlyMap<string, (words: readonly string[]) => StoreWork> = new Map([
  ['list', readList],
  ['show', readShow],
  ['release', readRelease],
  ['drop', readDrop],
])

export async function queue(words: readonly string[], terminal: Terminal): Promise<number> {
  const [what = '', ...rest] = words
  return await onStore(chooseCommand('queue', what, COMMANDS)(rest), terminal)
}

export async function why(words: readonly string[], terminal: Terminal): Promise<number> {
  const id = readId(words)
  return await onStore(async ({ participating }) => {
    for (const line of whyLines(await found(participating, id))) terminal.say(line)
  }, terminal)
}

function readList(words: readonly string[]): StoreWork {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...words],
    options: { from: text, to: text, 'message-id': text, ended: { type: 'boolean', default: false } },
  })
  const query: MessageQuery = {
    ...(values.from === undefined ? {} : { from: values.from }),
    ...(values.to === undefined ? {} : { to: onlyXui([values.to]) }),
    ...(values['message-id'] === undefined ? {} : { messageId: values['message-id'] }),
  }
  return async ({ participating }, terminal) => {
    let after: string | undefined
    for (;;) {
      const page = await participating.find(OPERATOR, query, after, PAGE)
      for (const message of page.messages) {
        if (!values.ended && !WAITING.includes(message.state)) {
          if (query.messageId !== undefined) continue
          // What waits comes before what has ended, of which there may be millions.
          return
        }
        const { id, received, from, to: recipient, state, reason } = message
        terminal.say([id, received, from, recipient, reason ?? state].join('\t'))
      }
      if (page.next === undefined) return
      after = page.next
    }
  }
}

function readShow(words: readonly string[]): StoreWork {
  const id = readId(words)
  return async ({ participating }, terminal) =>
    terminal.say(JSON.stringify(await found(participating, id), undefined, 2))
}

function readRelease(words: readonly string[]): StoreWork {
  const id = readId(words)
  return async ({ participating, record }, terminal) => {
    const message = await participating.release(OPERATOR, id, false)
    const user = canonicalXui(message.to)
    if (user !== undefined) await record(COMMAND_LINE, [{ what: 'message-released', user, after: { message: id } }])
    terminal.say(`released ${id}: ${message.reason ?? message.state}`)
  }
}

function readDrop(words: readonly string[]): StoreWork {
  const { positionals, values } = withId(words, { reason: { type: 'string' } })
  const id = onlyOne(positionals)
  const { reason } = values
  if (reason === undefined || reason === '')
    throw new CommandFault('--reason says why: it is kept with the message, and in the trail.', 2)
  return async ({ participating, record }, terminal) => {
    const user = await participating.drop(OPERATOR, id, reason)
    await record(COMMAND_LINE, [{ what: 'message-removed', user, after: { message: id, reason } }])
    terminal.say(`dropped ${id}, which was for ${user}`)
  }
}

/** An id may begin with a dash, as one in 64 does: in the alphabet of base64url it is no mark of an option. */
const DASHED_ID = /^-[A-Za-z0-9_-]{23}$/

function withId<const T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  words: readonly string[],
  options: T,
) {
  const dashed = words.filter((word) => DASHED_ID.test(word))
  const others = words.filter((word) => !dashed.includes(word))
  return parseArgs({ args: [...others, '--', ...dashed], allowPositionals: true, options })
}

function readId(words: readonly string[]): string {
  return onlyOne(withId(words, {}).positionals)
}

function onlyOne(positionals: readonly string[]): string {
  const [id, ...others] = positionals
  if (id === undefined || others.length > 0)
    throw new CommandFault('One ID is needed; `cpm-xdms queue list` has them.', 2)
  return id
}

async function found(participating: Parameters<StoreWork>[0]['participating'], id: string): Promise<MessageForOthers> {
  const message = await participating.message(OPERATOR, id)
  if (message === undefined || !('received' in message)) throw new CommandFault(`There is no message ${id}.`, 1)
  return message
}

const REASONS: Readonly<Record<NonNullable<MessageForOthers['reason']>, string>> = {
  preference: 'the recipient’s preferences say that it waits',
  'do-not-disturb': 'the recipient does not want to be disturbed',
  'no-applicable-device': 'no device that takes such a message is registered',
  'not-reached': 'a device is registered, and has no inbox open',
  'not-acknowledged': 'it was offered to a device, which has not acknowledged it yet',
}

const RELEASES: Readonly<Record<string, string>> = {
  'do-not-disturb-off': 'do-not-disturb goes off',
  registration: 'a device registers',
  inbox: 'an inbox opens',
  'preference-change': 'the preferences change',
  'user-action': 'the recipient asks for it',
  time: 'time passes',
}

function whyLines({ state, reason, releasedBy = [], next, expires, ended, to }: MessageForOthers): readonly string[] {
  if (ended !== undefined) {
    const because = [ended.because, ended.note].filter((each) => each !== undefined).join(': ')
    return [`It is ${state} since ${ended.at}${because === '' ? '' : ` (${because})`}.`]
  }
  return [
    `It waits for ${to}: ${reason === undefined ? `it is ${state}` : REASONS[reason]}.`,
    ...releasedBy.map(
      (each) => `It goes when ${RELEASES[each] ?? each}${each === 'time' && next ? ` (${next})` : ''}.`,
    ),
    `It expires ${expires}.`,
  ]
}
