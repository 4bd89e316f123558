/** Where several workers serve: whoever is asked for the figures asks the others, and adds them up. */
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client'
import { identifier } from '../clock.ts'
import type { HttpRooms } from './rooms.ts'

type Figures = MetricObjectWithValues<MetricValue<string>>[]

type FiguresNews =
  | { readonly kind: 'asked'; readonly id: string }
  | { readonly kind: 'answered'; readonly id: string; readonly figures: Figures }

/** One that is being replaced does not answer; its figures begin anew. */
const WITHIN_MS = 1_000

/** @returns how to get the text. */
export function figuresOfAll(
  registry: Registry,
  { workers, clock, random }: Pick<HttpRooms, 'workers' | 'clock' | 'random'>,
): () => Promise<string> {
  if (workers === undefined) return () => registry.metrics()
  const channel = workers.channel<FiguresNews>('figures')
  const asked = new Map<string, (figures: Figures) => void>()
  const own = async (): Promise<Figures> => (await registry.getMetricsAsJSON()) as Figures

  channel.hear((news) => {
    if (news.kind === 'answered') asked.get(news.id)?.(news.figures)
    else void own().then((figures) => channel.tell({ kind: 'answered', id: news.id, figures }))
  })

  const ofOthers = (): Promise<Figures[]> =>
    new Promise((resolve) => {
      const id = identifier(random)
      const all: Figures[] = []
      const end = (): void => {
        asked.delete(id)
        disarm()
        resolve(all)
      }
      asked.set(id, (figures) => {
        all.push(figures)
        if (all.length === workers.count - 1) end()
      })
      const disarm = clock.at(clock.now() + WITHIN_MS, end)
      channel.tell({ kind: 'asked', id })
    })

  return async () => {
    const others = ofOthers()
    return await AggregatorRegistry.aggregate([await own(), ...(await others)]).metrics()
  }
}
