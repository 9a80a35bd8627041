import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'

/** What `watchStoreSize()` needs. */
export interface StoreSizeDeps {
  readBytes(this: void): Promise<number>
  limits: Limits
  log: FastifyBaseLogger
}

/** The size of the store when it was last measured. */
export interface StoreSize {
  /** Without the free pages in its file. */
  readonly bytes: number
  /** Whether the store is full. */
  readonly isFull: boolean
  /** Stops the timer. */
  close(): void
}

/** Measures the size of the store at intervals, which only reads the header of the file. */
export async function watchStoreSize({
  readBytes,
  limits,
  log,
}: StoreSizeDeps): Promise<StoreSize> {
  const { maxStoreBytes } = limits
  let bytes = await readBytes()
  let wasFull = false

  function judge(): void {
    const isFull = bytes >= maxStoreBytes
    if (isFull && !wasFull) {
      const what = 'the store is full: messages and other once commands are refused (maxStoreBytes)'
      log.warn({ bytes, maxStoreBytes }, what)
    }
    if (!isFull && wasFull) log.info({ bytes, maxStoreBytes }, 'the store has space again')
    wasFull = isFull
  }
  async function look(): Promise<void> {
    bytes = await readBytes()
    judge()
  }
  judge()
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      log.debug({ err: error }, 'could not read the size of the store')
    })
  }, timerMs(limits.storeSizeIntervalMs))
  timer.unref()

  return {
    get bytes() {
      return bytes
    },
    get isFull() {
      return wasFull
    },
    close() {
      clearInterval(timer)
    },
  }
}
