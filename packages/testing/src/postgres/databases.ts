import { randomBytes } from 'node:crypto'

/** The databases that tests create on a server. */
export interface TestDatabases {
  /** Creates an empty database. Resolves with its address. */
  create(this: void): Promise<string>
  /** Drops all of them, with the connections that they have. */
  drop(this: void): Promise<void>
}

/** @param url of any database on the server */
export function createDatabases(url: string): TestDatabases {
  const names: string[] = []
  return {
    async create() {
      const name = `test_${randomBytes(8).toString('hex')}`
      // Not a copy of `template1`, to which somebody may be connected.
      await execute(url, `create database "${name}" template template0`)
      names.push(name)
      const address = new URL(url)
      address.pathname = `/${name}`
      return address.href
    },
    async drop() {
      for (const name of names.splice(0)) {
        await execute(url, `drop database if exists "${name}" with (force)`)
      }
    },
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
