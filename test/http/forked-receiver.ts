/** A target of webhooks that is killed, and comes back at its port; what it took is kept here. */
import { fork, type ChildProcess } from 'node:child_process'
import type { Received } from './receiver.ts'

interface Said {
  readonly url?: string
  readonly serving?: number
  readonly delivery?: Received
  readonly mostInFlight?: number
  readonly faults?: readonly string[]
}

export class ForkedReceiver {
  /** In the order in which they came, through all its lives. */
  readonly received: Received[] = []
  readonly faults: string[] = []
  mostInFlight = 0
  url = ''
  readonly #secrets: string[] = []
  #child: ChildProcess | undefined

  /** @param ahead milliseconds that the sender's clock is ahead. */
  async start(ahead = 0): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    const entry = new URL('receiver-process.ts', import.meta.url).pathname
    const child = fork(entry, [port, String(ahead)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child = child
    const listens = heard(child, ({ url }) => url !== undefined)
    child.on('message', ({ delivery, mostInFlight = 0, faults = [] }: Said) => {
      if (delivery !== undefined) this.received.push(delivery)
      this.mostInFlight = Math.max(this.mostInFlight, mostInFlight)
      this.faults.push(...faults.slice(this.faults.length))
    })
    this.url = (await listens).url ?? ''
    for (const secret of this.#secrets) await this.#serve(child, secret)
  }

  /** Deliveries of a subscription with this secret are verified by it from now on. */
  async serve(secret: string): Promise<void> {
    this.#secrets.push(secret)
    if (this.#child !== undefined) await this.#serve(this.#child, secret)
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async #serve(child: ChildProcess, secret: string): Promise<void> {
    const serves = heard(child, ({ serving }) => serving !== undefined)
    child.send({ secret })
    await serves
  }
}

function heard(child: ChildProcess, wanted: (said: Said) => boolean): Promise<Said> {
  return new Promise((resolve, reject) => {
    const listen = (said: Said): void => {
      if (!wanted(said)) return
      child.off('message', listen)
      resolve(said)
    }
    child.on('message', listen)
    child.once('exit', (code, signal) => reject(new Error(`the receiver ended: ${signal ?? code}`)))
  })
}
