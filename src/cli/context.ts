import type { Terminal } from './terminal.ts'

/** What a command needs to know of the process it runs in. */
export interface CommandContext {
  readonly terminal: Terminal
  /** How to start this program again: `node`, its options, the main file. */
  readonly self: readonly string[]
}
