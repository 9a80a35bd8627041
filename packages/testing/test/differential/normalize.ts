/** Matches random values: tokens, and ids of sessions, sockets, messages, stores and outboxes. */
const RANDOM = /[\w-]{20,}(\.\d+)?|[\w-]{16}\.\d+|(?<=session:)\d+|(?<=\*{3})[\w-]{6}/g
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
const ADDRESS = /http:\/\/[^/"\s]+/g

/**
 * Replaces whatever may differ between equal runs. The fake has one connection only, so their count
 * is dropped.
 */
export function normalize(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (key, part: unknown) => {
    if (key === 'memberCount') return undefined // one of them may be the name of a session before
    if (key === 'activeConnections' || key === 'membersVersion') return 0
    // These are sets, and one of the client's two names may belong to a session that has just
    // ended.
    if (Array.isArray(part) && (key === 'rooms' || key === 'members')) {
      const texts = part.map((each: unknown) => JSON.stringify(each).replace(RANDOM, 'id'))
      return [...new Set(texts)].sort()
    }
    return isFailure(part) ? describeFailure(part) : part
  })
  return JSON.parse(
    text.replace(TIME, 'time').replace(ADDRESS, 'address').replace(RANDOM, 'id'),
  ) as unknown
}

/** Resolves with a result, or with those fields of its error that an app can read. */
export async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return normalize({ result: await work })
  } catch (failure) {
    return normalize({ failure })
  }
}

function isFailure(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}

function describeFailure(failure: object): object {
  // Each may be absent.
  const { code, message, hint, data, retryable, mayHaveRun } = failure as Record<string, unknown>
  // For a bug in a handler, the server logs the text; the fake has it in the error message.
  const isMistake = code === 'internal_error'
  return { code, message: isMistake ? '' : message, hint, data, retryable, mayHaveRun }
}
