/** sipp: a SIP client that nobody here wrote. A scenario is what it sends and what it must receive, in this order. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SippRun {
  /** 0: each call went as the scenario says. */
  readonly status: number
  /** Every message that it sent and received. */
  readonly messages: string
  readonly errors: string
}

export interface SippOptions {
  readonly core: { readonly host: string; readonly port: number }
  /** Its own address; each client has another, so that the core tells them apart. */
  readonly from: string
  readonly port?: number
  readonly service?: string
  readonly calls?: number
  readonly rate?: number
  readonly seconds?: number
  readonly keys?: Readonly<Record<string, string>>
  readonly transport?: 'u1' | 't1'
  /** What `[field0]` is, one call after the other, and again from the beginning. */
  readonly fields?: readonly string[]
  /** Keeps no copy of what went over the wire. */
  readonly quiet?: boolean
}

export function send(text: string, options = ''): string {
  return `<send retrans="500"${options}><![CDATA[\n${text}\n]]></send>`
}

export const expectResponse = (status: number, options = ''): string => `<recv response="${status}"${options}/>`

/** Answers the request before it. */
export function answer(status: string, more = '', body = ''): string {
  const head = [
    `SIP/2.0 ${status}`,
    '[last_Via:]',
    '[last_Record-Route:]',
    '[last_From:]',
    '[last_To:];tag=[call_number]x[pid]',
    '[last_Call-ID:]',
    '[last_CSeq:]',
    ...(more === '' ? [] : [more]),
    'Content-Length: [len]',
    '',
    body,
  ]
  return `<send><![CDATA[\n${head.join('\n')}\n]]></send>`
}

export function request(method: string, uri: string, headers: readonly string[], body = '', sequence = 1): string {
  return [
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'Max-Forwards: 70',
    'Call-ID: [call_id]',
    `CSeq: ${sequence} ${method}`,
    ...headers,
    'Content-Length: [len]',
    '',
    body,
  ].join('\n')
}

/** A device that takes no session: what waited comes by INVITE first, and by MESSAGE when that is refused. */
export const TAKES_NO_SESSION = [
  '<recv request="INVITE" optional="true" next="1"/>',
  '<recv request="MESSAGE"/>',
  answer('200 OK'),
  '<nop next="2"/>',
  '<label id="1"/>',
  answer('488 Not Acceptable Here'),
  '<recv request="ACK"/>',
  '<label id="2"/>',
].join('')

export function register(user: string, device: string, port: number, expires = 600): string {
  return (
    send(
      request('REGISTER', 'sip:example.com', [
        `From: <sip:${user}@example.com>;tag=[call_number]`,
        `To: <sip:${user}@example.com>`,
        `Contact: <sip:${user}@[local_ip]:${port}>;+sip.instance="<${device}>";expires=${expires}`,
        'Supported: gruu',
      ]),
    ) + expectResponse(200)
  )
}

export function startSipp(
  steps: string,
  options: SippOptions,
): {
  readonly done: Promise<SippRun>
  stop(): void
  /** It says what it had, and ends. */
  finish(): void
} {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-sipp-'))
  const file = join(folder, 'scenario.xml')
  writeFileSync(file, `<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="test">${steps}</scenario>\n`)
  const {
    core,
    from,
    port,
    service = 'alice',
    calls = 1,
    rate = 10,
    seconds = 20,
    keys = {},
    transport = 'u1',
  } = options
  const words = [
    `${core.host}:${core.port}`,
    '-sf',
    file,
    '-i',
    from,
    '-s',
    service,
    '-m',
    String(calls),
    '-r',
    String(rate),
  ]
  if (port !== undefined) words.push('-p', String(port))
  for (const [name, value] of Object.entries(keys)) words.push('-key', name, value)
  words.push('-t', transport, '-nostdin', '-timeout', String(seconds), '-timeout_error')
  if (options.fields !== undefined) {
    writeFileSync(join(folder, 'fields.csv'), `SEQUENTIAL\n${options.fields.join('\n')}\n`)
    words.push('-inf', join(folder, 'fields.csv'))
  }
  if (options.quiet !== true) words.push('-trace_msg', '-message_file', join(folder, 'messages'))
  words.push('-trace_err', '-error_file', join(folder, 'errors'))
  const child = spawn('sipp', words, { cwd: folder, stdio: 'ignore' })
  const done = new Promise<SippRun>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const text = (name: string): string =>
        readdirSync(folder)
          .filter((each) => each.startsWith(name))
          .map((each) => readFileSync(join(folder, each), 'latin1'))
          .join('\n')
      resolve({ status: code ?? 1, messages: text('messages'), errors: text('errors') })
      rmSync(folder, { recursive: true, force: true })
    })
  })
  return { done, stop: () => void child.kill('SIGKILL'), finish: () => void child.kill('SIGUSR1') }
}

export async function sipp(steps: string, options: SippOptions): Promise<SippRun> {
  return startSipp(steps, options).done
}
