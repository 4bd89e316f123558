/**
 * One keep-alive connection that asks one request after the other, with Digest on each: as little work as a load
 * generator can do.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

export interface Login {
  readonly userName: string
  readonly password: string
}

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export class Connection {
  readonly #socket: Socket
  readonly #login: Login
  readonly #host: string
  #challenge: Challenge | undefined
  #ha1 = ''
  #count = 0
  #received: Buffer = Buffer.alloc(0)
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined

  constructor(origin: string, login: Login) {
    const { hostname, port, host } = new URL(origin)
    this.#login = login
    this.#host = host
    this.#socket = connect(Number(port), hostname)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (data) => this.#receive(data))
    this.#socket.on('error', (error) => this.#waiting?.reject(error))
    this.#socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
  }

  async ask(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>> = {},
    body: Buffer = Buffer.alloc(0),
  ): Promise<Answer> {
    const answer = await this.#send(method, target, headers, body)
    if (answer.status !== 401) return answer
    this.#learn(answer.headers.get('www-authenticate') ?? '')
    return this.#send(method, target, headers, body)
  }

  /** Opens an event stream and leaves the connection to it. `onEvent` gets the name and the data of each event. */
  async watch(target: string, onEvent: (event: string, data: string) => void): Promise<void> {
    if (this.#challenge === undefined) await this.ask('GET', '/api/policy')
    this.#socket.write(this.#head('GET', target, { accept: 'text/event-stream' }, 0))
    this.#socket.removeAllListeners('data')
    let text = ''
    await new Promise<void>((resolve, reject) => {
      let open = false
      this.#socket.on('data', (data) => {
        text += data.toString('latin1')
        if (!open) {
          if (!text.includes('\r\n\r\n')) return
          if (!text.startsWith('HTTP/1.1 200')) return reject(new Error(text.slice(0, 300)))
          open = true
          resolve()
        }
        for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
          const block = text.slice(0, end)
          text = text.slice(end + 2)
          const event = /^event: ?(.*)$/m.exec(block)?.[1]
          if (event !== undefined) onEvent(event, /^data: ?(.*)$/m.exec(block)?.[1] ?? '')
        }
      })
    })
  }

  /**
   * The head of a request as it would be sent, for who sends it over a socket of his own. Wants one answered request
   * before it.
   */
  signed(method: string, target: string, headers: Readonly<Record<string, string>> = {}, length = 0): string {
    return this.#head(method, target, headers, length)
  }

  close(): void {
    this.#socket.destroy()
  }

  #send(method: string, target: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      const head = this.#head(method, target, headers, body.length)
      this.#socket.write(body.length === 0 ? head : Buffer.concat([Buffer.from(head), body]))
    })
  }

  #head(method: string, target: string, headers: Readonly<Record<string, string>>, length: number): string {
    let head = `${method} ${target} HTTP/1.1\r\nhost: ${this.#host}\r\n`
    if (length > 0 || method === 'PUT' || method === 'POST') head += `content-length: ${length}\r\n`
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`
    if (this.#challenge !== undefined)
      head += `authorization: ${this.#authorization(this.#challenge, method, target)}\r\n`
    return `${head}\r\n`
  }

  #learn(header: string): void {
    const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1]
    this.#challenge = { realm: field('realm') ?? '', nonce: field('nonce') ?? '', opaque: field('opaque') }
    this.#count = 0
    this.#ha1 = sha256(`${this.#login.userName}:${this.#challenge.realm}:${this.#login.password}`)
  }

  #authorization({ realm, nonce, opaque }: Challenge, method: string, target: string): string {
    const nc = (++this.#count).toString(16).padStart(8, '0')
    const cnonce = randomBytes(6).toString('hex')
    const response = sha256(`${this.#ha1}:${nonce}:${nc}:${cnonce}:auth:${sha256(`${method}:${target}`)}`)
    const fields =
      `username="${this.#login.userName}", realm="${realm}", nonce="${nonce}", ` +
      `uri="${target}", response="${response}"`
    return (
      `Digest ${fields}, algorithm=SHA-256, qop=auth, nc=${nc}, ` +
      `cnonce="${cnonce}"${opaque === undefined ? '' : `, opaque="${opaque}"`}`
    )
  }

  #receive(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return
    const [line = '', ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n')
    const headers = new Map<string, string>()
    for (const field of lines) {
      const colon = field.indexOf(':')
      const name = field.slice(0, colon).toLowerCase()
      // The first challenge is the one for SHA-256.
      if (!headers.has(name)) headers.set(name, field.slice(colon + 1).trim())
    }
    const status = Number(line.split(' ')[1])
    const length = status === 204 || status === 304 ? 0 : Number(headers.get('content-length') ?? 0)
    if (this.#received.length < end + 4 + length) return
    const body = this.#received.subarray(end + 4, end + 4 + length)
    this.#received = this.#received.subarray(end + 4 + length)
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status, headers, body })
  }
}
