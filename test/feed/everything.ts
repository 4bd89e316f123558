import type { View } from '../../src/feed/changes.ts'

/** Of who names nothing. */
export const EVERYTHING: View = { targets: undefined, form: 'json', diff: 'etags', root: 'http://xcap.example.com/' }
