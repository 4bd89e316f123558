/** What is around every view: where one can go, who one is, and whether the server can be reached. */
import { again } from '../again.ts'
import { connection } from '../live.ts'
import { go, hrefOf, place } from '../route.ts'
import { logOut, type Me } from '../session.ts'
import { useHeld } from '../held.ts'
import { html, useEffect, useState, type VNode } from '../view.ts'
import { choose, language, LANGUAGES, t, type Language } from '../words.ts'
import { menuOf, type Entry, type Group, type View } from './menu.ts'
import { Loading, person } from './shown.ts'

export function Shell({ me }: { readonly me: Me }): VNode {
  const { view, rest } = useHeld(place)
  const groups = menuOf(me)
  const entries = groups.flatMap((group) => group.entries)
  const entry = entries.find((one) => one.view === view) ?? entries[0]
  useEffect(() => {
    if (entry !== undefined) document.title = `${t(entry.word)} · ${person(me.xui)} · cpm-xdms`
  }, [entry, me])
  const skip = (event: Event): void => {
    event.preventDefault()
    document.querySelector<HTMLElement>('main h1')?.focus()
  }
  return html`<a class="skip" href="#main" onClick=${skip}>${t('menu.skip')}</a>
    <${Top} me=${me} />
    <${Reach} />
    <div class="frame">
      <${Menu} groups=${groups} at=${entry?.view} />
      <main id="main">${entry && html`<${Viewed} key=${entry.view} entry=${entry} me=${me} rest=${rest} />`}</main>
    </div>`
}

function Top({ me }: { readonly me: Me }): VNode {
  return html`<header class="top">
    <a class="brand" href="#/">cpm-xdms</a>
    <span class="who">${person(me.xui)}</span>
    <select aria-label=${t('menu.language')} onChange=${(event: Event) => choose(valueOf(event) as Language)}>
      ${Object.entries(LANGUAGES).map(
        ([code, name]) => html`<option value=${code} selected=${code === language()} lang=${code}>${name}</option>`,
      )}
    </select>
    <button class="secondary outline small" onClick=${() => void logOut()}>${t('menu.logout')}</button>
  </header>`
}

function valueOf(event: Event): string {
  return (event.target as HTMLSelectElement).value
}

function Reach(): VNode {
  const state = useHeld(connection)
  return html`<div role="status" class="reach">${state === 'lost' && html`<p>${t('offline')}</p>`}</div>`
}

function Menu({ groups, at }: { readonly groups: readonly Group[]; readonly at: string | undefined }): VNode {
  return html`<nav aria-label=${t('menu.title')} class="menu">
    ${groups.map(
      ({ word, entries }) => html`
        ${groups.length > 1 && html`<h2 class="group">${t(word)}</h2>`}
        <ul>
          ${entries.map(
            (one) => html`<li>
              <a href=${hrefOf(one.view)} aria-current=${one.view === at ? 'page' : undefined}>${t(one.word)}</a>
            </li>`,
          )}
        </ul>
      `,
    )}
  </nav>`
}

interface ViewedProps {
  readonly entry: Entry
  readonly me: Me
  readonly rest: readonly string[]
}

let cameBefore = false

function Viewed({ entry, me, rest }: ViewedProps): VNode {
  const [view, setView] = useState<{ readonly draw: View } | 'unreachable' | undefined>(undefined)
  useEffect(() => {
    let over = false
    const unanswered = again()
    const load = (): void =>
      void entry.load().then(
        (draw) => void (over || setView({ draw })),
        () => {
          if (over) return
          setView('unreachable')
          unanswered.later(load)
        },
      )
    load()
    return () => {
      over = true
      unanswered.end()
    }
  }, [entry])
  useEffect(() => {
    if (typeof view !== 'object') return
    // Who opens the page reads it from the top; who goes to another view hears where he is.
    if (cameBefore) document.querySelector<HTMLElement>('main h1')?.focus()
    cameBefore = true
  }, [view])
  if (view === undefined) return html`<${Loading} />`
  if (view === 'unreachable')
    return html`<p role="alert">${t('view.unreachable')}</p>
      <button onClick=${() => go('now')}>${t('view.back')}</button>`
  return html`<${view.draw} me=${me} rest=${rest} />`
}
