import type { FastifyBaseLogger } from 'fastify'
import { expect, it } from 'vitest'
import { guardLog } from '../src/shared/guardLog.js'
import { isEnabled } from '../src/shared/logLevel.js'

/** A logger whose members only itself can read, and which fails with frozen errors. */
class OwnLogger {
  readonly #lines: unknown[][]
  readonly #name: string

  constructor(lines: unknown[][], name = 'app') {
    this.#lines = lines
    this.#name = name
  }

  isLevelEnabled(level: string): boolean {
    return this.#name !== '' && level !== 'trace'
  }

  child({ name }: { name: string }): OwnLogger {
    return new OwnLogger(this.#lines, name)
  }

  error(...line: unknown[]): void {
    const [fields] = line as [{ err?: object }]
    if (fields.err && Object.isFrozen(fields.err)) throw new TypeError('it is frozen')
    this.#lines.push([this.#name, ...line])
  }
}

function start() {
  const lines: unknown[][] = []
  return { lines, log: guardLog(new OwnLogger(lines) as unknown as FastifyBaseLogger) }
}

it('a log of any class writes what it can, and the rest as text', () => {
  const { lines, log } = start()
  log.error({ room: 'a' }, 'left')
  log.error({ err: Object.freeze(new Error('nope')) }, 'failed')
  expect(lines).toEqual([
    ['app', { room: 'a' }, 'left'],
    ['app', 'failed (its fields could not be written: TypeError: it is frozen)'],
  ])
})

it('its children are guarded as well, and it tells its level', () => {
  const { lines, log } = start()
  const child = log.child({ name: 'room' })
  child.error({ err: Object.freeze(new Error('nope')) }, 'failed')
  expect(lines).toMatchObject([['room', expect.stringContaining('failed')]])
  expect([isEnabled(child, 'trace'), isEnabled(child, 'debug')]).toEqual([false, true])
})

it('a log that is broken harms nobody', () => {
  const broken = {
    error: (): never => {
      throw new Error('no disk')
    },
  }
  guardLog(broken as unknown as FastifyBaseLogger).error('x')
  expect(broken.error).toThrow('no disk')
})
