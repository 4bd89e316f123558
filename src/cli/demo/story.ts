/** Alice turns do-not-disturb off and what waited arrives: the first story, one chapter after the other. */
import { systemClock } from '../../clock.ts'
import {
  ACTIVE,
  ACTIVE_TYPE,
  ADMIN,
  ALICE,
  BOB,
  BOBS_PHONE,
  BROKEN_PROFILE,
  DO_NOT_DISTURB_TYPE,
  PF,
  PHONE,
  PROFILE_TYPE,
  doNotDisturb,
  profile,
} from './cast.ts'
import { document, fieldsOf, get, JSON_TYPE, put, type Scene } from './requests.ts'
import type { DemoStage, Watch } from './stage.ts'

function disturbUrl(url: string): string {
  return document(url, 'org.cpm-xdms.do-not-disturb', 'index')
}

/** The inboxes of Alice's and Bob's phones, which stay open. */
export interface PhoneInboxes {
  readonly alice: Watch
  readonly bob: Watch
}

export async function play(stage: DemoStage, url: string): Promise<PhoneInboxes> {
  const scene = { stage, url }
  await accounts(scene)
  await preferences(scene)
  const changes = await watching(scene)
  const [inbox, bobsInbox] = await phones(scene)
  const message = await sending(scene)
  await release(scene, message, inbox, bobsInbox, changes)
  return { alice: inbox, bob: bobsInbox }
}

async function accounts({ stage, url }: Scene): Promise<void> {
  stage.remark('The others over REST:')
  for (const [who, role] of [
    [ALICE, 'user'],
    [BOB, 'user'],
    [PF, 'participating-function'],
  ] as const) {
    await stage.ask(
      put(ADMIN, `${url}/api/users/${who.xui}`, 'application/json', JSON.stringify({ role, password: who.password })),
      201,
    )
  }
}

async function preferences({ stage, url }: Scene): Promise<void> {
  stage.chapter('2. Alice says how she wants her messages, over XCAP with Digest')
  const work = document(url, 'org.cpm-xdms.profiles', 'work')
  const first = await stage.ask(put(ALICE, work, PROFILE_TYPE, profile('At work')), 201)
  stage.expect(first.etag !== '', 'the profile has no ETag')
  stage.remark('Changed, on the condition that nobody else changed it meanwhile:')
  await stage.ask(put(ALICE, work, PROFILE_TYPE, profile('In the office'), { 'If-Match': first.etag }), 200)
  stage.remark('The same condition again is stale now:')
  await stage.ask(put(ALICE, work, PROFILE_TYPE, profile('Nowhere'), { 'If-Match': first.etag }), 412)
  stage.remark('What breaks the schema is refused, and the answer says where:')
  await stage.ask(put(ALICE, work, PROFILE_TYPE, BROKEN_PROFILE), 409)
  stage.remark("Bob may not write into Alice's tree:")
  await stage.ask(put(BOB, work, PROFILE_TYPE, profile('By Bob')), 403)
  stage.remark('Active for her phone, and please do not disturb:')
  await stage.ask(put(ALICE, document(url, 'org.cpm-xdms.active-profile', 'index'), ACTIVE_TYPE, ACTIVE), 201)
  await stage.ask(put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(true)), 201)
}

async function watching({ stage, url }: Scene): Promise<Watch> {
  stage.chapter('3. A participating function watches the changes')
  const before = await stage.watch('changes', get(PF, `${url}/api/changes`))
  await stage.ask(
    put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(true, ' until="2099-01-01T00:00:00Z"')),
    200,
  )
  const seen = await before.event((event) => event.event === 'change')
  stage.expect(seen !== undefined, 'the change of do-not-disturb is not in the changes stream')
  before.close()
  stage.remark('Its connection is cut. Meanwhile Alice changes something:')
  await stage.ask(put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(true)), 200)
  stage.remark('It goes on exactly where it was, with Last-Event-ID:')
  const after = await stage.watch('changes', {
    ...get(PF, `${url}/api/changes`),
    headers: { 'Last-Event-ID': seen?.id ?? '' },
  })
  const resumed = await after.event((event) => event.event === 'change')
  stage.expect(
    resumed !== undefined && resumed.id !== seen?.id,
    'what was changed meanwhile did not come after Last-Event-ID',
  )
  return after
}

