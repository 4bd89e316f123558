/** One request of the demo, as the curl command that makes it, and its answer. */

export interface Login {
  /** As `curl -u` can send it: the XUI without its scheme. */
  readonly name: string
  readonly password: string
}

export interface CurlRequest {
  readonly as: Login
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The answer is an event stream, which does not end by itself. */
  readonly stream?: boolean
}

/** An answer whose head is read; its body comes as it arrives. */
export interface CurlAnswer {
  /** `HTTP/1.1 201 Created`. */
  readonly statusLine: string
  readonly status: number
  /** Names as they were sent. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: AsyncIterable<string>
  /** Cuts the connection. */
  close(): void
}

export type Transport = (exchange: CurlRequest) => Promise<CurlAnswer>

/** The words of the command, without the `curl`, as a process takes them. */
export function curlWords(exchange: CurlRequest): readonly string[] {
  return [
    // Behind a pipe `-i` keeps the head of a stream back until an event comes; `-D` does not.
    ...(exchange.stream === true ? ['-sSN', '-D', '-'] : ['-sSi']),
    ...['--digest', '-u', `${exchange.as.name}:${exchange.as.password}`],
    ...(exchange.method === 'GET' ? [] : ['-X', exchange.method]),
    ...Object.entries(exchange.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(exchange.body === undefined ? [] : ['--data-binary', exchange.body]),
    exchange.url,
  ]
}

/** One line for a POSIX shell. */
export function curlLine(exchange: CurlRequest): string {
  return ['curl', ...curlWords(exchange).map(shellWord)].join(' ')
}

export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

export function headerOf(answer: CurlAnswer, name: string): string | undefined {
  return answer.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1]
}

/** RFC 9112 §4 and §5: the status line and the fields, without the empty line behind them. */
export function readHead(head: string): Pick<CurlAnswer, 'statusLine' | 'status' | 'headers'> {
  const [statusLine = '', ...fields] = head.split('\r\n')
  return {
    statusLine,
    status: Number(statusLine.split(' ')[1]),
    headers: fields.map(
      (field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()] as const,
    ),
  }
}
