import { expect, it } from 'vitest'
import { DigestClient } from './digest-client.ts'

const challenge = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'

it.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
] as const)(
  'RFC 7616 §3.9.1: the client of the tests computes the %s response of the example',
  (algorithm, response) => {
    const client = new DigestClient({
      user: 'Mufasa',
      password: 'Circle of Life',
      algorithm,
      cnonce: () => 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    })
    expect(client.learn({ 'www-authenticate': `${challenge('SHA-256')}, ${challenge('MD5')}` })).toBe(true)
    const header = client.authorization('GET', '/dir/index.html')
    expect(header).toContain('nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth')
    expect(header).toContain(`response="${response}"`)
    expect(client.authorization('GET', '/dir/index.html')).toContain('nc=00000002')
  },
)
