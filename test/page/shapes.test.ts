/** The page imports nothing of the server: what it knows of the REST side is held against it here. */
import { readFileSync } from 'node:fs'
import { expect, expectTypeOf, it } from 'vitest'
import { parse } from 'yaml'
import { DEEDS, type KeptEntry } from '../../src/access/trail.ts'
import { REASONS, STATES } from '../../src/http/queue.ts'
import type * as model from '../../src/preferences/model.ts'
import * as page from '../../src/page/shapes.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const { schemas } = (parse(read('openapi.yaml')) as { components: { schemas: any } }).components
const texts = Object.keys(JSON.parse(read('src/page/texts/en.json')) as object)

it('api §Page: what can be looked for and said is what the server knows', () => {
  expect(page.STATES).toEqual(schemas.MessageState.enum)
  expect(page.REASONS).toEqual(schemas.WaitingReason.enum)
  expect(page.DEEDS).toEqual(schemas.Deed.enum)
  expect(page.DEEDS).toEqual(DEEDS)
  expect(page.STATES).toEqual(STATES)
  expect(page.REASONS).toEqual(REASONS)
  expect(page.ACTIONS).toEqual(schemas.Rule.properties.action.enum)
  const { available, unavailable } = schemas.MessagesPreference.properties
  expect(page.AVAILABLE_ACTIONS).toEqual(available.properties.action.enum)
  expect(page.UNAVAILABLE_ACTIONS).toEqual(unavailable.properties.action.enum)
  expect(page.WHENS).toEqual(schemas.Rule.properties.when.enum)
  expect(page.MESSAGE_TYPES).toEqual(schemas.Rule.properties.messageTypes.items.enum)
  expect(page.MEDIUM_ANSWERS).toEqual(schemas.SessionsPreference.properties.media.items.properties.answer.enum)
  expect(page.MEDIA).toEqual(schemas.DecisionRequest.properties.invitation.properties.media.items.enum)
  expect([...page.ROLES].sort()).toEqual([...schemas.Role.enum].sort())
})

it('api §Page: each word of the REST side that is shown has a text', () => {
  const { outcome, mode, then, devices } = schemas.MessageDecision.properties
  const groups: Readonly<Record<string, { readonly enum: readonly string[] }>> = {
    state: schemas.MessageState,
    why: schemas.WaitingReason,
    goes: schemas.MessageForOthers.properties.releasedBy.items,
    deed: schemas.Deed,
    role: schemas.Role,
    outcome,
    mode,
    then,
    answer: schemas.InvitationDecision.properties.answer,
    'answer.why': schemas.InvitationDecision.properties.reason,
    adapted: schemas.ContentAdaptation.properties.devices.items.properties.otherwise,
    media: schemas.InvitationDecision.properties.media.items.properties.type,
    medium: schemas.InvitationDecision.properties.media.items.properties.answer,
    if: schemas.Rule.properties.when,
    device: devices.items.properties.because,
    stored: schemas.StoredView.properties.because,
    action: schemas.Rule.properties.action,
    kind: schemas.Rule.properties.messageTypes.items,
    about: schemas.Change.properties.about,
    notice: schemas.ProviderPolicy.properties.notices.properties.outOfBand,
    'now.on': schemas.PreferencesInForce.properties.doNotDisturb.properties.because,
    'now.off': schemas.PreferencesInForce.properties.doNotDisturb.properties.because,
  }
  const wanted = Object.entries(groups).flatMap(([group, { enum: terms }]) => terms.map((term) => `${group}.${term}`))
  expect(wanted.filter((word) => !texts.includes(word))).toEqual([])
})

it('api §Page: documents have the shapes that the server writes', () => {
  expectTypeOf<model.DoNotDisturb>().toExtend<page.DoNotDisturb>()
  expectTypeOf<model.ActiveProfile>().toExtend<page.ActiveProfile>()
  expectTypeOf<model.Profile>().toExtend<page.Profile>()
  expectTypeOf<Omit<KeptEntry, 'at'> & { readonly at: string }>().toExtend<page.Entry>()
})
