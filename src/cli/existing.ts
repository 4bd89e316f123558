/**
 * Commands that only read, or change what is there, make no store: in the wrong folder they would answer for nothing.
 */
import type { Settings } from '../config.ts'
import { lookForStore } from '../store/open.ts'
import { CommandFault } from './fault.ts'

/** @throws CommandFault that says where the store was looked for. */
export async function mustBeThere(settings: Settings): Promise<void> {
  const { path, isThere } = await lookForStore({ url: settings.XDMS_STORE, folder: settings.XDMS_DATA })
  if (isThere) return
  throw new CommandFault(
    `There is no store ${path}. ${settings.XDMS_STORE === undefined ? 'XDMS_DATA' : 'XDMS_STORE'} says where it is; ` +
      '`serve` and `user add` make one.',
    1,
  )
}
