import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Socket } from 'socket.io-client'
import { checkErrorBody } from './support/answers.js'
import { anyAction } from './support/fuzzActions.js'
import type { Action } from './support/fuzzActions.js'
import { sendHttp } from './support/httpRequest.js'
import { callWithAck } from './support/outcome.js'
import { startScene } from './support/scene.js'
import type { Scene } from './support/scene.js'
import { within } from './support/within.js'

const TIME_LIMIT_MS = 10_000
const PROBE = '4299999["ping"]'
const PROBE_ANSWER = '4399999['

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)

it(
  'whatever several attackers do at once, each call settles and nobody else notices',
  async () => {
    console.info(`FUZZ_SEED=${seed} repeats this run`)
    await using scene = await startScene()
    const attackers = [
      await scene.attacker(),
      await scene.attacker(),
      await scene.attacker({ transports: ['polling'] }),
    ]
    const sequence = fc.array(anyAction, { minLength: 1, maxLength: 8 })

    const property = fc.asyncProperty(fc.tuple(sequence, sequence, sequence), async (sequences) => {
      await Promise.all(
        attackers.map(async (attacker, index) => {
          for (const action of sequences[index] ?? []) await act(scene, attacker, action)
        }),
      )
      scene.check()
    })
    await fc.assert(property, {
      seed,
      numRuns: 1_000,
      interruptAfterTimeLimit: TIME_LIMIT_MS,
      markInterruptAsFailure: false,
    })
  },
  TIME_LIMIT_MS * 3,
)

async function act(scene: Scene, attacker: Socket, action: Action): Promise<void> {
  switch (action.kind) {
    case 'call':
      await comeBack(scene, attacker)
      await callWithAck(attacker, action.name, ...action.args)
      return
    case 'send':
      await comeBack(scene, attacker)
      attacker.emit(action.name, ...action.args)
      return
    case 'raw':
      await sendFrames(scene, action.frames)
      return
    case 'rest':
      await sendRequest(scene, action)
  }
}

/**
 * Reconnects an attacker that the server has disconnected. It needs a new token, because its own
 * may have been renewed twice.
 */
async function comeBack(scene: Scene, attacker: Socket): Promise<void> {
  if (attacker.connected) return
  attacker.auth = { token: await scene.acquireToken() }
  const welcome = new Promise((resolve) => attacker.once('connected', resolve))
  attacker.connect()
  await within(welcome, 'the welcome of an attacker that comes back')
}

/** Sends frames on a new connection, which must then either be closed or still work. */
async function sendFrames(scene: Scene, frames: readonly (string | Uint8Array)[]): Promise<void> {
  const raw = await scene.admittedRaw()
  for (const frame of frames) raw.send(frame)
  raw.send(PROBE)
  raw.send('40/fuzz,')
  const goesOn = (await raw.next('44/fuzz,')) !== undefined
  const hasLeft = frames.some((frame) => typeof frame === 'string' && frame.startsWith('41'))
  if (goesOn && !hasLeft) await raw.next(PROBE_ANSWER)
  raw.close()
}

async function sendRequest(
  scene: Scene,
  { method, path, body }: Extract<Action, { kind: 'rest' }>,
): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const { status, text } = await sendHttp(scene.url, { method, path, headers, body })
  expect(status).toBeLessThan(500)
  if (status >= 400) checkErrorBody(text)
}
