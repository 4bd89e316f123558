import { describe, expect, test } from 'vitest'
import type { Home } from '../../src/home/home.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { reconcileState, type ReconciledState } from '../../src/preferences/state.ts'
import { ALICE, DISTURB, disturbText, Stored } from './stored.ts'

const PHONE = 'urn:phone'
const NIGHTS =
  '<schedule time-zone="UTC"><quiet id="n" days="mon tue wed thu fri sat sun" from="22:00" to="06:00"/></schedule>'

const at = (text: string): number => Date.parse(text)

/** One user's story: documents change, time passes, and watchers are told. */
class Story {
  readonly #stored = new Stored()

  write(changed: string, text: string | undefined): this {
    this.#stored.put(ALICE, DISTURB, text, at(changed))
    return this
  }

  async reconcile(now: string): Promise<ReconciledState & { readonly before: Home }> {
    const before = this.#stored.home(ALICE)
    const reconciled = reconcileState(before, await readPreferences(this.#stored.rooms(), before), at(now))
    this.#stored.set(reconciled.home)
    return { ...reconciled, before }
  }
}

describe('X19: the start and end of do-not-disturb are told', () => {
  test('X19: a change is told with the instant of the document', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('on="true"'))
    expect((await story.reconcile('2026-11-21T08:00:05Z')).records).toEqual([
      { kind: 'state', doNotDisturb: true, at: at('2026-11-21T08:00:00Z') },
    ])
    story.write('2026-11-21T09:00:00Z', disturbText('on="false"'))
    const reconciled = await story.reconcile('2026-11-21T09:00:05Z')
    expect(reconciled.records).toEqual([{ kind: 'state', doNotDisturb: false, at: at('2026-11-21T09:00:00Z') }])
    expect(reconciled.next).toBeUndefined()
  })

  test('X19: what was told is not told again, and the home stays the same object', async () => {
    const story = new Story()
    const nothing = await story.reconcile('2026-11-21T08:00:00Z')
    expect([nothing.records, nothing.home === nothing.before]).toEqual([[], true])
    story.write('2026-11-21T08:00:00Z', disturbText('on="true"'))
    const first = await story.reconcile('2026-11-21T08:00:00Z')
    expect(first.home === first.before).toBe(false)
    const again = await story.reconcile('2026-11-21T08:00:01Z')
    expect([again.records, again.home === again.before]).toEqual([[], true])
    story.write('2026-11-21T08:30:00Z', disturbText('on="true" until="2026-11-21T10:00:00Z"'))
    const longer = await story.reconcile('2026-11-21T08:30:01Z')
    expect([longer.records, longer.home === longer.before, longer.next]).toEqual([[], true, at('2026-11-21T10:00:00Z')])
  })

  test('X19: time alone is told with the boundary, and when it ends again', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('', NIGHTS))
    const day = await story.reconcile('2026-11-21T08:00:00Z')
    expect([day.records, day.next]).toEqual([[], at('2026-11-21T22:00:00Z')])
    const night = await story.reconcile('2026-11-21T22:00:03Z')
    expect(night.records).toEqual([
      { kind: 'state', doNotDisturb: true, until: at('2026-11-22T06:00:00Z'), at: at('2026-11-21T22:00:00Z') },
    ])
    expect(night.next).toBe(at('2026-11-22T06:00:00Z'))
  })

  test('X19: boundaries that passed while the server was down are told once, as the state of now', async () => {
    const story = new Story().write('2026-11-01T08:00:00Z', disturbText('', NIGHTS))
    await story.reconcile('2026-11-01T08:00:00Z')
    expect((await story.reconcile('2026-11-21T23:30:00Z')).records).toEqual([
      { kind: 'state', doNotDisturb: true, until: at('2026-11-22T06:00:00Z'), at: at('2026-11-21T22:00:00Z') },
    ])
    // A whole night was missed: it is day as before.
    await story.reconcile('2026-11-22T06:00:00Z')
    expect((await story.reconcile('2026-12-21T08:00:00Z')).records).toEqual([])
  })

  test('X19: a change inside a window is told with the change, not with the boundary before it', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('on="false"', NIGHTS))
    await story.reconcile('2026-11-21T08:00:00Z')
    story.write('2026-11-21T23:00:00Z', disturbText('', NIGHTS))
    expect((await story.reconcile('2026-11-21T23:00:01Z')).records).toEqual([
      { kind: 'state', doNotDisturb: true, until: at('2026-11-22T06:00:00Z'), at: at('2026-11-21T23:00:00Z') },
    ])
  })

  test('X19: a boundary long ago is still found', async () => {
    const story = new Story().write('2026-01-01T08:00:00Z', disturbText('on="true" until="2026-02-01T08:00:00Z"'))
    await story.reconcile('2026-01-01T08:00:00Z')
    expect((await story.reconcile('2026-11-21T08:00:00Z')).records).toEqual([
      { kind: 'state', doNotDisturb: false, at: at('2026-02-01T08:00:00Z') },
    ])
  })

  test('X19: an end of until inside a window changes nothing', async () => {
    const story = new Story().write(
      '2026-11-21T20:00:00Z',
      disturbText('on="true" until="2026-11-21T23:00:00Z"', NIGHTS),
    )
    await story.reconcile('2026-11-21T20:00:00Z')
    const inside = await story.reconcile('2026-11-21T23:30:00Z')
    expect([inside.records, inside.next]).toEqual([[], at('2026-11-22T06:00:00Z')])
  })

  test('X19: a document that was deleted ends it now', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('on="true"'))
    await story.reconcile('2026-11-21T08:00:00Z')
    story.write('', undefined)
    expect((await story.reconcile('2026-11-21T09:00:00Z')).records).toEqual([
      { kind: 'state', doNotDisturb: false, at: at('2026-11-21T09:00:00Z') },
    ])
  })
})

