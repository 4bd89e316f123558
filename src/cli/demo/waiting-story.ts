/** Messages wait, Alice is told, and says of each what is to become of it: the second story. */
import { systemClock } from '../../clock.ts'
import { ALICE, ADMIN, BOB, CAROL, PHONE, PROFILE_TYPE, WAITING_PROFILE } from './cast.ts'
import type { MailServer } from './mail-server.ts'
import { document, fieldsOf, get, post, put, type Scene } from './requests.ts'
import type { Watch } from './stage.ts'
import type { PhoneInboxes } from './story.ts'

/** What Alice's phone asks for, by the subjects. */
const WISHES = [
  ['Lunch tomorrow?', 'retrieve'],
  ['You have won', 'discard'],
  ['The contract', 'store'],
  ['Pictures of the garden', 'interwork'],
] as const

export async function playWaiting(scene: Scene, inboxes: PhoneInboxes, mail: MailServer): Promise<void> {
  const ids = await coming(scene, inboxes.alice)
  await forwarding(scene)
  await choosing(scene, ids)
  await afterwards(scene, ids, mail)
  await reported(scene, inboxes.bob)
}

async function coming({ stage, url }: Scene, inbox: Watch): Promise<readonly string[]> {
  stage.chapter('7. Alice is in a meeting: her messages wait, and she is told of each')
  const carol = JSON.stringify({ role: 'user', password: CAROL.password })
  await stage.ask(put(ADMIN, `${url}/api/users/${CAROL.xui}`, 'application/json', carol), 201)
  const work = document(url, 'org.cpm-xdms.profiles', 'work')
  await stage.ask(put(ALICE, work, PROFILE_TYPE, WAITING_PROFILE), 200)
  const ids: string[] = []
  for (const [subject] of WISHES) {
    const id = await send({ stage, url }, subject, 'text/plain', `${subject} (this is all there is of it)`)
    ids.push(id)
    const notice = await inbox.event(({ event, data }) => event === 'notice' && data.includes(id))
    stage.expect(notice !== undefined, `Alice was not told that "${subject}" waits`)
  }
  stage.remark('Her phone has been told who wrote, about what, when and how much, and nothing more.')
  return ids
}

async function send({ stage, url }: Scene, subject: string, contentType: string, body: string): Promise<string> {
  const submission = { to: ALICE.xui, subject, contentType, body, reports: ['delivery', 'failure'] }
  return fieldsOf((await stage.ask(post(BOB, `${url}/api/messages`, submission), 202)).body)['id'] ?? ''
}

async function forwarding({ stage, url }: Scene): Promise<void> {
  stage.chapter('8. What has to do with her calendar goes to Carol at once')
  const id = await send({ stage, url }, 'Board meeting', 'text/calendar', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n')
  const state = await stateOf({ stage, url }, id, 'forwarded')
  stage.expect(state === 'forwarded', `the invitation is ${state}, not forwarded`)
  const waiting = (await stage.ask(get(CAROL, `${url}/api/users/${CAROL.xui}/deferred`), 200)).body
  stage.expect(waiting.includes('forwardedFor') && waiting.includes(BOB.xui), 'Carol does not have it from Bob')
}

/** What leaves takes a moment, so it is asked for again, a few times. */
async function stateOf({ stage, url }: Scene, id: string, wanted: string): Promise<string> {
  for (let times = 0; ; times++) {
    const { state = '' } = fieldsOf((await stage.ask(get(ALICE, `${url}/api/messages/${id}`), 200)).body)
    if (state === wanted || times === 5) return state
    await new Promise<void>((resolve) => systemClock.at(systemClock.now() + 200 * (times + 1), resolve))
  }
}

async function choosing({ stage, url }: Scene, ids: readonly string[]): Promise<void> {
  stage.chapter('9. She has a minute, and says of each what is to become of it')
  const device = `${url}/api/users/${ALICE.xui}/devices/${PHONE}`
  const actions = WISHES.map(([, action], at) => ({ id: ids[at], action }))
  const session = await stage.watch("Alice's phone", post(ALICE, `${device}/retrieval`, { actions }))
  const [first = ''] = ids
  const arrived = await session.event(({ event, id }) => event === 'message' && id === first)
  stage.expect(arrived !== undefined, 'the one that she wanted to read did not come')
  await stage.ask({ as: ALICE, method: 'POST', url: `${device}/inbox/${first}/received` }, 204)
  for (const { id, action } of actions) {
    const isDone = ({ event, data }: { readonly event: string; readonly data: string }): boolean =>
      event === 'action' && fieldsOf(data)['id'] === id && fieldsOf(data)['outcome'] === 'done'
    stage.expect((await session.event(isDone)) !== undefined, `nothing says that "${action}" is done`)
  }
  const end = await session.event(({ event }) => event === 'end')
  stage.expect(end !== undefined, 'the session did not end by itself')
}

async function afterwards({ stage, url }: Scene, ids: readonly string[], mail: MailServer): Promise<void> {
  stage.chapter('10. Each is where it belongs')
  const [, , contract = '', pictures = ''] = ids
  const sent = await mail.next()
  stage.expect(sent !== undefined && sent.to === 'alice@home.example', 'no mail came to her address at home')
  if (sent !== undefined) stage.remark(`The mail server has this for ${sent.to}:\n\n${indented(sent.text)}`)
  const mailed = await stateOf({ stage, url }, pictures, 'interworked')
  stage.expect(mailed === 'interworked', `what went out by e-mail is ${mailed}, not interworked`)
  const kept = await stateOf({ stage, url }, contract, 'stored')
  stage.expect(kept === 'stored', `the contract is ${kept}, not stored`)
  stage.remark('The contract is in her message store, where all her devices find it:')
  const stored = (await stage.ask(get(ALICE, `${url}/api/users/${ALICE.xui}/stored`), 200)).body
  stage.expect(stored.includes(contract), 'the contract is not in the message store')
  stage.remark('And nothing waits for her any more:')
  const waiting = (await stage.ask(get(ALICE, `${url}/api/users/${ALICE.xui}/deferred`), 200)).body
  stage.expect(!ids.some((id) => waiting.includes(id)), 'something of it still waits')
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `   > ${line}`)
    .join('\n')
}

async function reported({ stage }: Scene, inbox: Watch): Promise<void> {
  stage.chapter('11. Bob learns the end of each')
  const heard: string[] = []
  for (const _ of WISHES) {
    const report = await inbox.event(({ event }) => event === 'report')
    if (report !== undefined) heard.push(fieldsOf(report.data)['disposition'] ?? '')
  }
  const inOrder = heard.sort().join(', ')
  stage.expect(inOrder === 'delivered, delivered, delivered, failed', `Bob was told ${inOrder || 'nothing'}`)
}
