/** The sample documents that ship with the schemas: each valid, and each stored by a running server as it is. */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument } from '../../src/xml/read-document.ts'
import { compileSchema } from '../../src/xml/schema.ts'
import { startServer, type Running } from './server.ts'

const SCHEMAS = new URL('../../schemas/', import.meta.url)
const SAMPLES = new URL('samples/', SCHEMAS)
const SIMSERVS = 'simservs.ngn.etsi.org'

const named = (ending: string): readonly string[] => readdirSync(SCHEMAS).filter((name) => name.endsWith(ending))
const declarations = named('.json').map(
  (file) =>
    JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8')) as {
      readonly auid: string
      readonly schema: string
      readonly mediaType: string
    },
)
const xsds = new Map(named('.xsd').map((name) => [name, new Uint8Array(readFileSync(new URL(name, SCHEMAS)))]))
const sampleOf = (auid: string): string => readFileSync(new URL(`${auid}.xml`, SAMPLES), 'utf8')

/** Where each lies, in the order in which they need each other. */
const WRITTEN = [
  ['resource-lists', 'index'],
  ['rls-services', 'index'],
  ['pres-rules', 'index'],
  ['pidf-manipulation', 'index'],
  ['org.openmobilealliance.pres-rules', 'pres-rules'],
  ['org.openmobilealliance.pres-content', 'oma_status-icon/rcs_status_icon'],
  ['org.cpm-xdms.profiles', 'work'],
  ['org.cpm-xdms.active-profile', 'index'],
  ['org.cpm-xdms.do-not-disturb', 'index'],
  [SIMSERVS, 'simservs.xml'],
] as const
/** The server makes these. */
const MADE = ['xcap-caps', 'org.openmobilealliance.xcap-directory']
const OF_THE_PROVIDER = 'org.cpm-xdms.provider-policy'

const typeOf = (auid: string): string => declarations.find((one) => one.auid === auid)?.mediaType ?? ''
const at = (auid: string, name: string): string => `/xcap-root/${auid}/users/sip:alice@example.com/${name}`

let server: Running
beforeAll(async () => {
  server = await startServer({ XDMS_USAGES_ON: SIMSERVS })
})
afterAll(() => server.close())

it('RFC 4825 §5: every usage that ships has its sample', () => {
  const auids = declarations.map(({ auid }) => auid).sort()
  expect([...WRITTEN.map(([auid]) => auid), ...MADE, OF_THE_PROVIDER].sort()).toEqual(auids)
  expect(readdirSync(SAMPLES).sort()).toEqual(auids.map((auid) => `${auid}.xml`).sort())
})

describe('RFC 4825 §8.2.5: samples', () => {
  it.each(declarations.map(({ auid, schema }) => [auid, schema]))('X5: %s is valid by %s', (auid, schema) => {
    const document = readDocument(new TextEncoder().encode(sampleOf(auid)), DEFAULT_XML_LIMITS)
    expect(compileSchema(schema, xsds).validate(document)).toEqual([])
  })

  it.each(WRITTEN)('RFC 4825 §8.2.7: %s is stored by its owner, and read byte for byte', async (auid, name) => {
    const put = await server.alice.putXml(at(auid, name), typeOf(auid), sampleOf(auid))
    expect([put.status, put.text]).toEqual([201, ''])
    const read = await server.alice.get(at(auid, name))
    expect([read.status, read.headers['content-type'], read.text]).toEqual([200, typeOf(auid), sampleOf(auid)])
  })

  it('C7: the provider’s policy is stored by an administrator', async () => {
    const target = `/xcap-root/${OF_THE_PROVIDER}/global/index`
    const put = await server.admin.putXml(target, typeOf(OF_THE_PROVIDER), sampleOf(OF_THE_PROVIDER))
    expect([put.status, put.text]).toEqual([201, ''])
    expect((await server.alice.get(target)).text).toBe(sampleOf(OF_THE_PROVIDER))
  })

  it('RFC 4825 §12: xcap-caps is what the server makes where simservs is named', async () => {
    expect((await server.alice.get('/xcap-root/xcap-caps/global/index')).text).toBe(sampleOf('xcap-caps'))
  })

  it('X5: the directory has a folder and an entry for what the sample has', async () => {
    const { text } = await server.alice.get(at('org.openmobilealliance.xcap-directory', 'directory.xml'))
    const entries = (xml: string): readonly string[] => xml.match(/(?:auid|uri)="[^"]*"/g) ?? []
    for (const entry of entries(sampleOf('org.openmobilealliance.xcap-directory')))
      expect(entries(text)).toContain(entry)
  })
})

