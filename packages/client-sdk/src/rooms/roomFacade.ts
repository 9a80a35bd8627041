import { facadeOf } from '../shared/facadeOf.js'
import type { ClientRoom } from './clientRoom.js'

/** The facade of a handle on a room, for apps. */
export function roomFacade(handle: ClientRoom): ClientRoom {
  return facadeOf(handle, [
    ...(['name', 'snapshot', 'state', 'isJoined', 'error', 'messages', 'hasOlder'] as const),
    ...(['members', 'typists', 'position', 'continuity'] as const),
    ...(['join', 'leave', 'send', 'on', 'history', 'loadOlder', 'typing'] as const),
  ])
}
