/** Ids of sessions, sockets, messages, stores and outboxes, and tokens: random, and so of no interest. */
const RANDOM = /[\w-]{20,}(\.\d+)?|(?<=session:)\d+|(?<=\*{3})[\w-]{6}/g
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
const ADDRESS = /http:\/\/[^/"\s]+/g

/** What is the same on both sides where they behave alike; on the fake there is one connection only. */
export function normalize(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (key, part: unknown) => {
    if (key === 'activeConnections') return 0
    // Sets; one of two names of the client may be that of a session that has just ended.
    if (isTexts(part) && (key === 'rooms' || key === 'members')) {
      return [...new Set(part.map((text) => text.replace(RANDOM, 'id')))].sort()
    }
    return isFailure(part) ? describeFailure(part) : part
  })
  return JSON.parse(
    text.replace(TIME, 'time').replace(ADDRESS, 'address').replace(RANDOM, 'id'),
  ) as unknown
}

/** A result, or the failure with all that an app can see of it. */
export async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return normalize({ result: await work })
  } catch (failure) {
    return normalize({ failure })
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string')
}

function isFailure(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}

function describeFailure(failure: object): object {
  const { code, message, hint, data, retryable, mayHaveRun } = failure as Record<string, unknown> // any of them may be absent
  // The text of a mistake is in the log of a server, and in the message of the fake.
  const isMistake = code === 'internal_error'
  return { code, message: isMistake ? '' : message, hint, data, retryable, mayHaveRun }
}
