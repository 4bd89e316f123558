import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { ROOT, clear, newFolder, program } from './program.ts'

afterEach(clear)

/** Everything in the README that stands in a block of shell, one after the other. */
const story = readFileSync(`${ROOT}README.md`, 'utf8')
  .split('```sh\n')
  .slice(1)
  .map((part) => part.split('\n```')[0])
  .join('\n')

/** The README's lines for a shell, against another port, with streams that are waited for and written to files. */
function script(url: string, folder: string): string {
  const self = `'${process.execPath}' --import tsx '${ROOT}src/main.ts'`
  let streams = 0
  const lines = story.split('\n').map((line) => {
    const here = line.replace('http://127.0.0.1:8080', url).replaceAll('npx cpm-xdms', `XDMS_DATA='${folder}' ${self}`)
    if (!here.startsWith('curl -N')) return here
    const file = `${folder}/stream${(streams += 1)}`
    // The head of a stream is there when the watch is in force.
    return (
      `${here.replace('curl -N', 'curl -sSN -D -').replace(/&$/, `> ${file} &`)}\nuntil grep -q '200 ` +
      `OK' ${file}; do sleep 0.05; done`
    )
  })
  const seen = (file: string, event: string): string =>
    `until grep -q '^event: ${event}' ${folder}/${file}; do sleep 0.05; done`
  return [
    ...lines,
    seen('stream1', 'state'),
    seen('stream2', 'message'),
    seen('stream3', 'report'),
    'kill $(jobs -p)',
  ].join('\n')
}

it('D4, D10, RFC 4825 §7: the story of the README works as it stands there, and so do its selectors and its history', async () => {
  const folder = await newFolder()
  const server = program(['serve'], { environment: { XDMS_DATA: folder, XDMS_PORT: '0' } })
  const [, url = ''] = await server.printed(/^listening on (http:\/\/\S+)$/m)
  const shell = spawn('bash', ['-c', script(url, folder)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 110_000,
  })
  let out = ''
  for await (const text of shell.stdout.setEncoding('utf8')) out += String(text)
  // Digest takes two requests: of the heads that curl shows, the challenge is not the answer.
  const statuses = [...out.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)]
    .map(([, status]) => status)
    .filter((status) => status !== '401')
  expect(statuses).toEqual([...story.matchAll(/ # (\d{3})$/gm)].map(([, status]) => status))
  expect(out).toContain('"reason":"do-not-disturb"')
  expect(out).toContain('"state":"delivered"')
}, 120_000)
