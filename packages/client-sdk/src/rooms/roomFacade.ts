import { facadeOf } from '../shared/facadeOf.js'
import type { ClientRoom } from './clientRoom.js'

/** What an app gets of a handle on a room. */
export function roomFacade(handle: ClientRoom): ClientRoom {
  return facadeOf(handle, [
    ...(['name', 'snapshot', 'state', 'isJoined', 'error', 'messages', 'hasOlder'] as const),
    ...(['members', 'typists', 'position', 'continuity'] as const),
    ...(['join', 'leave', 'send', 'on', 'history', 'loadOlder', 'typing'] as const),
  ])
}