describe('TS 24.623 §6: simservs, node by node', () => {
  const document = at(SIMSERVS, 'simservs.xml')
  const diversion = `${document}/~~/simservs/communication-diversion`
  const cp = '?xmlns(cp=urn:ietf:params:xml:ns:common-policy)'
  const ELEMENT = 'application/xcap-el+xml'

  it('RFC 4825 §8.2: a phone switches diversion off, sets its timer, and puts diversion anew', async () => {
    await server.alice.putXml(document, typeOf(SIMSERVS), sampleOf(SIMSERVS))
    const off = await server.alice.putXml(`${diversion}/@active`, 'application/xcap-att+xml', 'false')
    expect(off.status).toBe(200)
    expect((await server.alice.get(`${diversion}/@active`)).text).toBe('"false"')
    expect(
      (await server.alice.putXml(`${diversion}/NoReplyTimer`, ELEMENT, '<ss:NoReplyTimer>30</ss:NoReplyTimer>')).status,
    ).toBe(200)
    const made =
      '<ss:communication-diversion active="true"><cp:ruleset><cp:rule id="cfu"><cp:conditions/><cp:actions>' +
      '<ss:forward-to><ss:target>tel:+15550199</ss:target></ss:forward-to></cp:actions></cp:rule></cp:ruleset>' +
      '</ss:communication-diversion>'
    const put = await server.alice.putXml(diversion, ELEMENT, made, { 'if-match': String(off.headers.etag) })
    expect(put.status).toBe(412)
    const { etag } = (await server.alice.get(document)).headers
    const anew = await server.alice.putXml(diversion, ELEMENT, made, { 'if-match': String(etag) })
    expect(anew.status).toBe(200)
    expect((await server.alice.get(diversion)).text).toBe(made)
    const target = `${diversion}/cp:ruleset/cp:rule%5B@id=%22cfu%22%5D/cp:actions/forward-to/target${cp}`
    expect((await server.alice.get(target)).text).toBe('<ss:target>tel:+15550199</ss:target>')
  })

  it('RFC 4825 §8.2.2: an element that is not there yet is made, and taken away', async () => {
    await server.alice.putXml(document, typeOf(SIMSERVS), sampleOf(SIMSERVS))
    const rule = `${diversion}/cp:ruleset/cp:rule%5B@id=%22cfnl%22%5D${cp}`
    const text =
      '<cp:rule id="cfnl"><cp:conditions><ss:not-registered/></cp:conditions><cp:actions><ss:forward-to>' +
      '<ss:target>tel:+15550100</ss:target></ss:forward-to></cp:actions></cp:rule>'
    expect((await server.alice.putXml(rule, ELEMENT, text)).status).toBe(201)
    expect((await server.alice.get(rule)).text).toBe(text)
    expect((await server.alice.delete(rule)).status).toBe(200)
    expect((await server.alice.get(document)).text).toBe(sampleOf(SIMSERVS))
  })

  it.each([
    [
      'a timer of two minutes more than there is',
      `${diversion}/NoReplyTimer`,
      '<ss:NoReplyTimer>300</ss:NoReplyTimer>',
      'schema-validation-error',
    ],
    ['a service that there is not', `${document}/~~/simservs/teleport`, '<ss:teleport/>', 'schema-validation-error'],
    [
      'a rule whose id is taken',
      `${diversion}/cp:ruleset/cp:rule%5B1%5D${cp}`,
      '<cp:rule id="cfb"><cp:conditions/></cp:rule>',
      'uniqueness-failure',
    ],
  ])('RFC 4825 §8.2.5: %s is refused, and nothing is stored', async (_, target, text, why) => {
    await server.alice.putXml(document, typeOf(SIMSERVS), sampleOf(SIMSERVS))
    const put = await server.alice.putXml(target, ELEMENT, text)
    expect([put.status, put.text.includes(`<${why}`)]).toEqual([409, true])
    expect((await server.alice.get(document)).text).toBe(sampleOf(SIMSERVS))
  })

  it('RFC 4825 §5.7: nobody else reads it', async () => {
    expect((await server.bob.get(document)).status).toBe(403)
  })
})

it('RFC 4825 §12: simservs is off until it is named, and a name that waits for nothing is said at the start', async () => {
  const without = await startServer()
  try {
    expect((await without.alice.get(at(SIMSERVS, 'simservs.xml'))).status).toBe(404)
    expect((await without.alice.get('/xcap-root/xcap-caps/global/index')).text).not.toContain('simservs')
  } finally {
    await without.close()
  }
  await expect(startServer({ XDMS_USAGES_ON: 'pres-rules' })).rejects.toThrow(
    'pres-rules is no shipped usage that waits to be named; there are simservs.ngn.etsi.org.',
  )
})
