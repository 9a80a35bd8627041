import type { MaybePromise } from '../../shared/maybePromise.js'
import type { Delivery } from '../delivery.js'
import { settleDelivery } from '../settleDelivery.js'
import type { Batch, Needs } from './batch.js'
import { presenceWrites } from './presenceWrites.js'
import { roomWrites } from './roomWrites.js'
import { sessionWrites } from './sessionWrites.js'
import { upkeepWrites } from './upkeepWrites.js'

/**
 * All writes by name. Inputs and results are plain data, so that writes can run in another thread.
 * A `CommandError` fails only its own write; it must be thrown before that write changes anything.
 */
const writes = {
  deliver: settleDelivery,
  ...roomWrites,
  ...sessionWrites,
  ...presenceWrites,
  ...upkeepWrites,
}

type Writes = typeof writes

/** The name of a write. */
export type WriteName = keyof Writes

/** The input of a write. */
export type WriteInput<Name extends WriteName> = Parameters<Writes[Name]>[1]

/** The result of a write. */
export type WriteResult<Name extends WriteName> = Awaited<ReturnType<Writes[Name]>>

/** One write, as data. */
export interface Write<Name extends WriteName = WriteName> {
  readonly name: Name
  readonly input: WriteInput<Name>
}

type RunWrite = (this: void, batch: Batch, input: unknown) => MaybePromise<unknown>

/** Runs a write. */
export function runWrite(batch: Batch, { name, input }: Write): MaybePromise<unknown> {
  // `WriteQueue.run` has checked the type of the input against the name.
  const table = writes as unknown as Record<WriteName, RunWrite>
  return table[name](batch, input)
}

/** What a write needs to read. */
export function needsOf({ name, input }: Write): Needs {
  if (name === 'deliver') {
    const { session, outbox } = input as Delivery
    return { sessionId: session.id, outboxId: outbox }
  }
  if (name === 'append') return { sessionId: (input as WriteInput<'append'>).session?.id }
  if (name === 'admit') return { sessionId: (input as WriteInput<'admit'>).id }
  return {}
}
