/** The rooms of XCAP over a store in memory, answering as most tests want; what a test is about it says itself. */
import type { Clock } from '../../src/clock.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import type { XcapRooms } from '../../src/xcap/rooms.ts'
import { TakenTexts } from '../../src/xcap/taken-texts.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import type { MemoryStore } from '../store/memory.ts'

/** Chance that counts: `000`, `001`, … */
export function roomsOver(
  { homes, reservations }: Pick<MemoryStore, 'homes' | 'reservations'>,
  clock: Clock,
  more: Pick<XcapRooms, 'usages'> & Partial<XcapRooms>,
): XcapRooms {
  let drawn = 0
  return {
    homes,
    reservations,
    documents: new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 16_777_216 }),
    taken: new TakenTexts(),
    clock,
    random: (count) => Buffer.from(String(drawn++).padStart(count, '0')),
    serviceDomains: new Set(['example.com']),
    isUser: async (name) => name === 'sip:bob@example.com',
    attributeQuotes: true,
    leniency: { contentType: false, etags: true },
    limits: { xml: DEFAULT_XML_LIMITS, documentsAtMost: 10, bytesAtMost: 1_000_000 },
    ...more,
  }
}
