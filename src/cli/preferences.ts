/** `preferences XUI`: what is in force for a user or a device, and why. */
import { parseArgs } from 'node:util'
import { systemClock } from '../clock.ts'
import { preferencesAnswer } from '../preferences/answer.ts'
import { CommandFault } from './fault.ts'
import { onStore, onlyXui } from './on-store.ts'
import type { Terminal } from './terminal.ts'

export async function preferences(words: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { device: { type: 'string' }, at: { type: 'string' } },
  })
  const xui = onlyXui(positionals)
  const at = values.at === undefined ? systemClock.now() : Date.parse(values.at)
  if (Number.isNaN(at)) throw new CommandFault('--at is an instant, such as 2026-12-24T18:00:00+01:00.', 2)
  return await onStore(async ({ accounts, store, preferencesOf }) => {
    if ((await accounts.find(xui)) === undefined) throw new CommandFault(`${xui} has no account.`, 1)
    const { answer } = preferencesAnswer(await preferencesOf(await store.homes.read(xui)), values.device, at)
    terminal.say(JSON.stringify(answer, undefined, 2))
  }, terminal)
}
