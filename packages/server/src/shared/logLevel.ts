import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from 'pino'

/** Levels of the log, from most to least verbose. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** One level of the log. */
export type LogLevel = (typeof logLevels)[number]

/** Whether a log writes lines of a level; `true` if the log cannot tell. */
export function isEnabled(log: FastifyBaseLogger, level: LogLevel): boolean {
  const { isLevelEnabled } = log as Partial<Pick<Logger, 'isLevelEnabled'>> // an app may use another logger
  return isLevelEnabled?.call(log, level) ?? true
}
