import { defaultLimits } from '@yektayar/server'
import { vi } from 'vitest'
import type { Socket } from 'socket.io-client'
import { checkAnswer } from './answers.js'
import type { Outcome } from './outcome.js'
import { nextTurn } from './within.js'

/**
 * Calls a command with and without an ack. Once both handlers run, advances the fake clock by the
 * handler timeout.
 */
export async function passTime(
  client: Socket,
  name: string,
  haveBegun: () => boolean,
): Promise<Outcome[]> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const acknowledged = client.emitWithAck(name) as Promise<unknown>
    const failed = new Promise<{ error: unknown }>((resolve) => {
      client.once('command:failed', resolve)
    })
    client.emit(name)
    while (!haveBegun()) await nextTurn()
    vi.advanceTimersByTime(defaultLimits.handlerTimeoutMs)
    const { error } = await failed
    return [checkAnswer(await acknowledged), checkAnswer({ ok: false, error })]
  } finally {
    vi.useRealTimers()
  }
}
