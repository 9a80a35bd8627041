import type { YektaYarSocket, YektaYarSocketOptions } from '@yektayar/client'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import type { Credentials, Json, RoomMessage, SessionEndCode } from '@yektayar/protocol'
import { CommandError } from '@yektayar/server'
import { expect, vi } from 'vitest'
import { z } from 'zod'

const Note = z.object({ id: z.number(), text: z.string() })
const NewNote = z.object({ text: z.string().min(1) })

/** What the suite is about: the core contract, and an app's own part. */
export const contract = extendContract(coreContract, {
  commands: {
    'note:add': command({ input: NewNote, output: Note }),
    'note:save': command({ input: NewNote, output: Note, delivery: 'once' }),
  },
  events: { 'note:added': Note },
})
type StageContract = typeof contract
export type StageClient = YektaYarSocket<StageContract>

/** Somebody else in a room. */
interface Person {
  readonly member: string
  typing(isTyping: boolean): Promise<void>
  leave(): Promise<void>
}

/** A client under test, and what can happen to it. */
export interface Stage extends AsyncDisposable {
  readonly client: StageClient
  readonly backend: Backend
  /** Where the client finds the server. */
  readonly url: string
  emit(id: number, text: string): Promise<void>
  publish(room: string, data: Json): Promise<RoomMessage>
  arrive(room: string): Promise<Person>
  /** Keeps only the newest messages of a room. */
  truncate(room: string, kept: number): Promise<void>
  /** Goes on with an empty store. */
  replaceStore(): Promise<void>
  drop(): Promise<void>
  restore(): void
  goOffline(): Promise<void>
  goOnline(): void
  disconnectByServer(): Promise<void>
  endSession(code: SessionEndCode): Promise<void>
  /** Signs somebody in or out by the server's own will, for the client's connection. */
  changeUser(userId: string | null): Promise<unknown>
  /** The same as another tab does; resolves with what that puts into the storage of both. */
  changeUserElsewhere(userId: string | null): Promise<object>
  /** Signs somebody in by another session. */
  signInElsewhere(userId: string): Promise<void>
}

/** Starts a stage, with the client not connected yet. */
export type StartStage = (options?: YektaYarSocketOptions<StageContract>) => Promise<Stage>

/** An app's own code on the server, the same on all stages. */
export class Backend {
  /** What was stored, in this order. */
  readonly notes: string[] = []
  /** Lets what waits with the text `slow` go on. */
  release: () => void = () => undefined
  #isEarly = true
  readonly #released = new Promise<void>((resolve) => {
    this.release = resolve
  })

  readonly commands = {
    'note:add': ({ input }: { readonly input: z.infer<typeof NewNote> }) => this.#store(input),
    'note:save': ({ input }: { readonly input: z.infer<typeof NewNote> }) => this.#store(input),
  }

  /** What the check of credentials returns for the user `odd`. */
  answers: string | null = null

  readonly authenticate = ({ username = '', password }: Credentials): string | null => {
    if (username === 'odd') return this.answers
    return password === 'right' ? `user-${username}` : null
  }

  readonly authorize = (
    { userId }: { readonly userId: string | null },
    action: string,
    room: string,
  ): boolean =>
    room.startsWith('public:') ||
    room === `user:${String(userId)}` ||
    (room === 'read only' && action !== 'send') ||
    (room === 'perhaps' && ('yes' as unknown as boolean))

  async #store({ text }: z.infer<typeof NewNote>): Promise<z.infer<typeof Note>> {
    if (text === 'taken') {
      throw new CommandError('conflict', 'There is one already', { hint: 'Wait', data: { id: 7 } })
    }
    if (text === 'broken') throw new TypeError('a mistake')
    if (text === 'lie') return { id: 'none' as unknown as number, text } // breaks the contract
    if (text === 'later' && this.#isEarly) {
      this.#isEarly = false
      throw new CommandError('store_unavailable', 'Not yet')
    }
    if (text === 'map') return new Map([['id', 1]]) as never // as plain JavaScript may
    if (text === 'slow') await this.#released
    return { id: this.notes.push(text), text }
  }
}

/** Waits until a check passes, with patience for a machine that has much to do. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, 5_000)
}

/** Resolves with what a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(outcome).toMatchObject({ name: 'YektaYarError' })
  return outcome
}
