/** A document as text, with its lines numbered and what is wrong beside the line where it is wrong. */
import { useEditing, type Saving } from '../document.ts'
import { marksIn, type Mark } from '../marks.ts'
import { html, useEffect, useRef, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { xmlForm } from '../xcap.ts'
import { Outcome } from './deeds.ts'
import { ConflictShown } from './differences.ts'

interface EditorProps {
  readonly target: string
  readonly type: string
  readonly text: string
  readonly etag: string | undefined
  readonly changed: () => void
}

export function XmlEditor({ target, type, text, etag, changed }: EditorProps): VNode {
  const editing = useEditing(xmlForm(target, type), { value: text, etag }, changed)
  const { saving, now, edit, isEdited, isBehind } = editing
  const marks = marksOf(saving)
  const typed = (event: Event): void => {
    const { value } = event.target as HTMLTextAreaElement
    edit(() => value)
  }
  return html`<div class="editor">
    <${Lines} text=${now} marks=${marks} onInput=${typed} />
    ${marks.length > 0 && html`<${Marks} marks=${marks} />`}
    ${marks.length === 0 && html`<${Outcome} acts=${saving.acts} />`}
    <${ConflictShown} saving=${saving} settled=${editing.settled} />
    <div class="deeds">
      <button class="small" aria-disabled=${!isEdited || saving.acts.busy} onClick=${() => void editing.save()}>${t('save')}</button>
      <button class="small secondary" aria-disabled=${!isEdited} onClick=${editing.undo}>
        ${t('undo')}
      </button>
      ${isEdited && isBehind && html`<span role="status">${t('conflict.title')}.</span>`}
    </div>
  </div>`
}

function marksOf({ acts: { problem } }: Saving<string>): readonly Mark[] {
  return problem?.status === 409 ? marksIn(problem.detail) : []
}

interface LinesProps {
  readonly text: string
  readonly marks: readonly Mark[]
  readonly onInput: (event: Event) => void
}

function Lines({ text, marks, onInput }: LinesProps): VNode {
  const numbers = useRef<HTMLPreElement>(null)
  const area = useRef<HTMLTextAreaElement>(null)
  const count = text.split('\n').length
  const wrong = new Set(marks.map(({ line }) => line))
  const [first] = marks
  useEffect(() => {
    if (first?.line !== undefined && area.current !== null) select(area.current, first.line)
  }, [first?.line, first?.message])
  const scrolled = (): void => {
    if (numbers.current !== null && area.current !== null) numbers.current.scrollTop = area.current.scrollTop
  }
  return html`<div class="lined">
    <pre ref=${numbers} aria-hidden="true">${Array.from(
      { length: count },
      (_, index) => html`<span class=${wrong.has(index + 1) ? 'wrong' : undefined}>${index + 1}${'\n'}</span>`,
    )}</pre>
    <textarea ref=${area} value=${text} rows=${Math.min(Math.max(count + 1, 8), 30)} wrap="off" spellcheck=${false}
      aria-label=${t('xml.text')} aria-invalid=${marks.length > 0 ? 'true' : undefined}
      aria-describedby=${marks.length > 0 ? 'marks' : undefined} onInput=${onInput} onScroll=${scrolled}></textarea>
  </div>`
}

function select(area: HTMLTextAreaElement, line: number): void {
  const before = area.value
    .split('\n')
    .slice(0, line - 1)
    .join('\n').length
  const start = line === 1 ? 0 : before + 1
  const end = area.value.indexOf('\n', start)
  area.focus()
  area.setSelectionRange(start, end === -1 ? area.value.length : end)
}

function Marks({ marks }: { readonly marks: readonly Mark[] }): VNode {
  return html`<ul id="marks" class="problem" role="alert">
    ${marks.map(
      ({ line, message }) => html`<li>
        ${line !== undefined && html`<strong>${t('xml.line', { line })}</strong> `}<span>${message}</span>
      </li>`,
    )}
  </ul>`
}
