import type {
  UseCommandReturn,
  UseRoomReturn,
  UseSessionReturn,
  UseSocketReturn,
} from '@yektayar/vue'
import type { OwnRoom } from './chat/rooms.js'

/** The connection at one moment, as the Vue binding returns it. */
export type ConnectionSnapshot = UseSocketReturn['snapshot']['value']

/** The status of the connection. */
export type ConnectionStatus = ConnectionSnapshot['status']

/** Why a connection, an attempt or a command ended. */
export type ErrorCode = NonNullable<ConnectionSnapshot['reason']>

/** The state of the session. */
export type SessionState = UseSessionReturn['state']['value']

/** The commands of the core contract that take no payload. */
export type PlainCommandName = 'ping' | 'status' | 'info'

/** The commands of the core contract that take JSON. */
export type JsonCommandName = 'echo' | 'message'

/** All commands that the page shows. */
export type ShownCommandName = PlainCommandName | JsonCommandName

/** The answer of a command. */
export type CommandAnswer<Name extends ShownCommandName> = NonNullable<
  UseCommandReturn<Name>['data']['value']
>

/** How a command failed. */
export type CommandError = NonNullable<UseCommandReturn<ShownCommandName>['error']['value']>

/** Any JSON value, with the contract's type. */
export type Json = RoomEntry['data']

/** One of the sessions of the page's user. */
export type SessionSummary = Awaited<ReturnType<UseSessionReturn['list']>>[number]

/** The part of a room at one moment that tells of its log. */
export type RoomLogSnapshot = Pick<
  ReturnType<ReturnType<UseSocketReturn['client']['room']>['getSnapshot']>,
  'position' | 'messages'
>

/** The name of a room that the page can show. */
export type RoomName = `public:${string}` | OwnRoom

/** A room as state. */
type Room = {
  [Key in 'messages' | 'members' | 'continuity' | 'error']: UseRoomReturn[Key]['value']
}

/** One message of a room. */
export type RoomEntry = Room['messages'][number]

/** One member of a room. */
export type RoomMember = Room['members'][number]

/** What happened to the messages since the room was last joined. */
export type RoomContinuity = NonNullable<Room['continuity']>
