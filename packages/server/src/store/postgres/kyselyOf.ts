import { Kysely, PostgresDialect } from 'kysely'
import type { Connections } from './pool.js'

/** Statements over some connections, whose owner ends them: `destroy()` does not. */
export function kyselyOf<Tables>({ connect }: Pick<Connections, 'connect'>): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: { connect: connect as never, end: () => Promise.resolve() }, // all that Kysely uses of it
    }),
  })
}
