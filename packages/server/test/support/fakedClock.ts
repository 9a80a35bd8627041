import pg from 'pg'

/** Differences below this are those of two clocks of one machine. */
const TOLERANCE_MS = 5_000

/** The start of the statement that creates the function. */
const CREATION = 'create function yektayar.now_ms'

/**
 * Lets the database follow the clock that a test has set, as SQLite does: its function `now_ms` adds a
 * setting of the connection, which is brought up to date before each statement.
 */
export function followFakedClock(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its client below
  const query = pg.Client.prototype.query as (this: pg.Client, ...given: unknown[]) => unknown
  const known = new WeakMap<pg.Client, number>()
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]): unknown {
    const shift = shiftMs()
    const [statement, ...rest] = given
    const text = textOf(statement)
    if (text === 'rollback')
      known.delete(this) // which takes the setting back
    else if (shift !== (known.get(this) ?? 0)) {
      known.set(this, shift)
      const setting = query.call(this, `set yektayar.shift = ${shift}`) as Promise<unknown>
      setting.catch(() => undefined) // the statement fails as well
    }
    return query.call(this, text?.startsWith(CREATION) ? withShift(text) : statement, ...rest)
  } as typeof pg.Client.prototype.query
}

function shiftMs(): number {
  const shift = Math.round(Date.now() - performance.timeOrigin - performance.now())
  return Math.abs(shift) < TOLERANCE_MS ? 0 : shift
}

/** The text of a statement, which may be an object; a cursor has none. */
function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement
  return (statement as { text?: string }).text
}

/** The statement that creates `now_ms`, with the setting. */
function withShift(text: string): string {
  const setting = `coalesce(nullif(current_setting('yektayar.shift', true), '')::bigint, 0)`
  return text.replace('::bigint\n', `::bigint + ${setting}\n`)
}
