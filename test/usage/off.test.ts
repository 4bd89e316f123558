import { expect, it } from 'vitest'
import { loadUsages } from '../../src/usage/load.ts'
import { isHttpUri } from '../../src/usage/reference.ts'
import { schemas } from './fixtures.ts'

it('RFC 4825 §12: a usage that is off is neither served nor advertised', async () => {
  const usages = loadUsages(schemas, [], { off: ['org.openmobilealliance.pres-rules'] })
  expect(usages.find('org.openmobilealliance.pres-rules')).toBeUndefined()
  expect(usages.find('pres-rules')).toBeDefined()
  const caps = usages.find('xcap-caps')
  const made = await caps?.computed?.make({ auid: caps.auid, owner: 'global', name: 'index' }, undefined as never)
  const text = Buffer.from(made?.bytes ?? '').toString()
  expect(text).toContain('<auid>pres-rules</auid>')
  expect(text).not.toContain('org.openmobilealliance.pres-rules')
})

it.each(['org.cpm-xdms.profiles', 'xcap-caps', 'resource-lists', 'nothing'])(
  'RFC 4825 §12: %s cannot be off',
  (auid) => {
    expect(() => loadUsages(schemas, [], { off: [auid] })).toThrow('it cannot be off')
  },
)

it('RFC 4826 §3.4.5: an anchor that was encoded once too often is judged after decoding', () => {
  expect(isHttpUri('http%3A//example.com/xcap-root/resource-lists/users/a/index')).toBe(true)
  expect(isHttpUri('ftp%3A//example.com/')).toBe(false)
})
