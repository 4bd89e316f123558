import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { ROOT, clear, newFolder, program } from './program.ts'

afterEach(clear)

const SELF = `'${process.execPath}' --import tsx '${ROOT}src/main.ts'`

/** Everything in the README that stands in a block of shell, one after the other. */
const story = readFileSync(`${ROOT}README.md`, 'utf8')
  .split('```sh\n')
  .slice(1)
  .map((part) => part.split('\n```')[0])
  .join('\n')

/** The README's lines for a shell, against another port, with streams that are waited for and written to files. */
function script(url: string, folder: string, elsewhere = (line: string): string => line): string {
  const seen = (file: string, event: string): string =>
    `until grep -q '^event: ${event}' ${folder}/${file}; do sleep 0.05; done`
  let streams = 0
  const lines = story.split('\n').map((line) => {
    const there = line.replace('http://127.0.0.1:8080', url).replaceAll('npx cpm-xdms', `XDMS_DATA='${folder}' ${SELF}`)
    const here = elsewhere(there)
    // Who acknowledges has it: with two processes it comes some milliseconds behind the end of do-not-disturb.
    if (here.includes('/received')) return `${seen('stream2', 'message')}\n${here}`
    if (!here.startsWith('curl -N')) return here
    const file = `${folder}/stream${(streams += 1)}`
    // The head of a stream is there when the watch is in force.
    return (
      `${here.replace('curl -N', 'curl -sSN -D -').replace(/&$/, `> ${file} &`)}\nuntil grep -q '200 ` +
      `OK' ${file}; do sleep 0.05; done`
    )
  })
  return [
    // Also where it ends too early: by its time limit, and what was said until then is what the test compares.
    "trap 'kill $(jobs -p)' EXIT; trap exit TERM",
    ...lines,
    seen('stream1', 'state'),
    seen('stream3', 'report'),
  ].join('\n')
}

/**
 * The same lines for an XDMS and a participating function, which keeps its own accounts, registrations and messages: it
 * is started once its account is there.
 */
function apart(folder: string): (line: string) => string {
  const made: string[] = []
  return (line) => {
    const here = line.replaceAll(/\$url(\/api\/(?:messages|users\/\S+\/(?:registrations|devices)))/g, '$pf$1')
    if (/ user add /.test(here)) return `${here}\n${here.replace(/XDMS_DATA='[^']*'/, `XDMS_DATA='${folder}'`)}`
    if (!here.includes('"role":')) return here
    made.push(here.replace('$url', '$pf'))
    if (!here.includes('"participating-function"')) return here
    const words = 'participate --xdms $url --as sip:pf@example.com --password-stdin'
    return [
      here,
      `echo pf-secret > ${folder}/secret`,
      `XDMS_DATA='${folder}' XDMS_PORT=0 ${SELF} ${words} < ${folder}/secret > ${folder}/said &`,
      `until pf=$(sed -n 's/^listening on //p' ${folder}/said) && [ -n "$pf" ]; do sleep 0.05; done`,
      ...made,
    ].join('\n')
  }
}

async function statusesOf(script: string): Promise<{ readonly out: string; readonly statuses: readonly string[] }> {
  const shell = spawn('bash', ['-c', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
  let out = ''
  for await (const text of shell.stdout.setEncoding('utf8')) out += String(text)
  // Digest takes two requests: of the heads that curl shows, the challenge is not the answer.
  const statuses = [...out.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => status ?? '')
  return { out, statuses: statuses.filter((status) => status !== '401') }
}

const EXPECTED = [...story.matchAll(/ # (\d{3})$/gm)].map(([, status]) => status)

it('D4, D10, RFC 4825 §7: the story of the README works as it stands there, and so do its selectors and its history', async () => {
  const folder = await newFolder()
  const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
  const [, url = ''] = await server.printed(/^listening on (http:\/\/\S+)$/m)
  const { out, statuses } = await statusesOf(script(url, folder))
  expect(statuses).toEqual(EXPECTED)
  expect(out).toContain('"reason":"do-not-disturb"')
  expect(out).toContain('"state":"delivered"')
}, 150_000)

it('U7, D4, D10: the story of the README with the XDMS and the participating function in two processes', async () => {
  const [folder, other] = [await newFolder(), await newFolder()]
  const environment = { XDMS_DATA: folder, XDMS_PORT: '0', XDMS_PARTICIPATING: 'false' }
  const [, url = ''] = await program(['serve'], { environment }).printed(/^listening on (http:\/\/\S+)$/m)
  const { out, statuses } = await statusesOf(script(url, folder, apart(other)))
  // Three accounts more: the participating function has its own.
  expect(statuses).toEqual(['201', '201', '201', ...EXPECTED])
  expect(out).toContain('"reason":"do-not-disturb"')
  expect(out).toContain('"state":"delivered"')
}, 150_000)
