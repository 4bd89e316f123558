/**
 * Mistakes that somebody could make in the sources, one at a time and only in a copy of them: the text that is there,
 * and what stands there instead. `plants-main.ts` lets the simulations find each.
 */
export interface SourcePlant {
  readonly mistake: string
  /** Below `src/participating`. */
  readonly file: string
  readonly old: string
  readonly new: string
}

export const SOURCE_PLANTS: readonly SourcePlant[] = [
  {
    mistake: 'a result under an old claim counts',
    file: 'commands/perform.ts',
    old: 'id === work.id && claim?.generation === work.claim.generation',
    new: 'id === work.id && claim !== undefined',
  },
  {
    mistake: 'a claim is not in the commit',
    file: 'decision/claims.ts',
    old: '    claimed.push(taken)\n    return taken',
    new: '    claimed.push(taken)\n    return { ...work, attempt, notBefore: taken.claim.until }',
  },
  {
    mistake: 'what failed is tried again at once',
    file: 'decision/claims.ts',
    old: 'if (work.notBefore > now || isClaimed',
    new: 'if ((work.attempt === 0 && work.notBefore > now) || isClaimed',
  },
  {
    mistake: 'a lost answer is taken for success',
    file: 'commands/perform.ts',
    old: "return { kind: 'again', because: thrown instanceof Error ? thrown.message : 'it failed' }",
    new: "return thrown instanceof Error ? { kind: 'done' } : { kind: 'again', because: 'it failed' }",
  },
  {
    mistake: 'when work is due is not kept with the home',
    file: 'transaction/draft.ts',
    old: 'earliest([results.next, state.next, ...outgoing.map(nextOfWork)])',
    new: 'earliest([results.next, state.next, ...outgoing.filter(() => false).map(nextOfWork)])',
  },
  {
    mistake: 'the report of an expiry is forgotten',
    file: 'transaction/draft.ts',
    old: '...expired.map(ending(',
    new: '...expired.map((entry) => ({ ...ending("expired")(entry), reportsLater: true as const })), ...[].map(ending(',
  },
  {
    mistake: 'what is forwarded has another name each time',
    file: 'commands/forward.ts',
    old: "name: digest('forward', message, to)",
    new: "name: digest('forward', message, to, `${rooms.clock.now()}`)",
  },
  {
    mistake: 'a message on its way does not expire',
    file: 'decision/step.ts',
    old: 'const expires = held.expires <= now &&',
    new: 'const expires = held.expires <= now - 3_600_000 &&',
  },
  {
    mistake: 'what is being performed expires',
    file: 'decision/on-its-way.ts',
    old: 'return !isClaimed(work, now) && !(',
    new: 'return !(',
  },
  {
    mistake: 'one extension too many',
    file: 'decision/on-expiry.ts',
    old: 'entry.extensions < allowed',
    new: 'entry.extensions <= allowed',
  },
  {
    mistake: 'nobody is told of what came quietly',
    file: 'decision/on-its-way.ts',
    old: 'const tell = quietly && !isComing',
    new: 'const tell = quietly && temporary === undefined && !isComing',
  },
  {
    mistake: 'a push goes out under do-not-disturb',
    file: 'decision/on-its-way.ts',
    old: 'return preferences.disturbance(task.device, now).on',
    new: 'return preferences.disturbance(task.device, now).on && now < 0',
  },
  {
    mistake: 'a notice is not written down',
    file: 'decision/notices.ts',
    old: 'told.set(entry, [...others(), { device: name, began }])',
    new: 'told.set(entry, others())',
  },
  {
    mistake: 'the user moves what is being performed',
    file: 'commands/act.ts',
    old: 'if (isClaimed(work, evaluation.snapshot.now)) return',
    new: 'if (isClaimed(work, evaluation.snapshot.now + 86_400_000)) return',
  },
  {
    mistake: 'what a service says twice is told twice',
    file: 'commands/take-report.ts',
    old: 'if (outgoing.length === queue.outgoing.length) return nothing',
    new: 'if (outgoing.length > queue.outgoing.length) return nothing',
  },
  {
    mistake: 'what is acknowledged stays',
    file: 'commands/acknowledge.ts',
    old: 'waiting: queue.waiting.filter((held) => held !== entry), copies }',
    new: 'copies }',
  },
]
