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
} from './people.ts'
import { document, fieldsOf, get, JSON_TYPE, put, type DemoTarget } from './requests.ts'
import type { DemoExchanges, Watch } from './exchanges.ts'

function disturbUrl(url: string): string {
  return document(url, 'org.cpm-xdms.do-not-disturb', 'index')
}

/** The inboxes of Alice's and Bob's phones, which stay open. */
export interface PhoneInboxes {
  readonly alice: Watch
  readonly bob: Watch
}

export async function showFirst(exchanges: DemoExchanges, url: string): Promise<PhoneInboxes> {
  const target = { exchanges, url }
  await accounts(target)
  await preferences(target)
  const changes = await watching(target)
  const [inbox, bobsInbox] = await phones(target)
  const message = await sending(target)
  await release(target, message, inbox, bobsInbox, changes)
  return { alice: inbox, bob: bobsInbox }
}

async function accounts({ exchanges, url }: DemoTarget): Promise<void> {
  exchanges.remark('The others over REST:')
  for (const [who, role] of [
    [ALICE, 'user'],
    [BOB, 'user'],
    [PF, 'participating-function'],
  ] as const) {
    await exchanges.ask(
      put(ADMIN, `${url}/api/users/${who.xui}`, 'application/json', JSON.stringify({ role, password: who.password })),
      201,
    )
  }
}

async function preferences({ exchanges, url }: DemoTarget): Promise<void> {
  exchanges.chapter('2. Alice says how she wants her messages, over XCAP with Digest')
  const work = document(url, 'org.cpm-xdms.profiles', 'work')
  const first = await exchanges.ask(put(ALICE, work, PROFILE_TYPE, profile('At work')), 201)
  exchanges.expect(first.etag !== '', 'the profile has no ETag')
  exchanges.remark('Changed, on the condition that nobody else changed it meanwhile:')
  await exchanges.ask(put(ALICE, work, PROFILE_TYPE, profile('In the office'), { 'If-Match': first.etag }), 200)
  exchanges.remark('The same condition again is stale now:')
  await exchanges.ask(put(ALICE, work, PROFILE_TYPE, profile('Nowhere'), { 'If-Match': first.etag }), 412)
  exchanges.remark('What breaks the schema is refused, and the answer says where:')
  await exchanges.ask(put(ALICE, work, PROFILE_TYPE, BROKEN_PROFILE), 409)
  exchanges.remark("Bob may not write into Alice's tree:")
  await exchanges.ask(put(BOB, work, PROFILE_TYPE, profile('By Bob')), 403)
  exchanges.remark('Active for her phone, and please do not disturb:')
  await exchanges.ask(put(ALICE, document(url, 'org.cpm-xdms.active-profile', 'index'), ACTIVE_TYPE, ACTIVE), 201)
  await exchanges.ask(put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(true)), 201)
}

async function watching({ exchanges, url }: DemoTarget): Promise<Watch> {
  exchanges.chapter('3. A participating function watches the changes')
  const before = await exchanges.watch('changes', get(PF, `${url}/api/changes`))
  await exchanges.ask(
    put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(true, ' until="2099-01-01T00:00:00Z"')),
    200,
  )
  const seen = await before.event((event) => event.event === 'change')
  exchanges.expect(seen !== undefined, 'the change of do-not-disturb is not in the changes stream')
  before.close()
  exchanges.remark('Its connection is cut. Meanwhile Alice changes something:')
  await exchanges.ask(put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(true)), 200)
  exchanges.remark('It goes on exactly where it was, with Last-Event-ID:')
  const after = await exchanges.watch('changes', {
    ...get(PF, `${url}/api/changes`),
    headers: { 'Last-Event-ID': seen?.id ?? '' },
  })
  const resumed = await after.event((event) => event.event === 'change')
  exchanges.expect(
    resumed !== undefined && resumed.id !== seen?.id,
    'what was changed meanwhile did not come after Last-Event-ID',
  )
  return after
}