async function phones({ stage, url }: Scene): Promise<readonly [Watch, Watch]> {
  stage.chapter('4. The phones register and open their inboxes')
  const inboxes: Watch[] = []
  for (const [who, device, name] of [
    [ALICE, PHONE, "Alice's phone"],
    [BOB, BOBS_PHONE, "Bob's phone"],
  ] as const) {
    const user = `${url}/api/users/${who.xui}`
    await stage.ask(
      put(
        who,
        `${user}/registrations/${device}`,
        'application/json',
        JSON.stringify({ expiresIn: 3600, accepts: ['text/*'] }),
      ),
      201,
    )
    inboxes.push(await stage.watch(name, get(who, `${user}/devices/${device}/inbox`)))
  }
  return [inboxes[0] as Watch, inboxes[1] as Watch]
}

async function sending({ stage, url }: Scene): Promise<string> {
  stage.chapter("5. Bob's message comes in and is deferred")
  const submission = {
    to: ALICE.xui,
    subject: 'Lunch?',
    contentType: 'text/plain',
    body: 'At noon, as always?',
    reports: ['delivery', 'failure'],
  }
  const accepted = await stage.ask(
    { as: BOB, method: 'POST', url: `${url}/api/messages`, headers: JSON_TYPE, body: JSON.stringify(submission) },
    202,
  )
  const { id = '' } = fieldsOf(accepted.body)
  const message = `${url}/api/messages/${id}`
  stage.remark('Alice sees why it waits and what would release it:')
  const forAlice = fieldsOf((await stage.ask(get(ALICE, message), 200)).body)
  stage.expect(
    forAlice['state'] === 'deferred' && forAlice['reason'] === 'do-not-disturb',
    'the message does not wait for do-not-disturb',
  )
  stage.remark('So does the participating function:')
  await stage.ask(get(PF, message), 200)
  stage.remark('Bob only learns that it was accepted:')
  const forBob = fieldsOf((await stage.ask(get(BOB, message), 200)).body)
  stage.expect(forBob['state'] === 'accepted', 'Bob sees more than that his message was accepted')
  return id
}

async function release(
  { stage, url }: Scene,
  message: string,
  inbox: Watch,
  bobsInbox: Watch,
  changes: Watch,
): Promise<void> {
  stage.chapter('6. Alice turns do-not-disturb off')
  await stage.ask(put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(false)), 200)
  const off = systemClock.now()
  const arrived = await inbox.event((event) => event.event === 'message' && fieldsOf(event.data)['id'] === message)
  stage.expect(arrived !== undefined, "the message did not arrive at Alice's phone")
  if (arrived !== undefined)
    stage.remark(`It is at her phone, at most ${systemClock.now() - off} ms after the answer, without polling.`)
  stage.expect(
    (await changes.event((event) => event.event === 'state')) !== undefined,
    'the end of do-not-disturb is not in the changes stream',
  )
  stage.remark('The phone says that it has it:')
  const received = `${url}/api/users/${ALICE.xui}/devices/${PHONE}/inbox/${message}/received`
  const acknowledged = await stage.ask({ as: ALICE, method: 'POST', url: received }, 204)
  stage.expect(acknowledged.status === 204, 'the message was not acknowledged')
  const waiting = await stage.ask(get(ALICE, `${url}/api/users/${ALICE.xui}/deferred`), 200)
  stage.expect(!waiting.body.includes(message), 'the message is still in the queue')
  const state = fieldsOf((await stage.ask(get(BOB, `${url}/api/messages/${message}`), 200)).body)['state']
  stage.expect(state === 'delivered', `the status says ${String(state)}, not delivered`)
  const report = await bobsInbox.event((event) => event.event === 'report')
  stage.expect(
    report !== undefined && fieldsOf(report.data)['disposition'] === 'delivered',
    'Bob did not get his delivery report',
  )
  if (report === undefined) return
  stage.remark("Bob's phone acknowledges the report in the same way:")
  await stage.ask(
    { as: BOB, method: 'POST', url: `${url}/api/users/${BOB.xui}/devices/${BOBS_PHONE}/inbox/${report.id}/received` },
    204,
  )
}
