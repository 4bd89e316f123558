/** Which views there are, for whom, and where they come from: a view is fetched when somebody goes to it. */
import type { Me } from '../session.ts'
import type { VNode } from '../view.ts'
import type { Word } from '../words.ts'

export type View = (props: { readonly me: Me; readonly rest: readonly string[] }) => VNode

export interface Entry {
  readonly view: string
  readonly word: Word
  readonly load: () => Promise<View>
}

export interface Group {
  readonly word: Word
  readonly entries: readonly Entry[]
}

const FOR_ONESELF: Group = {
  word: 'menu.own',
  entries: [
    { view: 'now', word: 'now.title', load: async () => (await import('../views/now.ts')).Now },
    { view: 'waiting', word: 'waiting.title', load: async () => (await import('../views/waiting.ts')).Waiting },
    { view: 'devices', word: 'devices.title', load: async () => (await import('../views/devices.ts')).Devices },
    { view: 'stored', word: 'stored.title', load: async () => (await import('../views/stored.ts')).Stored },
    { view: 'what-if', word: 'what.title', load: async () => (await import('../views/what-if.ts')).WhatIf },
  ],
}

export function menuOf(_: Me): readonly Group[] {
  return [FOR_ONESELF]
}
