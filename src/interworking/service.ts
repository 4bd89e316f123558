/** What one service outside does. */
import type { Interworked, InterworkAttempted, InterworkReport } from '../participating/contracts/interworking.ts'
import type { Attempted } from '../participating/contracts/attempt.ts'

export interface NonCpm {
  send(message: Interworked, signal: AbortSignal): Promise<InterworkAttempted>
  /** From now on its reports are told, each again until `take` is done with it. */
  start(take: (report: InterworkReport) => Promise<Attempted>): void
  close(): Promise<void>
}

/** A logger of pino's shape. */
export interface InterworkingLog {
  warn(details: object, message: string): void
}

/** What somebody's failure says, on one line. */
export function saidBy(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 200)
}
