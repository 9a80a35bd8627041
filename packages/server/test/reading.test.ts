import { expect, it } from 'vitest'
import { insertSession, insertToken, selectByToken } from '../src/store/sqlite/sessionQueries.js'
import { defaultLimits } from '../src/shared/limits.js'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { describeSqlite } from './support/sqliteOnly.js'

const now = Date.now()
const tokenHash = 'the hash of a token'
const moment = { now, activeSince: now - 1000 }
const session = {
  id: 'a-session',
  userId: null,
  metadata: {},
  createdAt: now,
  expiresAt: now + 60_000,
  lastActivityAt: now,
}

describeSqlite('a session that is looked up by its token', () => {
  it('is read at once', async () => {
    const database = await openDatabase('sqlite::memory:', 1000)
    await insertSession(database, session)
    await insertToken(database, { tokenHash, sessionId: session.id }, now, defaultLimits)
    expect(selectByToken(database, tokenHash, moment)).toEqual(session)
    await database.destroy()
  })

  it('is never read in the middle of what somebody else has begun', async () => {
    const database = await openDatabase('sqlite::memory:', 1000)
    await insertSession(database, session)
    await insertToken(database, { tokenHash, sessionId: session.id }, now, defaultLimits)
    const transaction = await database.startTransaction().execute()
    await transaction.deleteFrom('sessions').execute()
    const found = selectByToken(database, tokenHash, moment)
    await transaction.rollback().execute()
    expect(await found).toEqual(session)
    await database.destroy()
  })
})
