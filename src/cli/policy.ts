/** `policy show | set`: the provider's policy, each value with whether it is built in, and one of them changed. */
import { parseArgs } from 'node:util'
import type { Assembled } from '../assemble.ts'
import { COMMAND_LINE, documentEntry } from '../access/trail.ts'
import { AUID, INDEX, type Etag } from '../names.ts'
import { checkJson } from '../preferences/check.ts'
import { policyInForce, profileInForce } from '../preferences/merge.ts'
import type { ProviderPolicy } from '../preferences/model.ts'
import { documentJson, writeJson } from '../preferences/write.ts'
import { Refused } from '../refusal.ts'
import { presentDocument } from '../xcap/present.ts'
import { putResource } from '../xcap/put.ts'
import { documentAddress, type Address } from '../xcap/request.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { CommandFault } from './fault.ts'
import { chooseCommand, onStore, OPERATOR, type StoreWork } from './on-store.ts'
import type { Terminal } from './terminal.ts'

/** Made of plain JSON. */
type Fields = Readonly<Record<string, unknown>>

/** `undefined`: the provider has said nothing. */
type Present = { readonly etag: Etag; readonly document: XmlDocument; readonly json: ProviderPolicy } | undefined

const COMMANDS: ReadonlyMap<string, (words: readonly string[]) => StoreWork> = new Map([
  ['show', readShow],
  ['set', readSet],
])

export async function policy(words: readonly string[], terminal: Terminal): Promise<number> {
  const [what = '', ...rest] = words
  return await onStore(chooseCommand('policy', what, COMMANDS)(rest), terminal)
}

function readShow(words: readonly string[]): StoreWork {
  parseArgs({ args: [...words], options: {} })
  return async (assembled, terminal) => {
    const said = (await presentPolicy(assembled))?.json
    for (const [path, value] of valuesOf(inForce(said)))
      terminal.say([path.join('.'), shown(value), valueAt(said, path) === undefined ? 'built in' : 'set'].join('\t'))
  }
}

function readSet(words: readonly string[]): StoreWork {
  // A number below zero is no option, and it is refused as a number.
  const negative = words.filter((word) => /^-\d/.test(word))
  const { positionals, values } = parseArgs({
    args: [...words.filter((word) => !negative.includes(word)), '--', ...negative],
    allowPositionals: true,
    options: { 'built-in': { type: 'boolean', default: false } },
  })
  const [field, text, ...others] = positionals
  if (field === undefined || (text === undefined) !== values['built-in'] || others.length > 0)
    throw new CommandFault(
      'A FIELD is needed, as `cpm-xdms policy show` names it, and its VALUE: limits.keepAtMost P14D.',
      2,
    )
  const path = field.split(/[./]/).filter((name) => name !== '')
  return async (assembled, terminal) => {
    const present = await presentPolicy(assembled)
    const before = valueAt(inForce(present?.json), path)
    const json = checked(withField({ ...present?.json }, path, text === undefined ? undefined : valueOf(text)))
    if (text === undefined && valueAt(present?.json, path) === undefined)
      throw new CommandFault(`${path.join('.')} is not set; \`cpm-xdms policy show\` prints what is.`, 1)
    await put(assembled, present, json)
    const after = shown(valueAt(inForce(json), path))
    const was = shown(before)
    terminal.say(`${path.join('.')} is ${after} now${was === after ? '' : `, and was ${was}`}`)
  }
}

function addressOf({ xcap, settings }: Assembled): Address {
  const usage = xcap.usages.find(AUID.providerPolicy)
  if (usage === undefined) throw new CommandFault('The policy is not served here.', 1)
  return documentAddress(usage, settings.XDMS_XCAP_ROOT, 'global', INDEX)
}

async function presentPolicy(assembled: Assembled): Promise<Present> {
  const present = await presentDocument(assembled.xcap, addressOf(assembled))
  return present && { ...present, json: documentJson('provider-policy', present.document) as ProviderPolicy }
}

/** On the condition that nobody has written it since it was read. */
async function put(assembled: Assembled, present: Present, json: ProviderPolicy): Promise<void> {
  const address = addressOf(assembled)
  const changed = await putResource(assembled.xcap, {
    address,
    by: OPERATOR.xui,
    conditions: present === undefined ? { ifNoneMatch: 'any' } : { ifMatch: [{ etag: present.etag, weak: false }] },
    contentType: address.usage.mediaType,
    body: Buffer.from(writeJson('provider-policy', json, present?.document)),
  })
  await assembled.record(COMMAND_LINE, [documentEntry(address.selector, changed)])
}

/** In the words that REST has for it. */
function checked(json: Fields): ProviderPolicy {
  try {
    return checkJson('provider-policy', json)
  } catch (error) {
    if (!(error instanceof Refused) || !('errors' in error.refusal)) throw error
    const { errors = [] } = error.refusal
    const faults = errors.map(({ path, message }) => `${path.slice(1).replaceAll('/', '.')} ${message}`)
    throw new CommandFault(`${[...new Set(faults)].join('; ')}.`, 1)
  }
}

/** As it counts for everybody who has said nothing. */
function inForce(said: ProviderPolicy | undefined = {}): Fields {
  return { ...policyInForce(said), defaults: profileInForce({}, said.defaults ?? {}) }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valuesOf(fields: Fields, above: readonly string[] = []): readonly (readonly [readonly string[], unknown])[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    isFields(value) ? valuesOf(value, [...above, name]) : [[[...above, name], value] as const],
  )
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  return isFields(value) && Object.hasOwn(value, name) ? valueAt(value[name], rest) : undefined
}

/** @param value `undefined` to take it away. */
function withField(fields: Fields, [name = '', ...rest]: readonly string[], value: unknown): Fields {
  const { [name]: inside, ...others } = fields
  if (rest.length > 0) return { ...fields, [name]: withField(isFields(inside) ? inside : {}, rest, value) }
  return value === undefined ? others : { ...fields, [name]: value }
}

/** What is JSON is that; everything else is text, so that nobody has to write quotes inside quotes. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not set')
}
