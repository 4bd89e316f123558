import { expect, it } from 'vitest'
import { createAdmission, type Admission } from '../../src/http/admission.ts'
import type { Request } from '../../src/http/http-server.ts'
import type { Refused } from '../../src/refusal.ts'
import { createHandClock, type HandClock } from '../store/hand-clock.ts'

const ROOT = '/xcap-root'
const ME = 'users/sip:alice@example.com'
const request = (method: string, url: string): Request => ({ method, url }) as Request
const PUT_PROFILE = request('PUT', `${ROOT}/org.cpm-xdms.profiles/${ME}/work`)

function admits(admission: Admission, req: Request, working: number): boolean {
  const exchange = { req, shed: false }
  try {
    admission.mustAdmit(exchange, working)
    return !exchange.shed
  } catch (error) {
    expect((error as Refused).refusal).toMatchObject({ kind: 'unavailable', retryAfter: 1 })
    return !exchange.shed
  }
}

interface Made {
  readonly admission: Admission
  readonly clock: HandClock
  readonly told: object[]
}

function admissionAt(utilisation: number): Made {
  const clock = createHandClock()
  const told: object[] = []
  const admission = createAdmission(2, () => utilisation, clock, { warn: (details: object) => void told.push(details) })
  return { admission, clock, told }
}

it('RFC 9110 §15.6.4: while the event loop has time to spare everybody is admitted', () => {
  const { admission } = admissionAt(0.9)
  expect(admits(admission, PUT_PROFILE, 100)).toBe(true)
})

it('RFC 9110 §15.6.4: while it has none, what cannot be done soon is turned away', () => {
  const { admission } = admissionAt(0.91)
  expect(admits(admission, PUT_PROFILE, 2)).toBe(true)
  expect(admits(admission, PUT_PROFILE, 3)).toBe(false)
})

it.each([
  ['PUT', `${ROOT}/org.cpm-xdms.do-not-disturb/${ME}/index`],
  ['DELETE', `${ROOT}/org.cpm-xdms.do-not-disturb/${ME}/index/~~/do-not-disturb/@on`],
  ['PUT', `/api/${ME}/do-not-disturb`],
  ['GET', `/api/${ME}/preferences?device=urn:a`],
  ['GET', `/api/${ME}/do-not-disturb?at=2026-11-21T07:00:00Z`],
  ['HEAD', `${ROOT}/org.cpm-xdms.profiles/${ME}/work`],
  ['POST', `/api/${ME}/devices/urn:a/inbox/m1/received`],
])('RFC 9110 §15.6.4: %s %s is shed last', (method, url) => {
  const { admission } = admissionAt(1)
  expect([6, 7].map((working) => admits(admission, request(method, url), working))).toEqual([true, false])
})

it.each([
  ['POST', '/api/messages'],
  ['GET', `/api/${ME}/profiles`],
  ['GET', `/api/${ME}/deferred`],
  ['PUT', `/api/${ME}/active-profile`],
  ['GET', `${ROOT}/resource-lists/${ME}/index`],
])('RFC 9110 §15.6.4: %s %s is shed before that', (method, url) => {
  const { admission } = admissionAt(1)
  expect([2, 3].map((working) => admits(admission, request(method, url), working))).toEqual([true, false])
})

it('RFC 9110 §15.6.4: how many were turned away is said once a second', () => {
  const { admission, clock, told } = admissionAt(1)
  for (let n = 0; n < 50; n++) admits(admission, PUT_PROFILE, 3)
  clock.move(1_000)
  admits(admission, PUT_PROFILE, 3)
  clock.move(1_000)
  expect(told).toEqual([{ shed: 50 }, { shed: 1 }])
})