async function phones({ exchanges, url }: DemoTarget): Promise<readonly [Watch, Watch]> {
  exchanges.chapter('4. The phones register and open their inboxes')
  const inboxes: Watch[] = []
  for (const [who, device, name] of [
    [ALICE, PHONE, "Alice's phone"],
    [BOB, BOBS_PHONE, "Bob's phone"],
  ] as const) {
    const user = `${url}/api/users/${who.xui}`
    await exchanges.ask(
      put(
        who,
        `${user}/registrations/${device}`,
        'application/json',
        JSON.stringify({ expiresIn: 3600, accepts: ['text/*'] }),
      ),
      201,
    )
    inboxes.push(await exchanges.watch(name, get(who, `${user}/devices/${device}/inbox`)))
  }
  return [inboxes[0] as Watch, inboxes[1] as Watch]
}

async function sending({ exchanges, url }: DemoTarget): Promise<string> {
  exchanges.chapter("5. Bob's message comes in and is deferred")
  const submission = {
    to: ALICE.xui,
    subject: 'Lunch?',
    contentType: 'text/plain',
    body: 'At noon, as always?',
    reports: ['delivery', 'failure'],
  }
  const accepted = await exchanges.ask(
    { as: BOB, method: 'POST', url: `${url}/api/messages`, headers: JSON_TYPE, body: JSON.stringify(submission) },
    202,
  )
  const { id = '' } = fieldsOf(accepted.body)
  const message = `${url}/api/messages/${id}`
  exchanges.remark('Alice sees why it waits and what would release it:')
  const forAlice = fieldsOf((await exchanges.ask(get(ALICE, message), 200)).body)
  exchanges.expect(
    forAlice['state'] === 'deferred' && forAlice['reason'] === 'do-not-disturb',
    'the message does not wait for do-not-disturb',
  )
  exchanges.remark('So does the participating function:')
  await exchanges.ask(get(PF, message), 200)
  exchanges.remark('Bob only learns that it was accepted:')
  const forBob = fieldsOf((await exchanges.ask(get(BOB, message), 200)).body)
  exchanges.expect(forBob['state'] === 'accepted', 'Bob sees more than that his message was accepted')
  return id
}

async function release(
  { exchanges, url }: DemoTarget,
  message: string,
  inbox: Watch,
  bobsInbox: Watch,
  changes: Watch,
): Promise<void> {
  exchanges.chapter('6. Alice turns do-not-disturb off')
  await exchanges.ask(put(ALICE, disturbUrl(url), DO_NOT_DISTURB_TYPE, doNotDisturb(false)), 200)
  const off = systemClock.now()
  const arrived = await inbox.event((event) => event.event === 'message' && fieldsOf(event.data)['id'] === message)
  exchanges.expect(arrived !== undefined, "the message did not arrive at Alice's phone")
  if (arrived !== undefined)
    exchanges.remark(`It is at her phone, at most ${systemClock.now() - off} ms after the answer, without polling.`)
  exchanges.expect(
    (await changes.event((event) => event.event === 'state')) !== undefined,
    'the end of do-not-disturb is not in the changes stream',
  )
  exchanges.remark('The phone says that it has it:')
  const received = `${url}/api/users/${ALICE.xui}/devices/${PHONE}/inbox/${message}/received`
  const acknowledged = await exchanges.ask({ as: ALICE, method: 'POST', url: received }, 204)
  exchanges.expect(acknowledged.status === 204, 'the message was not acknowledged')
  const waiting = await exchanges.ask(get(ALICE, `${url}/api/users/${ALICE.xui}/deferred`), 200)
  exchanges.expect(!waiting.body.includes(message), 'the message is still in the queue')
  const state = fieldsOf((await exchanges.ask(get(BOB, `${url}/api/messages/${message}`), 200)).body)['state']
  exchanges.expect(state === 'delivered', `the status says ${String(state)}, not delivered`)
  const report = await bobsInbox.event((event) => event.event === 'report')
  exchanges.expect(
    report !== undefined && fieldsOf(report.data)['disposition'] === 'delivered',
    'Bob did not get his delivery report',
  )
  if (report === undefined) return
  exchanges.remark("Bob's phone acknowledges the report in the same way:")
  await exchanges.ask(
    { as: BOB, method: 'POST', url: `${url}/api/users/${BOB.xui}/devices/${BOBS_PHONE}/inbox/${report.id}/received` },
    204,
  )
}
