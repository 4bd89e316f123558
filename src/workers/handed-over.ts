/**
 * `node:cluster` waits for a worker to say that it has the connection that it was handed, and closes its own copy then.
 * Where the worker dies before it says so (Node 20 to 24), that copy stays open, and the client waits for ever: here it
 * is closed, and the client knows that it may try again.
 */
import type { ChildProcess, Serializable } from 'node:child_process'

/** What cluster tells a worker, and what it is told; of these only what is looked at here. */
interface Handing {
  readonly act?: string
  readonly seq?: number
  readonly ack?: number
}

interface Handle {
  close(): void
}

/** To be called before the first connection. */
export function closeWhatDiesOnTheWay(worker: ChildProcess): void {
  const onTheWay = new Map<number, Handle>()
  const send = worker.send.bind(worker) as (...sent: readonly unknown[]) => boolean
  worker.send = (message: Serializable, handle?: unknown, ...rest: readonly unknown[]) => {
    const { act, seq } = message as Handing
    if (act === 'newconn' && seq !== undefined && handle !== undefined) onTheWay.set(seq, handle as Handle)
    return send(message, handle, ...rest)
  }
  worker.on('internalMessage', ({ ack }: Handing) => {
    if (ack !== undefined) onTheWay.delete(ack)
  })
  worker.once('exit', () => onTheWay.forEach((handle) => handle.close()))
}
