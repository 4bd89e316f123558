/** `/api`: what there is below it, and where it is described, for who begins there. */
import { jsonAnswer } from './exchange.ts'
import { methodsOf, type HttpContext, type Route } from './route.ts'

/** @param routes those that are served, by path. */
export function contentsRoute({ settings }: HttpContext, routes: ReadonlyMap<string, readonly Route[]>): Route {
  return {
    method: 'GET',
    path: '/api',
    answerAnybody: async () =>
      await Promise.resolve(
        jsonAnswer(200, {
          title: 'cpm-xdms: preferences of messaging users, and messages that wait until they may arrive',
          // Of the admin listener, where that is another one.
          docs: '/docs',
          openapi: '/openapi.yaml',
          xcapRoot: settings.root,
          resources: [...routes].map(([path, of]) => ({ path, methods: methodsOf(of) })),
        }),
      ),
  }
}
