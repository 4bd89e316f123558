/**
 * The page for people, at `/ui/`: files that the build left in dist/page, as they are. Only what is listed there can
 * be asked for, so no path leads out of it.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Etag } from '../names.ts'
import { Refused } from '../refusal.ts'
import { version } from '../version.ts'
import { isModified, readConditions } from '../xcap/conditions.ts'
import { emptyAnswer, jsonAnswer, type Answer, type Exchange, type Headers } from './exchange.ts'

const FOLDER = fileURLToPath(new URL('../../dist/page/', import.meta.url))
const AT = '/ui/'
const ALLOW = ['GET', 'HEAD', 'OPTIONS']

/** Nothing of another host, no script but ours, and no text that becomes markup (Trusted Types). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
}

/** The best one first; each file lies beside its compressed forms. */
const CODINGS = [
  { coding: 'br', ending: '.br' },
  { coding: 'gzip', ending: '.gz' },
] as const

export function isPagePath(path: string): boolean {
  return path === '/ui' || path.startsWith(AT)
}

/** @throws Refused `not-found`, `method-not-allowed`, `bad-request` */
export function answerPage(exchange: Exchange, path: string, xcapRoot: string): Answer {
  const { method, headers } = exchange.req
  exchange.route = '/ui'
  if (method === 'OPTIONS') return emptyAnswer(204, { allow: ALLOW.join(', ') })
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refused({ kind: 'method-not-allowed', detail: `There is no ${method} here.`, allow: ALLOW })
  // Relative, so that it holds behind a proxy that put something before it.
  if (path === '/ui') return emptyAnswer(308, { location: 'ui/' })
  // What a page cannot know of the server that it came from.
  if (path === `${AT}server.json`) return jsonAnswer(200, { xcapRoot, version: version() })
  const name = path === AT ? 'index.html' : path.slice(AT.length)
  if (!fileNames().has(name)) throw new Refused({ kind: 'not-found', detail: 'There is nothing here.' })
  const coded = CODINGS.find(({ coding }) => accepts(headers['accept-encoding'], coding))
  const etag = `${buildOf()}${coded === undefined ? '' : `-${coded.coding}`}` as Etag
  const common = headersOf(name, `"${etag}"`)
  const conditions = readConditions({ 'if-none-match': headers['if-none-match'] }, true)
  if (!isModified(conditions, etag)) return emptyAnswer(304, common)
  return {
    kind: 'whole',
    status: 200,
    headers: { ...common, ...(coded === undefined ? {} : { 'content-encoding': coded.coding }) },
    body: bytesOf(`${name}${coded?.ending ?? ''}`),
  }
}

const OF_THE_PAGE: Headers = {
  'cache-control': 'no-cache',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** Its name has what is in it, so it never changes. */
const OF_ITS_PARTS: Headers = { 'cache-control': 'public, max-age=31536000, immutable' }

function headersOf(name: string, etag: string): Headers {
  const ending = name.slice(name.lastIndexOf('.') + 1)
  return {
    'content-type': TYPES[ending] ?? 'application/octet-stream',
    vary: 'accept-encoding',
    'cross-origin-resource-policy': 'same-origin',
    etag,
    ...(name === 'index.html' ? OF_THE_PAGE : OF_ITS_PARTS),
  }
}

function accepts(header: string | string[] | undefined, coding: string): boolean {
  const said = String(header ?? '')
    .split(',')
    .find((one) => one.trim().split(';')[0]?.trim().toLowerCase() === coding)
  return said !== undefined && !/;\s*q=0(?:\.0*)?\s*$/.test(said)
}

let names: ReadonlySet<string> | undefined

function fileNames(): ReadonlySet<string> {
  names ??= new Set(
    existsSync(FOLDER)
      ? readdirSync(FOLDER, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !/\.(?:br|gz)$/.test(entry.name))
          .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length).replaceAll('\\', '/'))
      : [],
  )
  return names
}

/** Of all files together: the name of their folder, which is made of what is in them. */
function buildOf(): string {
  return [...fileNames()].find((one) => one.endsWith('/page/main.js'))?.split('/')[0] ?? ''
}

const read = new Map<string, Buffer>()

/** Read when somebody asks for it: a server that nobody looks at in a browser holds no page in memory. */
function bytesOf(file: string): Buffer {
  const bytes = read.get(file) ?? readFileSync(join(FOLDER, file))
  read.set(file, bytes)
  return bytes
}
