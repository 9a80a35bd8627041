import type { FastifyBaseLogger } from 'fastify'
import { isEnabled } from './logLevel.js'
import type { LogLevel } from './logLevel.js'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

type Level = (typeof levels)[number]
type Line = Parameters<FastifyBaseLogger['error']>

/** What a guarded log has of its own; it inherits everything else from the log behind it. */
const members = Object.getOwnPropertyDescriptors({
  ...Object.fromEntries(levels.map((level) => [level, writerOf(level)])),
  child(this: FastifyBaseLogger, ...args: Parameters<FastifyBaseLogger['child']>) {
    return guardLog(behind(this).child(...args))
  },
  // A logger may be of a class with private members, which only itself can read.
  isLevelEnabled(this: FastifyBaseLogger, level: LogLevel): boolean {
    return isEnabled(behind(this), level)
  },
})

/**
 * A log that never throws. A logger such as pino sets a property of an error while it writes it, so it throws
 * for an error that is frozen or has getters that throw. Logging an app's error must not cause another one.
 */
export function guardLog(log: FastifyBaseLogger): FastifyBaseLogger {
  return Object.create(log, members) as FastifyBaseLogger
}

function behind(guarded: FastifyBaseLogger): FastifyBaseLogger {
  return Object.getPrototypeOf(guarded) as FastifyBaseLogger // as guardLog() has made it
}

function writerOf(level: Level) {
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
  level: Level,
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
