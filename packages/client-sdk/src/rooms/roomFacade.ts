import { facadeOf } from '../shared/facadeOf.js'
import type { ClientRoom } from './clientRoom.js'
import { RoomHandle } from './roomHandle.js'
import type { RoomRegistry } from './roomRegistry.js'

/** Opens a handle on a room, for apps. */
export function openRoom(name: string, rooms: RoomRegistry): ClientRoom {
  return facadeOf<ClientRoom>(new RoomHandle(name, rooms), [
    ...(['name', 'state', 'isJoined', 'error', 'messages', 'hasOlder', 'members'] as const),
    ...(['memberCount', 'isComplete', 'self', 'typists', 'position', 'continuity'] as const),
    ...(['join', 'setPresence', 'leave', 'send', 'on', 'history', 'loadOlder', 'typing'] as const),
  ])
}
