import { readFileSync, readdirSync } from 'node:fs'
import pg from 'pg'

/** What the kernel counts in. */
const TICKS_PER_SECOND = 100

/** The processes of a PostgreSQL server on this machine. */
export class PostgresProcesses {
  #postmaster

  constructor(postmaster) {
    this.#postmaster = postmaster
  }

  static async of(databaseUrl) {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    const [, parent] = readStat(rows[0].pid)
    await client.end()
    return new PostgresProcesses(parent)
  }

  /** The CPU time of all that run now, and of those that have ended, in µs. */
  cpuMicros() {
    const [own, , ended] = readStat(this.#postmaster)
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [ticks, parent] = readStat(pid)
          return parent === this.#postmaster ? ticks : []
        } catch {
          return [] // it has ended
        }
      })
    const ticks = own + ended + children.reduce((sum, one) => sum + one, 0)
    return (ticks / TICKS_PER_SECOND) * 1e6
  }
}

/** The ticks of a process, its parent, and the ticks of its children that have ended. */
function readStat(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')
  const [parent, user, system, childUser, childSystem] = [1, 11, 12, 13, 14].map((index) =>
    Number(fields[index]),
  )
  return [user + system, parent, childUser + childSystem]
}
