/** Which views there are, for whom, and where they come from: all but the first when somebody goes to one. */
import type { Me } from '../session.ts'
import type { VNode } from '../view.ts'
import { Now } from '../views/now.ts'
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
    { view: 'now', word: 'now.title', load: async () => Now },
    { view: 'waiting', word: 'waiting.title', load: async () => (await import('../views/waiting.ts')).Waiting },
    { view: 'week', word: 'week.title', load: async () => (await import('../views/week.ts')).Week },
    { view: 'profiles', word: 'profiles.title', load: async () => (await import('../views/profiles.ts')).Profiles },
    { view: 'devices', word: 'devices.title', load: async () => (await import('../views/devices.ts')).Devices },
    { view: 'stored', word: 'stored.title', load: async () => (await import('../views/stored.ts')).Stored },
    { view: 'what-if', word: 'what.title', load: async () => (await import('../views/what-if.ts')).WhatIf },
    { view: 'history', word: 'history.title', load: async () => (await import('../views/history.ts')).History },
  ],
}

const FOR_ADMINISTRATORS: Group = {
  word: 'menu.admin',
  entries: [
    {
      view: 'overview',
      word: 'overview.title',
      load: async () => (await import('../views/admin-overview.ts')).Overview,
    },
    { view: 'queue', word: 'queue.title', load: async () => (await import('../views/admin-queue.ts')).Queue },
    { view: 'users', word: 'users.title', load: async () => (await import('../views/admin-users.ts')).Users },
    { view: 'policy', word: 'policy.title', load: async () => (await import('../views/admin-policy.ts')).Policy },
    { view: 'changes', word: 'changes.title', load: async () => (await import('../views/admin-changes.ts')).Changes },
    { view: 'audit', word: 'audit.title', load: async () => (await import('../views/admin-audit.ts')).Audit },
    { view: 'usages', word: 'usages.title', load: async () => (await import('../views/admin-usages.ts')).Usages },
  ],
}

export function menuOf({ role }: Me): readonly Group[] {
  return role === 'administrator' ? [FOR_ADMINISTRATORS, FOR_ONESELF] : [FOR_ONESELF]
}
