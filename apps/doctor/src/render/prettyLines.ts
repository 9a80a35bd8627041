import pc from 'picocolors'
import type { Cause } from '../causes.js'
import { describeSpan } from '../clock.js'
import { causesOf } from '../report.js'
import type { Report, StepResult, Verdict } from '../report.js'

/** The colours of the output. */
export const paint = {
  badge: (text: string) => pc.bgCyan(pc.black(text)),
  bold: pc.bold,
  dim: pc.dim,
  green: pc.green,
  red: pc.red,
  symbols: {
    passed: pc.green('◆'),
    warned: pc.yellow('▲'),
    failed: pc.red('■'),
    skipped: pc.dim('◇'),
  } satisfies Record<Verdict, string>,
}

const marks: Readonly<Record<Verdict, string>> = {
  passed: pc.green('✓'),
  warned: pc.yellow('!'),
  failed: pc.red('✗'),
  skipped: pc.dim('–'),
}

/** The width of the box around a text, on both sides together. */
const BOX_WIDTH = 8
const MAX_TEXT_WIDTH = 88
const CHECK_WIDTH = 10

/** The maximum width of a text in the box. */
export function wrapTo(terminalWidth: number): number {
  return Math.min(MAX_TEXT_WIDTH, Math.max(24, terminalWidth - BOX_WIDTH))
}

/** The title of the results' box. */
export function title(report: Report): string {
  if (!report.ok) return pc.red('What is wrong, and what helps')
  return causesOf(report).length > 0 ? pc.yellow('Healthy, with a warning') : pc.green('Healthy')
}

/** One line for each finding. */
export function findingLines({ findings }: StepResult): string[] {
  return findings.map(({ verdict, check, detail, durationMs }) => {
    const time = durationMs === null ? '' : pc.dim(` ${durationMs} ms`)
    const text = verdict === 'skipped' ? pc.dim(detail) : detail
    return `${marks[verdict]} ${pc.cyan(check.padEnd(CHECK_WIDTH))} ${text}${time}`
  })
}

/** A cause and its fixes, wrapped. */
export function causeLines({ code, title: text, fixes, docs }: Cause, width: number): string[] {
  const colour = code === 'clock_skew' ? pc.yellow : pc.red
  const head = wrap(text, width).map((line) => pc.bold(colour(line)))
  const steps = fixes.flatMap((fix) =>
    wrap(fix, width - 2).map((line, index) => `${index === 0 ? pc.cyan('→') : ' '} ${line}`),
  )
  return [...head, ...steps, pc.dim(docs), pc.dim(`cause: ${code}`)]
}

/** The facts about the server, as a table. */
export function factLines({ facts }: Report): string[] {
  const { server, token, expiresAt, transports, roundTripMs, clockSkewMs } = facts
  const skew = clockSkewMs === null ? undefined : clockLine(clockSkewMs)
  const rows: [string, string | undefined][] = [
    ['Server', server ? `${server.name} ${server.version}` : undefined],
    ['Session', token ? `${token}${expiresAt ? ` until ${expiresAt}` : ''}` : undefined],
    ['WebSocket', transportLine(transports.websocket)],
    ['Polling', transportLine(transports.polling)],
    ['Round trip', roundTripMs === null ? undefined : `${roundTripMs} ms`],
    ['Clock', skew],
  ]
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`${pc.dim(name.padEnd(CHECK_WIDTH))}  ${value}`],
  )
}

function transportLine(verdict: Verdict): string | undefined {
  if (verdict === 'skipped') return undefined
  return verdict === 'passed' ? pc.green('works') : pc.red('fails')
}

function clockLine(skewMs: number): string {
  if (skewMs === 0) return 'agrees with this one'
  return `${describeSpan(skewMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} this one`
}

function wrap(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
