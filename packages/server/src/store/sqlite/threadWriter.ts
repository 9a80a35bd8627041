import { Kysely } from 'kysely'
import type { Outcome, StoreWriter } from '../runGroup.js'
import { storeTime } from '../storeTime.js'
import type { Schema } from './schema.js'
import { ThreadDialect } from './threadDialect.js'
import type { ThreadLink } from './threadLink.js'
import { unpackError } from './threadMessages.js'
import type { PackedError } from './threadMessages.js'
import type { Write } from './writes.js'

/** The maximum length of one message, so that serializing it does not block the event loop long. */
const MAX_GROUP_LENGTH = 1024 * 1024

/**
 * Creates a writer that uses the thread of the store.
 *
 * @param isFull whether the store is full
 */
export function createThreadWriter(link: ThreadLink, isFull: () => boolean): StoreWriter {
  const surroundings = () => ({ now: storeTime(), isFull: isFull() })
  return {
    async commit(writes) {
      const group = textOf(writes)
      const answer = await link.ask<string>({ op: 'commit', group, ...surroundings() })
      return (JSON.parse(answer) as PackedOutcome[]).map(unpackOutcome) // packed by the thread
    },

    async begin() {
      const transaction = await link.ask<number>({ op: 'begin' })
      return {
        database: new Kysely<Schema>({ dialect: new ThreadDialect(link, transaction) }),
        run: (write) =>
          link.ask({ op: 'write', transaction, write: JSON.stringify(write), ...surroundings() }),
        async commit() {
          await link.ask({ op: 'end', transaction })
        },
        async rollBack() {
          // If the thread or the store is gone, so is the transaction.
          await link.ask({ op: 'rollBack', transaction }).catch(() => undefined)
        },
      }
    },
  }
}

/** The JSON of a group's first writes, up to the maximum length. The queue commits the rest later. */
function textOf(writes: readonly Write[]): string {
  const texts: string[] = []
  let length = 0
  for (const write of writes) {
    const text = JSON.stringify(write)
    texts.push(text)
    length += text.length
    if (length >= MAX_GROUP_LENGTH) break
  }
  return `[${texts.join(',')}]`
}

type PackedOutcome = { readonly value?: unknown } | { readonly error: PackedError }

function unpackOutcome(outcome: PackedOutcome): Outcome {
  return 'error' in outcome ? { error: unpackError(outcome.error) } : { value: outcome.value }
}
