import type { FastifyBaseLogger } from 'fastify'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

type Line = Parameters<FastifyBaseLogger['error']>

/** The methods of a log that is guarded, which inherits from the other one. */
const methods = {
  ...Object.fromEntries(levels.map((level) => [level, writerOf(level)])),
  child(this: FastifyBaseLogger, ...args: Parameters<FastifyBaseLogger['child']>) {
    return guardLog(behind(this).child(...args))
  },
}

/**
 * A log that never throws: one like pino's sets a mark on an error while it writes it, and so fails with
 * one that is frozen, or whose getters throw. What an app throws must not do more than it would.
 */
export function guardLog(log: FastifyBaseLogger): FastifyBaseLogger {
  return Object.assign(Object.create(log) as FastifyBaseLogger, methods)
}

function behind(guarded: FastifyBaseLogger): FastifyBaseLogger {
  return Object.getPrototypeOf(guarded) as FastifyBaseLogger // as guardLog() has made it
}

function writerOf(level: (typeof levels)[number]) {
  return function (this: FastifyBaseLogger, ...line: Line): void {
    const log = behind(this)
    try {
      log[level](...line)
    } catch (failure) {
      writePlainly(log, level, line, failure)
    }
  }
}

/** Writes what is left of a line without its fields. */
function writePlainly(
  log: FastifyBaseLogger,
  level: (typeof levels)[number],
  line: readonly unknown[],
  failure: unknown,
): void {
  try {
    const text = line.find((part) => typeof part === 'string') ?? ''
    log[level](`${text} (its fields could not be written: ${String(failure)})`)
  } catch {
    // The log itself is broken.
  }
}
