import type { CommandAnswer, Json, ShownCommandName } from '../realtimeTypes.js'

/** A type in readable form: the name of a simple type, or its fields. */
export type TypeText = string | { readonly [field: string]: TypeText }

/** The type of each answer; the compiler checks every field against the contract. */
export const answerTypes: { readonly [Name in ShownCommandName]: TextOf<CommandAnswer<Name>> } = {
  ping: { timestamp: 'string' },
  status: {
    server: { name: 'string', version: 'string', status: 'string', timestamp: 'string' },
    connection: {
      socketId: 'string',
      sessionToken: 'string',
      userId: 'string | null',
      isLoggedIn: 'boolean',
      rooms: 'string[]',
    },
  },
  info: {
    server: {
      name: 'string',
      version: 'string',
      description: 'string',
      features: {
        rest: 'boolean',
        websocket: 'boolean',
        authentication: 'boolean',
        realtime: 'boolean',
      },
    },
    websocket: {
      connected: 'boolean',
      transport: 'string',
      protocol: 'number',
      activeConnections: 'number',
    },
    session: { authenticated: 'boolean', userId: 'string', sessionToken: 'string' },
    timestamp: 'string',
  },
  echo: { received: 'Json', timestamp: 'string', socketId: 'string' },
  message: { success: 'true', message: 'string', data: 'Json', timestamp: 'string' },
}

/** The readable form of a type. */
type TextOf<Value> =
  IsSame<Value, Json> extends true
    ? 'Json'
    : IsSame<Value, string> extends true
      ? 'string'
      : IsSame<Value, string | null> extends true
        ? 'string | null'
        : IsSame<Value, boolean> extends true
          ? 'boolean'
          : IsSame<Value, true> extends true
            ? 'true'
            : IsSame<Value, number> extends true
              ? 'number'
              : IsSame<Value, string[]> extends true
                ? 'string[]'
                : { readonly [Field in keyof Value]: TextOf<Value[Field]> }

type IsSame<A, B> = [A, B] extends [B, A] ? true : false
