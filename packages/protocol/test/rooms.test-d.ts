import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import {
  command,
  coreContract,
  defineContract,
  extendContract,
  json,
  jsonOf,
  none,
  room,
} from '../src/index.js'
import type {
  AskedRoom,
  Message,
  MessageInput,
  PatternOf,
  Presence,
  RoomName,
  RoomOf,
  RoomParams,
} from '../src/index.js'

interface Note {
  readonly text: string
  readonly replies?: readonly Note[]
}

export const contract = extendContract(coreContract, {
  rooms: {
    'support:{caseId}': room({
      message: z.object({ text: z.string(), count: z.string().transform(Number) }),
      presence: z.object({ name: z.string() }),
    }),
    'support:vip:{caseId}': room({ message: v.object({ gold: v.boolean() }) }),
    'board:{boardId}:cell:{cellId}': room({ message: jsonOf<Note>() }),
    lobby: room({ message: json }),
  },
})
type App = typeof contract

expectTypeOf<PatternOf<'support:42', App>>().toEqualTypeOf<'support:{caseId}'>()
expectTypeOf<PatternOf<'support:vip:42', App>>().toEqualTypeOf<'support:vip:{caseId}'>()
expectTypeOf<PatternOf<`support:${string}`, App>>().toEqualTypeOf<'support:{caseId}'>()
expectTypeOf<PatternOf<'lobby', App>>().toEqualTypeOf<'lobby'>()
expectTypeOf<PatternOf<'suport:42', App>>().toBeNever()
expectTypeOf<PatternOf<'public:news'>>().toEqualTypeOf<'public:{topic}'>()
expectTypeOf<Message<RoomOf<'support:42', App>>>().toEqualTypeOf<{ text: string; count: number }>()
expectTypeOf<MessageInput<RoomOf<'support:42', App>>>().toEqualTypeOf<{
  text: string
  count: string
}>()
expectTypeOf<Message<RoomOf<'board:1:cell:2', App>>>().toEqualTypeOf<Note>()
expectTypeOf<Presence<RoomOf<'support:42', App>>>().toEqualTypeOf<{ name: string }>()
expectTypeOf<Presence<RoomOf<'lobby', App>>>().toEqualTypeOf<undefined>()
expectTypeOf<RoomParams<'board:{boardId}:cell:{cellId}'>>().toEqualTypeOf<{
  readonly boardId: string | number
  readonly cellId: string | number
}>()

export const names: RoomName<App>[] = ['support:42', 'board:a:cell:b', 'lobby', 'user:7']
// @ts-expect-error -- no pattern
export const misspelt: RoomName<App> = 'suport:42'
// @ts-expect-error -- an app's room is not in the core contract
export const foreign: RoomName = 'support:42'

export const cellOf = (asked: AskedRoom<App>): string =>
  asked.pattern === 'board:{boardId}:cell:{cellId}' ? asked.params.cellId : ''
// @ts-expect-error -- the params depend on the pattern
export type CaseId = AskedRoom<App>['params']['caseId']

const taken = room({ message: json })
// @ts-expect-error -- a pattern that is in the contract already
extendContract(coreContract, { rooms: { 'public:{topic}': taken } })
// @ts-expect-error -- an event that is in the contract already
extendContract(coreContract, { events: { connected: json } })
// @ts-expect-error -- a room has a schema of its messages
room({ presence: json })

// Readers get JSON, so a schema that makes something else of it does not compile.
// @ts-expect-error -- a date
room({ message: z.object({ at: z.date() }) })
// @ts-expect-error -- a date that is coerced, which a reader would get as a text
room({ message: z.object({ list: z.array(z.coerce.date()) }) })
// @ts-expect-error -- a Map in presence
room({ message: json, presence: z.map(z.string(), z.string()) })
// @ts-expect-error -- a message is not nothing
room({ message: none })
// @ts-expect-error -- a bigint
command({ input: none, output: z.object({ id: z.bigint() }) })
// @ts-expect-error -- a date in an event
defineContract({ events: { closed: z.object({ at: z.date() }) } })
room({ message: z.unknown() })
room({ message: z.json(), presence: z.object({ name: z.string() }).optional() })
command({ input: none, output: z.string().optional() })
command({ input: z.object({ at: z.coerce.date() }), output: none }) // a handler may get what it likes

export const dated = room({ message: jsonOf<{ at: Date }>() })
// @ts-expect-error -- a type that is not JSON
export const input: MessageInput<typeof dated> = { at: new Date() }
