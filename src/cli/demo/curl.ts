/** The exchange by the curl command itself, so that what is printed is what was done. */
import { spawn, spawnSync } from 'node:child_process'
import { curlWords, readHead, type Transport } from './exchange.ts'

const HEAD_START = 'HTTP/'
const HEAD_END = '\r\n\r\n'

export function curlIsThere(): boolean {
  return spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0
}

export const throughCurl: Transport = async (exchange) => {
  const child = spawn('curl', curlWords(exchange), { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const chunks = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string>
  let read = ''
  for (;;) {
    const end = read.indexOf(HEAD_END)
    const behind = end < 0 ? '' : read.slice(end + HEAD_END.length)
    const complete = end >= 0 && (!isPassing(read) || behind.length >= HEAD_START.length)
    if (complete && isPassing(read) && behind.startsWith(HEAD_START)) {
      // Digest takes two requests, and `-i` shows both heads: the challenge is passed over, as curl does.
      read = behind
      continue
    }
    const next = complete ? undefined : await chunks.next()
    if (next?.done === false) {
      read += next.value
      continue
    }
    if (end < 0) throw new Error(complaint.trim() === '' ? 'curl ended without an answer' : complaint.trim())
    return { ...readHead(read.slice(0, end)), body: rest(behind, chunks), close: () => void child.kill() }
  }
}

function isPassing(read: string): boolean {
  return /^HTTP\/\S+ (?:1\d\d|401) /.test(read)
}

async function* rest(first: string, chunks: AsyncIterator<string>): AsyncIterable<string> {
  if (first !== '') yield first
  for (;;) {
    const next = await chunks.next()
    if (next.done === true) return
    yield next.value
  }
}
