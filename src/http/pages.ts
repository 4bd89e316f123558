/**
 * What somebody sees who opens the server in a browser: what this is, its REST side with a viewer, its problems.
 * Nothing of another host.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Answer, Headers } from './exchange.ts'
import { problemRows } from './problem-page.ts'

/** The viewer, as the build puts it beside what it compiles; `src/` and `dist/` are neighbours. */
const VIEWER = new URL('../../dist/docs/', import.meta.url)
const ROOT = new URL('../../', import.meta.url)

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0}
td,th{border-bottom:1px solid #ddd}
code{font-size:.9em;background:#f4f4f4}small{color:#666}`

/** Scripts and styles are files of ours; the viewer writes style attributes, and draws with data: images. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HTML = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cache-control': 'no-cache',
}

const START = `window.addEventListener('load', function () {
  if (!window.SwaggerUIBundle) return
  SwaggerUIBundle({ url: 'openapi.yaml', dom_id: '#viewer', deepLinking: true, validatorUrl: null, docExpansion: 'none' })
})
`

const FRONT = page(
  'cpm-xdms',
  `<h1>cpm-xdms</h1>
<p>Preferences of messaging users over XCAP (RFC 4825) and REST, and messages that wait until they may arrive.</p>
<ul>
<li><a href="ui/">ui</a>: the page for people, to log in and to look</li>
<li><a href="docs">docs</a>: the REST side and XCAP, to read and to try ·
<a href="openapi.yaml">openapi.yaml</a>, the same for programs</li>
<li><a href="docs/problems">docs/problems</a>: what an answer with <code>application/problem+json</code> means,
and what to do</li>
<li><a href="xcap-root/xcap-caps/global/index">xcap-root/xcap-caps/global/index</a>:
which application usages are served (asks who you are; the root is a setting)</li>
<li><a href="healthz">healthz</a>, <a href="readyz">readyz</a>, <a href="metrics">metrics</a>: for whoever
watches it</li>
</ul>
<p>Operations (install, proxy, backup, alarms) are in <code>src/cli/README.md</code> of the package;
<code>npx cpm-xdms help</code> lists the commands.</p>`,
)

function page(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>${head}</head>
<body>
${body}
</body>
</html>
`
}

function problemsPage(): string {
  return page(
    'Problems',
    `<h1>Problems</h1>
<p>An answer that refuses is <code>application/problem+json</code> (RFC 9457) with one of these types;
conflicts of XCAP come as
<code>application/xcap-error+xml</code> (RFC 4825 §11) with the same names. <a href="../docs">Back</a></p>
<table>
<tr><th>Status</th><th>Type</th><th>What it says</th><th>What to do</th></tr>
${problemRows()}
</table>`,
    `<link rel="stylesheet" href="pages.css">`,
  )
}

const DOCS = page(
  'cpm-xdms: REST and XCAP',
  `<div id="viewer"><p>The description for programs: <a href="openapi.yaml">openapi.yaml</a>.
<a href="docs/problems">Problems</a>.</p></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>`,
  `<link rel="stylesheet" href="docs/swagger-ui.css">`,
)

type Make = () => { readonly headers: Headers; readonly body: string | Buffer }

function file(name: string, folder: URL, type: string): Make {
  return () => {
    const path = new URL(name, folder)
    // Built without the development packages there is no viewer; the page then shows the link to the description.
    return {
      headers: { 'content-type': type, 'cache-control': 'no-cache' },
      body: existsSync(path) ? readFileSync(path) : '',
    }
  }
}

function text(type: string, body: string): Make {
  return () => ({ headers: { 'content-type': type, 'cache-control': 'no-cache' }, body })
}

const PAGES: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['/', () => ({ headers: HTML, body: FRONT })],
  ['/docs', () => ({ headers: HTML, body: DOCS })],
  ['/docs/problems', () => ({ headers: HTML, body: problemsPage() })],
  ['/openapi.yaml', file('openapi.yaml', ROOT, 'application/yaml')],
  ['/docs/pages.css', text('text/css', STYLE)],
  ['/docs/start.js', text('text/javascript', START)],
  ['/docs/swagger-ui-bundle.js', file('swagger-ui-bundle.js', VIEWER, 'text/javascript')],
  ['/docs/swagger-ui.css', file('swagger-ui.css', VIEWER, 'text/css')],
])

export const PAGE_PATHS: ReadonlySet<string> = new Set(PAGES.keys())

const made = new Map<string, Answer>()

/** Each is made once, when somebody looks: a server whom nobody looks at in a browser holds no viewer in memory. */
export function pageAnswer(path: string): Answer {
  const answer = made.get(path) ?? make(path)
  made.set(path, answer)
  return answer
}

function make(path: string): Answer {
  const { headers, body } = PAGES.get(path)?.() ?? { headers: {}, body: '' }
  return { kind: 'whole', status: 200, headers, body: Buffer.from(body) }
}
