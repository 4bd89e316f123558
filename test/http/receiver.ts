/**
 * A target of webhooks on loopback, as its subscriber would write it: it answers the challenge, verifies each signature
 * and keeps what came.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Received {
  readonly id: string
  readonly type: string | undefined
  readonly body: string
  /** Parsed where it is JSON. */
  readonly json: any
}

export class Receiver {
  readonly received: Received[] = []
  /** Of the subscriptions that it serves. */
  readonly secrets: string[] = []
  /** What a delivery is answered with. */
  answer: (delivery: Received) => number = () => 204
  /** The challenge is answered. */
  confirms = true
  /** Milliseconds that the sender's clock is ahead of this one. */
  ahead = 0
  inFlight = 0
  mostInFlight = 0
  readonly faults: string[] = []
  readonly #server: Server
  #waiting: (() => void)[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(port = 0): Promise<Receiver> {
    const server = createServer()
    const receiver = new Receiver(server)
    server.on('request', (request, response) => {
      const pieces: Buffer[] = []
      receiver.inFlight += 1
      receiver.mostInFlight = Math.max(receiver.mostInFlight, receiver.inFlight)
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        receiver.inFlight -= 1
        const { status, body } = receiver.#take(request.headers, Buffer.concat(pieces).toString())
        response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end(body)
        for (const wake of receiver.#waiting.splice(0)) wake()
      })
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  async until(holds: () => boolean, within = 5_000): Promise<void> {
    const limit = performance.now() + within
    while (!holds()) {
      const left = limit - performance.now()
      if (left <= 0) throw new Error(`in vain after ${JSON.stringify(this.received.slice(-3))} ${this.faults.join()}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting.push(() => (clearTimeout(timer), resolve()))
      })
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #take(headers: NodeJS.Dict<string | string[]>, body: string): { readonly status: number; readonly body: string } {
    const isJson = headers['content-type'] === 'application/json'
    const json: any = isJson ? JSON.parse(body) : undefined
    if (json?.type === 'challenge')
      return { status: 200, body: this.confirms ? JSON.stringify({ challenge: json.challenge as string }) : '{}' }
    if (!this.secrets.some((secret) => isSigned(secret, body, headers, this.ahead)))
      this.faults.push(`not signed: ${body}`)
    const delivery: Received = { id: String(headers['webhook-id']), type: json?.type, body, json }
    const status = this.answer(delivery)
    if (status < 300) this.received.push(delivery)
    return { status, body: '' }
  }
}

function isSigned(secret: string, body: string, headers: NodeJS.Dict<string | string[]>, ahead: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers
  // The library asks the system what time it is: of a sender who is ahead only the signature can be told.
  if (ahead > 0) return new Webhook(secret).sign(String(id), new Date(Number(time) * 1000), body) === signature
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>)
    return true
  } catch (error) {
    // Verified, and no JSON: the library reads what it has verified.
    return error instanceof SyntaxError
  }
}
