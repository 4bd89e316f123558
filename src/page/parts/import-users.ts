/**
 * Many accounts at once: a line each, `XUI,role,password`. What was made is seen while it goes on; who has an account
 * keeps it as it is, so an import that was interrupted goes on when it is sent again.
 */
import { useActs } from '../acts.ts'
import { askEvents, type Problem } from '../ask.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, tn } from '../words.ts'
import { Outcome } from './deeds.ts'

interface Progress {
  readonly done: number
  readonly of: number
  /** Of those that are done, in the order of their lines. */
  readonly faults: readonly LineFault[]
}

interface Line {
  readonly xui: string
  readonly role: string
  readonly password: string
}

interface LineFault {
  readonly line: number
  readonly fault: string
}

export function ImportUsers({ done }: { readonly done: () => void }): VNode {
  const acts = useActs()
  const [progress, setProgress] = useState<Progress | undefined>(undefined)
  const submit = (event: Event): void => {
    event.preventDefault()
    const lines = String(new FormData(event.target as HTMLFormElement).get('lines')).split('\n')
    void acts.run(() => importAll(lines, setProgress)).then(done)
  }
  const read = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement
    const area = input.form?.elements.namedItem('lines') as HTMLTextAreaElement
    area.value = (await input.files?.[0]?.text()) ?? ''
  }
  return html`<details>
    <summary>${t('import.title')}</summary>
    <form onSubmit=${submit}>
      <label>${t('import.file')}<input type="file" accept=".csv,text/csv,text/plain" onChange=${(event: Event) => void read(event)} /></label>
      <label>
        ${t('import.lines')}
        <textarea name="lines" rows="4" required spellcheck=${false} placeholder="sip:carol@example.com,user,secret"></textarea>
      </label>
      <button class="small" type="submit" aria-disabled=${acts.busy}>${t('import.do')}</button>
    </form>
    <${Outcome} acts=${acts} />
    ${
      progress &&
      html`<div role="status">
        <progress value=${progress.done} max=${progress.of} aria-label=${t('import.title')} />
        <p>${tn('import.done', progress.done - progress.faults.length, { of: progress.of })}</p>
        <ul class="faults">${progress.faults.map((one) => html`<li>${t('import.fault', { line: one.line, fault: one.fault })}</li>`)}</ul>
      </div>`
    }
  </details>`
}

async function importAll(lines: readonly string[], tell: (progress: Progress) => void): Promise<Problem | undefined> {
  const accounts = lines.map(accountIn)
  const isLine = (line: string): boolean => line.trim() !== ''
  const of = lines.filter(isLine).length
  const faults = lines.flatMap((line, at): readonly LineFault[] =>
    isLine(line) && accounts[at] === undefined ? [{ line: at + 1, fault: t('import.form') }] : [],
  )
  tell({ done: 0, of, faults: [] })
  // What is wrong here already goes as an empty line, so that the others keep their numbers.
  const body = accounts.map((account) => (account === undefined ? '' : JSON.stringify(account))).join('\n')
  const text = { type: 'application/x-ndjson', body }
  return askEvents('POST', '/api/users', { text }, ({ event, data }) => {
    if (event === 'refused')
      faults.push({ line: data.line, fault: `${accounts[data.line - 1]?.xui ?? ''}: ${data.detail}` })
    if (event !== 'progress') return
    const here = faults.filter(({ line }) => line <= data.lines).sort((one, other) => one.line - other.line)
    tell({ done: lines.slice(0, data.lines).filter(isLine).length, of, faults: here })
  })
}

/** A password may have commas in it. */
function accountIn(line: string): Line | undefined {
  const [, xui, role, password] = /^([^,]+),([^,]+),(.+)$/.exec(line.trim()) ?? []
  if (xui === undefined || role === undefined || password === undefined) return undefined
  return { xui: xui.trim(), role: role.trim(), password }
}
