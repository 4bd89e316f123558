/**
 * A client over plain sockets of node's http, so that targets and bodies go out as they are. Every JSON answer is held
 * against openapi.yaml.
 */
import { request, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { DigestClient, type DigestClientOptions } from '../access/digest-client.ts'
import { checkAgainstOpenapi } from './openapi.ts'
import { EventReader } from './event-reader.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** Parsed where it is JSON. */
  readonly json: any
}

export interface Sending {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  readonly json?: unknown
}

export class Client {
  readonly url: string
  private readonly login: DigestClient | undefined

  constructor(url: string, login: DigestClientOptions | undefined) {
    this.url = url
    this.login = login === undefined ? undefined : new DigestClient(login)
  }

  async ask(method: string, target: string, sending: Sending = {}): Promise<Answer> {
    const response = await this.open(method, target, sending)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const text = body.toString()
    const isJson = /^application\/(?:problem\+)?json$/.test(response.headers['content-type'] ?? '') && body.length > 0
    const answer = {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body,
      text,
      json: isJson ? (JSON.parse(text) as unknown) : undefined,
    }
    checkAgainstOpenapi(method, target, answer.status, answer.headers['content-type'], answer.json)
    return answer
  }

  get(target: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.ask('GET', target, { headers })
  }

  put(target: string, json: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.ask('PUT', target, { json, headers })
  }

  delete(target: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.ask('DELETE', target, { headers })
  }

  /** An XML document, with its media type. */
  putXml(target: string, type: string, body: string | Uint8Array, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.ask('PUT', target, { body, headers: { 'content-type': type, ...headers } })
  }

  async stream(target: string, headers: OutgoingHttpHeaders = {}): Promise<EventReader> {
    const response = await this.open('GET', target, { headers })
    if (response.statusCode !== 200) throw new Error(`expected a stream, got ${response.statusCode}`)
    return new EventReader(target, response)
  }

  /** The answer with its body still to come. */
  async open(method: string, target: string, sending: Sending = {}): Promise<IncomingMessage> {
    let answer = await this.send(method, target, sending)
    // A second challenge that says to go on is of another realm.
    for (let tries = 0; tries < 2 && this.login !== undefined; tries++) {
      if (!this.login.learn(answer.headers) || answer.statusCode !== 401) return answer
      answer.resume()
      answer = await this.send(method, target, sending)
    }
    return answer
  }

  private send(method: string, target: string, { headers = {}, body, json }: Sending): Promise<IncomingMessage> {
    const { hostname, port } = new URL(this.url)
    const authorization = this.login?.authorization(method, target)
    const content = json === undefined ? body : JSON.stringify(json)
    return new Promise((resolve, reject) => {
      const all = {
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(content === undefined ? {} : { 'content-length': Buffer.byteLength(content) }),
        ...(authorization === undefined ? {} : { authorization }),
        ...headers,
      }
      const req = request({ hostname, port, method, path: target, headers: all }, resolve)
      req.on('error', reject)
      req.end(content)
    })
  }
}
