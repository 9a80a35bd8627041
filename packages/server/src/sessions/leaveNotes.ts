/** How long disconnects are collected before they are written together. */
const DELAY_MS = 1_000

/** Records when sessions were last connected. */
export interface LeaveNotes {
  add(this: void, id: string): void
  /** Writes what is still pending. */
  close(): Promise<void>
}

/** Creates the notes. Many disconnects at once, as when a network fails, are one write. */
export function createLeaveNotes(
  touchAll: (ids: readonly string[]) => Promise<void>,
  onFailure: (error: unknown) => void,
): LeaveNotes {
  const ids = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  async function write(): Promise<void> {
    timer = undefined
    const left = [...ids]
    ids.clear()
    await touchAll(left).catch(onFailure)
  }

  return {
    add(id) {
      if (isClosed) return // the server is closing as well
      ids.add(id)
      timer ??= setTimeout(() => void write(), DELAY_MS)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await write()
    },
  }
}
