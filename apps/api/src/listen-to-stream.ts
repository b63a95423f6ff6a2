import { allEvents } from '@plimsoll/jetstream'
import type { ServiceContext } from '@plimsoll/service'
import type { Changes } from './wait/changes.ts'

/** Tells of what the relay publishes. A plain subscription: nothing is kept for us, and whoever waits also looks by itself. */
export function listenToStream({ js }: Pick<ServiceContext, 'js'>, changes: Changes): Disposable {
  const subscription = js.connection.subscribe(allEvents(js), {
    callback: (error, message) => {
      if (error !== null) return
      const stream = message.headers?.get('ce-subject')
      const version = Number(message.headers?.get('Plimsoll-Version'))
      if (stream !== undefined && Number.isSafeInteger(version)) changes.tell(decodeURIComponent(stream), version)
    },
  })
  return { [Symbol.dispose]: () => subscription.unsubscribe() }
}
