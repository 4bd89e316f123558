/**
 * How many random trials a test makes: in `npm test` some, so that a mistake is most likely seen at once; behind it
 * (`npm run test:slow`, and so in CI) the project `trials` makes all of them, as `TRIALS=all` does by hand.
 */
export function trials(all: number, some: number): number {
  return process.env['TRIALS'] === 'all' ? all : some
}
