/** The REST side: express' router over the table of routes. */
import { Refused } from '../refusal.ts'
import { readConditions } from '../xcap/conditions.ts'
import type { Conditions } from '../xcap/request.ts'
import { decisionRoutes } from './decisions.ts'
import { contentsRoute } from './contents.ts'
import { documentRoutes } from './documents.ts'
import { emptyAnswer, type Answer, type Exchange } from './exchange.ts'
import type { Request } from './http-server.ts'
import { historyRoutes } from './history.ts'
import { messageRoutes } from './messages.ts'
import { importRoutes } from './import-users.ts'
import { presenceRoutes } from './presence.ts'
import { retrievalRoutes } from './retrieval.ts'
import { identify, methodsOf, type HttpContext, type Route } from './route.ts'
import { createRouter } from './router.ts'
import { sessionRoutes } from './session.ts'
import { queueRoutes } from './queue.ts'
import { storedRoutes } from './stored.ts'
import { streamRoutes } from './streams.ts'
import { subscriptionRoutes } from './subscriptions.ts'
import { trailRoutes } from './trail.ts'
import { userRoutes } from './users.ts'

export function restRoutes(context: HttpContext): readonly Route[] {
  const routes = [
    ...sessionRoutes(context),
    ...userRoutes(context),
    ...importRoutes(context),
    ...trailRoutes(context),
    ...documentRoutes(context),
    ...historyRoutes(context),
    ...presenceRoutes(context),
    ...messageRoutes(context),
    ...queueRoutes(context),
    ...decisionRoutes(context),
    ...storedRoutes(context),
    ...streamRoutes(context),
    ...retrievalRoutes(context),
    ...subscriptionRoutes(context),
  ].filter(({ path }) => isServed(path, context.settings.serves))
  return [contentsRoute(context, grouped(routes)), ...routes]
}

/** What an XDMS without a participating function has not. */
const OF_MESSAGES =
  /^\/api\/(?:messages|push|users\/\{xui\}\/(?:registrations|deferred|devices|decisions|stored))(?:\/|$)/
/** What a participating function without documents has not. */
const OF_DOCUMENTS = /^\/api\/(?:policy|users\/\{xui\}\/(?:profiles|active-profile|do-not-disturb|documents))(?:\/|$)/

function isServed(path: string, serves: HttpContext['settings']['serves']): boolean {
  if (serves === 'documents') return !OF_MESSAGES.test(path)
  return serves === 'all' || !OF_DOCUMENTS.test(path)
}

export function createRestHandler(context: HttpContext): (exchange: Exchange) => Promise<Answer> {
  const router = createRouter()
  const exchanges = new WeakMap<
    Request,
    { readonly exchange: Exchange; readonly sent: string; readonly answered: (answer: Promise<Answer>) => void }
  >()
  for (const [path, routes] of grouped(restRoutes(context))) {
    router.add(path.replace(/\{(\w+)\}/g, ':$1'), (req, params) => {
      const under = exchanges.get(req)
      if (under === undefined) return
      req.url = under.sent
      under.answered(answerRoute(context, routes, under.exchange, params))
    })
  }
  return (exchange) =>
    new Promise((resolve, reject) => {
      const answered = (answer: Promise<Answer>): void => {
        answer.then(resolve, reject)
      }
      // The router would parse an absolute target anew and normalise it; it is given the one that was admitted.
      const sent = exchange.req.url
      exchanges.set(exchange.req, { exchange, sent, answered })
      exchange.req.url = exchange.target
      router.route(exchange.req, exchange.res, (error) => {
        exchange.req.url = sent
        reject(error instanceof Error ? error : new Refused({ kind: 'not-found', detail: 'There is nothing here.' }))
      })
    })
}

function grouped(routes: readonly Route[]): Map<string, Route[]> {
  const byPath = new Map<string, Route[]>()
  for (const route of routes) byPath.set(route.path, [...(byPath.get(route.path) ?? []), route])
  return byPath
}

async function answerRoute(
  context: HttpContext,
  routes: readonly Route[],
  exchange: Exchange,
  params: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { req } = exchange
  exchange.route = routes[0]?.path ?? ''
  if (req.method === 'OPTIONS') return emptyAnswer(204, { allow: methodsOf(routes).join(', ') })
  const headOnly = req.method === 'HEAD'
  const route = routes.find(({ method }) => method === (headOnly ? 'GET' : req.method))
  if (route === undefined)
    throw new Refused({
      kind: 'method-not-allowed',
      detail: `There is no ${req.method} here.`,
      allow: methodsOf(routes),
    })

  if ('answerAnybody' in route) return route.answerAnybody(exchange)
  const principal = await identify(exchange, context)
  const question = exchange.target.indexOf('?')
  const query = new URLSearchParams(question === -1 ? '' : exchange.target.slice(question + 1))
  const conditions = (): Conditions => readConditions(req.headers, context.rooms.xcap.leniency.etags)
  return route.answer({ exchange, principal, params, query, headOnly, conditions })
}
