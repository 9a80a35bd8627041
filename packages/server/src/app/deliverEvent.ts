import type { AppEvents } from '../context/appEvents.js'
import type { Cluster } from '../socketio/clusterAdapter.js'
import type { NodeEvent } from '../store/emittedEvent.js'
import type { Rooms } from './composeRooms.js'

/** Creates the function that sends an event of another process to the connections here. */
export function createEventDelivery(
  rooms: Pick<Rooms, 'typing'>,
  events: AppEvents,
  cluster: Cluster,
): (event: NodeEvent) => void {
  return (event) => {
    if ('event' in event) events.send(event)
    else if ('typing' in event) rooms.typing.heard(event.typing)
    else {
      events.whenFresh(() => {
        cluster.receive(event.adapter)
      })
    }
  }
}
