/** What a store asks of its database, command by command. */
import { BSON, type CommandStartedEvent, type CommandSucceededEvent, type MongoClient } from 'mongodb'

export interface Command {
  /** As `insert texts`. */
  readonly name: string
  /** That were sent. */
  readonly bytes: number
  /** Of the answer; 0: it is not there yet. */
  answered: number
  /** How many round trips it ends: itself, and before it the most of those that were over when it began. */
  readonly depth: number
}

export interface Watch {
  /** From the last `begin` on. */
  readonly commands: readonly Command[]
  begin(): void
}

/** What a server does in its own time; what it tells the others is one write for all commits that came meanwhile. */
const ON_ITS_OWN = new Set(['getMore hints', 'find pulses', 'find hints', 'insert hints', 'update pulses'])

export function watchCommands(clients: readonly MongoClient[]): Watch {
  const running = new Map<number, Command>()
  let commands: Command[] = []
  let longest = 0
  const started = ({ requestId, commandName, command }: CommandStartedEvent): void => {
    const name = `${commandName} ${String(commandName === 'getMore' ? command['collection'] : command[commandName])}`
    if (ON_ITS_OWN.has(name)) return
    const { lsid, $clusterTime, $db, ...asked } = command
    const made = { name, bytes: BSON.calculateObjectSize(asked), answered: 0, depth: longest + 1 }
    commands.push(made)
    running.set(requestId, made)
  }
  const ended = ({
    requestId,
    reply,
  }: Pick<CommandSucceededEvent, 'requestId'> & { readonly reply?: unknown }): void => {
    const made = running.get(requestId)
    if (made !== undefined && reply !== undefined) made.answered = BSON.calculateObjectSize(reply as object)
    if (made !== undefined && commands.includes(made)) longest = Math.max(longest, made.depth)
    running.delete(requestId)
  }
  for (const client of clients)
    client.on('commandStarted', started).on('commandSucceeded', ended).on('commandFailed', ended)
  return {
    get commands() {
      return commands
    },
    begin() {
      commands = []
      longest = 0
    },
  }
}