describe('X19: a device with an entry of its own', () => {
  const entry = (attributes: string): string => `<device id="${PHONE}" ${attributes}/>`

  test('X19: is told of by itself, before and after the user', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('on="true"', entry('on="false"')))
    expect((await story.reconcile('2026-11-21T08:00:00Z')).records).toEqual([
      { kind: 'state', doNotDisturb: true, at: at('2026-11-21T08:00:00Z') },
    ])
    story.write('2026-11-21T09:00:00Z', disturbText('on="false"', entry('on="true" until="2026-11-21T12:00:00Z"')))
    const reconciled = await story.reconcile('2026-11-21T09:00:00Z')
    expect(reconciled.records).toEqual([
      { kind: 'state', doNotDisturb: false, at: at('2026-11-21T09:00:00Z') },
      {
        kind: 'state',
        device: PHONE,
        doNotDisturb: true,
        until: at('2026-11-21T12:00:00Z'),
        at: at('2026-11-21T09:00:00Z'),
      },
    ])
    expect(reconciled.next).toBe(at('2026-11-21T12:00:00Z'))
    expect((await story.reconcile('2026-11-21T12:00:01Z')).records).toEqual([
      { kind: 'state', device: PHONE, doNotDisturb: false, at: at('2026-11-21T12:00:00Z') },
    ])
  })

  test('X19: an entry that appears or goes without a difference is not told', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('on="true"'))
    await story.reconcile('2026-11-21T08:00:00Z')
    story.write('2026-11-21T09:00:00Z', disturbText('on="true"', entry('on="true"')))
    expect((await story.reconcile('2026-11-21T09:00:00Z')).records).toEqual([])
    story.write('2026-11-21T10:00:00Z', disturbText('on="false"', entry('on="true"')))
    expect((await story.reconcile('2026-11-21T10:00:00Z')).records).toEqual([
      { kind: 'state', doNotDisturb: false, at: at('2026-11-21T10:00:00Z') },
    ])
    story.write('2026-11-21T11:00:00Z', disturbText('on="true"'))
    expect((await story.reconcile('2026-11-21T11:00:00Z')).records).toEqual([
      { kind: 'state', doNotDisturb: true, at: at('2026-11-21T11:00:00Z') },
    ])
  })

  test('X19: an entry that appears or goes with a difference is told for the device', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('', entry('on="true"')))
    expect((await story.reconcile('2026-11-21T08:00:00Z')).records).toEqual([
      { kind: 'state', device: PHONE, doNotDisturb: true, at: at('2026-11-21T08:00:00Z') },
    ])
    story.write('2026-11-21T09:00:00Z', disturbText(''))
    expect((await story.reconcile('2026-11-21T09:00:00Z')).records).toEqual([
      { kind: 'state', device: PHONE, doNotDisturb: false, at: at('2026-11-21T09:00:00Z') },
    ])
    expect((await story.reconcile('2026-11-21T09:00:01Z')).records).toEqual([])
  })

  test('X19: the whole document goes', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', disturbText('', entry('on="true"')))
    await story.reconcile('2026-11-21T08:00:00Z')
    story.write('', undefined)
    expect((await story.reconcile('2026-11-21T09:00:00Z')).records).toEqual([
      { kind: 'state', device: PHONE, doNotDisturb: false, at: at('2026-11-21T09:00:00Z') },
    ])
  })

  test('X19: a document that cannot be read is told as on', async () => {
    const story = new Story().write('2026-11-21T08:00:00Z', '<broken')
    expect((await story.reconcile('2026-11-21T08:00:01Z')).records).toEqual([
      { kind: 'state', doNotDisturb: true, at: at('2026-11-21T08:00:00Z') },
    ])
  })
})
