/** C4: the services that are configured, by the names that preferences give them. */
import type { Interworking } from '../participating/contracts/interworking.ts'
import type { NonCpm } from './service.ts'

export function createInterworking(services: ReadonlyMap<string, NonCpm>): Interworking {
  return {
    services: [...services.keys()],
    async interwork(name, message, signal) {
      const service = services.get(name)
      if (service === undefined) return { kind: 'never', because: `No service is named ${name}.` }
      return service.send(message, signal)
    },
    start(take) {
      for (const [name, service] of services) service.start((report) => take(name, report))
    },
    async close() {
      await Promise.all([...services.values()].map((service) => service.close()))
    },
  }
}
