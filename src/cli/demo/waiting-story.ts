/** Messages wait, Alice is told, and says of each what is to become of it: the second story. */
import { systemClock } from '../../clock.ts'
import { ALICE, ADMIN, BOB, CAROL, PHONE, PROFILE_TYPE, WAITING_PROFILE } from './people.ts'
import type { MailServer } from './mail-server.ts'
import { document, fieldsOf, get, post, put, type DemoTarget } from './requests.ts'
import type { Watch } from './exchanges.ts'
import type { PhoneInboxes } from './story.ts'

/** What Alice's phone asks for, by the subjects. */
const WISHES = [
  ['Lunch tomorrow?', 'retrieve'],
  ['You have won', 'discard'],
  ['The contract', 'store'],
  ['Pictures of the garden', 'interwork'],
] as const

export async function showWaiting(target: DemoTarget, inboxes: PhoneInboxes, mail: MailServer): Promise<void> {
  const ids = await coming(target, inboxes.alice)
  await forwarding(target)
  await choosing(target, ids)
  await afterwards(target, ids, mail)
  await reported(target, inboxes.bob)
}

async function coming({ exchanges, url }: DemoTarget, inbox: Watch): Promise<readonly string[]> {
  exchanges.chapter('7. Alice is in a meeting: her messages wait, and she is told of each')
  const carol = JSON.stringify({ role: 'user', password: CAROL.password })
  await exchanges.ask(put(ADMIN, `${url}/api/users/${CAROL.xui}`, 'application/json', carol), 201)
  const work = document(url, 'org.cpm-xdms.profiles', 'work')
  await exchanges.ask(put(ALICE, work, PROFILE_TYPE, WAITING_PROFILE), 200)
  const ids: string[] = []
  for (const [subject] of WISHES) {
    const id = await send({ exchanges, url }, subject, 'text/plain', `${subject} (this is all there is of it)`)
    ids.push(id)
    const notice = await inbox.event(({ event, data }) => event === 'notice' && data.includes(id))
    exchanges.expect(notice !== undefined, `Alice was not told that "${subject}" waits`)
  }
  exchanges.remark('Her phone has been told who wrote, about what, when and how much, and nothing more.')
  return ids
}

async function send(
  { exchanges, url }: DemoTarget,
  subject: string,
  contentType: string,
  body: string,
): Promise<string> {
  const submission = { to: ALICE.xui, subject, contentType, body, reports: ['delivery', 'failure'] }
  return fieldsOf((await exchanges.ask(post(BOB, `${url}/api/messages`, submission), 202)).body)['id'] ?? ''
}

async function forwarding({ exchanges, url }: DemoTarget): Promise<void> {
  exchanges.chapter('8. What has to do with her calendar goes to Carol at once')
  const id = await send({ exchanges, url }, 'Board meeting', 'text/calendar', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n')
  const state = await stateOf({ exchanges, url }, id, 'forwarded')
  exchanges.expect(state === 'forwarded', `the invitation is ${state}, not forwarded`)
  const waiting = (await exchanges.ask(get(CAROL, `${url}/api/users/${CAROL.xui}/deferred`), 200)).body
  exchanges.expect(waiting.includes('forwardedFor') && waiting.includes(BOB.xui), 'Carol does not have it from Bob')
}

/** What leaves takes a moment, so it is asked for again, a few times. */
async function stateOf({ exchanges, url }: DemoTarget, id: string, wanted: string): Promise<string> {
  for (let times = 0; ; times++) {
    const { state = '' } = fieldsOf((await exchanges.ask(get(ALICE, `${url}/api/messages/${id}`), 200)).body)
    if (state === wanted || times === 5) return state
    await new Promise<void>((resolve) => systemClock.at(systemClock.now() + 200 * (times + 1), resolve))
  }
}

async function choosing({ exchanges, url }: DemoTarget, ids: readonly string[]): Promise<void> {
  exchanges.chapter('9. She has a minute, and says of each what is to become of it')
  const device = `${url}/api/users/${ALICE.xui}/devices/${PHONE}`
  const actions = WISHES.map(([, action], at) => ({ id: ids[at], action }))
  const session = await exchanges.watch("Alice's phone", post(ALICE, `${device}/retrieval`, { actions }))
  const [first = ''] = ids
  const arrived = await session.event(({ event, id }) => event === 'message' && id === first)
  exchanges.expect(arrived !== undefined, 'the one that she wanted to read did not come')
  await exchanges.ask({ as: ALICE, method: 'POST', url: `${device}/inbox/${first}/received` }, 204)
  for (const { id, action } of actions) {
    const isDone = ({ event, data }: { readonly event: string; readonly data: string }): boolean =>
      event === 'action' && fieldsOf(data)['id'] === id && fieldsOf(data)['outcome'] === 'done'
    exchanges.expect((await session.event(isDone)) !== undefined, `nothing says that "${action}" is done`)
  }
  const end = await session.event(({ event }) => event === 'end')
  exchanges.expect(end !== undefined, 'the session did not end by itself')
}

async function afterwards({ exchanges, url }: DemoTarget, ids: readonly string[], mail: MailServer): Promise<void> {
  exchanges.chapter('10. Each is where it belongs')
  const [, , contract = '', pictures = ''] = ids
  const sent = await mail.next()
  exchanges.expect(sent !== undefined && sent.to === 'alice@home.example', 'no mail came to her address at home')
  if (sent !== undefined) exchanges.remark(`The mail server has this for ${sent.to}:\n\n${indented(sent.text)}`)
  const mailed = await stateOf({ exchanges, url }, pictures, 'interworked')
  exchanges.expect(mailed === 'interworked', `what went out by e-mail is ${mailed}, not interworked`)
  const kept = await stateOf({ exchanges, url }, contract, 'stored')
  exchanges.expect(kept === 'stored', `the contract is ${kept}, not stored`)
  exchanges.remark('The contract is in her message store, where all her devices find it:')
  const stored = (await exchanges.ask(get(ALICE, `${url}/api/users/${ALICE.xui}/stored`), 200)).body
  exchanges.expect(stored.includes(contract), 'the contract is not in the message store')
  exchanges.remark('And nothing waits for her any more:')
  const waiting = (await exchanges.ask(get(ALICE, `${url}/api/users/${ALICE.xui}/deferred`), 200)).body
  exchanges.expect(!ids.some((id) => waiting.includes(id)), 'something of it still waits')
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `   > ${line}`)
    .join('\n')
}

async function reported({ exchanges }: DemoTarget, inbox: Watch): Promise<void> {
  exchanges.chapter('11. Bob learns the end of each')
  const heard: string[] = []
  for (const _ of WISHES) {
    const report = await inbox.event(({ event }) => event === 'report')
    if (report !== undefined) heard.push(fieldsOf(report.data)['disposition'] ?? '')
  }
  const inOrder = heard.sort().join(', ')
  exchanges.expect(inOrder === 'delivered, delivered, delivered, failed', `Bob was told ${inOrder || 'nothing'}`)
}
