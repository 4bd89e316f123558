/** Many accounts at once: a line each, `XUI,role,password`. What was made is seen while it goes on. */
import { ask, Unreachable } from '../ask.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, tn } from '../words.ts'

interface Progress {
  readonly done: number
  readonly of: number
  readonly faults: readonly string[]
}

export function ImportUsers({ done }: { readonly done: () => void }): VNode {
  const [progress, setProgress] = useState<Progress | undefined>(undefined)
  const busy = progress !== undefined && progress.done < progress.of
  const submit = (event: Event): void => {
    event.preventDefault()
    const lines = String(new FormData(event.target as HTMLFormElement).get('lines'))
      .split('\n')
      .map((line) => line.trim())
    void importAll(
      lines.filter((line) => line !== ''),
      setProgress,
    ).then(done)
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
      <button class="small" type="submit" disabled=${busy}>${t('import.do')}</button>
    </form>
    ${
      progress &&
      html`<div role="status">
        <progress value=${progress.done} max=${progress.of} aria-label=${t('import.title')} />
        <p>${tn('import.done', progress.done - progress.faults.length, { of: progress.of })}</p>
        <ul class="faults">${progress.faults.map((fault) => html`<li>${fault}</li>`)}</ul>
      </div>`
    }
  </details>`
}

async function importAll(lines: readonly string[], tell: (progress: Progress) => void): Promise<void> {
  const faults: string[] = []
  for (const [index, line] of lines.entries()) {
    tell({ done: index, of: lines.length, faults: [...faults] })
    const fault = await importOne(line)
    if (fault !== undefined) faults.push(t('import.fault', { line: index + 1, fault }))
  }
  tell({ done: lines.length, of: lines.length, faults })
}

/** A password may have commas in it. */
async function importOne(line: string): Promise<string | undefined> {
  const [, xui, role, password] = /^([^,]+),([^,]+),(.+)$/.exec(line) ?? []
  if (xui === undefined || role === undefined || password === undefined) return t('import.form')
  try {
    const { problem } = await ask('PUT', `/api/users/${encodeURIComponent(xui.trim())}`, {
      json: { role: role.trim(), password },
    })
    return problem === undefined
      ? undefined
      : `${xui}: ${[problem.detail, ...problem.errors.map((one) => one.message)].join(' ')}`
  } catch (error) {
    if (error instanceof Unreachable) return t('unreachable')
    throw error
  }
}
