/** Somebody who has some of everything: what the stories and the pictures show. */
import { readFileSync } from 'node:fs'
import { ALICE, PHONE, type Running } from '../http/server.ts'

const TABLET = 'urn:gsma:imei:90420156-025763-0'
/** What only Alice's page may show. */
export const CANARY = 'canary-of-alice-7f3a'

const example = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../examples/json/${name}.json`, import.meta.url), 'utf8'))

const at = (rest: string): string => `/api/users/${ALICE}/${rest}`

async function put(server: Running, target: string, json: unknown): Promise<void> {
  const { status, text } = await server.alice.put(target, json)
  if (status >= 300) throw new Error(`PUT ${target}: ${status} ${text}`)
}

async function sendToAlice(server: Running, subject: string, more: Record<string, unknown> = {}): Promise<string> {
  const message = { to: ALICE, contentType: 'text/plain', body: `a body, ${CANARY}`, subject, ...more }
  const { status, json, text } = await server.bob.ask('POST', '/api/messages', { json: message })
  if (status !== 202) throw new Error(`POST /api/messages: ${status} ${text}`)
  return (json as { id: string }).id
}

/** Two devices, two profiles, a week, some messages that wait and some that are stored. */
export async function furnish(server: Running): Promise<void> {
  await put(server, at(`registrations/${encodeURIComponent(PHONE)}`), {
    accepts: ['text/*', 'image/*'],
    connectivity: 'wifi',
  })
  await put(server, at(`registrations/${encodeURIComponent(TABLET)}`), { maxBytes: 307_200, expiresIn: 86_400 })
  await put(server, at('profiles/home'), { id: 'home', displayNames: [{ text: 'At home' }] })
  await put(server, at('profiles/work'), {
    ...(example('profile-work') as object),
    id: 'work',
    interworking: undefined,
    sessions: undefined,
  })
  await put(server, at('active-profile'), { default: 'home', devices: [{ id: PHONE, profile: 'work' }] })
  await put(server, at('profiles/archive'), {
    id: 'archive',
    displayNames: [{ text: 'Everything into the store' }],
    messages: { available: { action: 'store' }, unavailable: { action: 'store' } },
  })
  await put(server, at('active-profile'), { default: 'archive' })
  await sendToAlice(server, `Kept for later, ${CANARY}`)
  await sendToAlice(server, 'Minutes of the meeting', { contentType: 'text/html', body: '<p>x</p>' })
  await put(server, at('active-profile'), { default: 'home', devices: [{ id: PHONE, profile: 'work' }] })
  await put(server, at('do-not-disturb'), {
    on: true,
    schedule: {
      timeZone: 'Europe/Berlin',
      quiet: [
        { id: 'nights', days: ['mon', 'tue', 'wed', 'thu', 'sun'], from: '22:00', to: '07:00' },
        { id: 'lunch', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '12:00', to: '13:00' },
        { id: 'weekend', days: ['sat'], from: '00:00', to: '00:00' },
      ],
    },
    devices: [
      {
        id: TABLET,
        schedule: {
          timeZone: 'America/New_York',
          quiet: [{ id: 'mornings', days: ['sat', 'sun'], from: '06:00', to: '11:30' }],
        },
      },
    ],
    except: [{ uri: 'sip:boss@example.com' }, { domain: 'hospital.example' }],
  })
  await sendToAlice(server, 'Lunch on Thursday?')
  await sendToAlice(server, `<img src=x onerror="document.title='markup'"> ${CANARY}`)
  await sendToAlice(
    server,
    'A subject that says much about little, and goes on until it does not fit any more. '.repeat(2),
  )
}
