import { command, coreContract, extendContract, none, room } from '@yektayar/protocol'
import { CommandError, createServer, hashPassword, tables, verifyPassword } from '@yektayar/server'
import { z } from 'zod'

const Profile = z.object({ id: z.string(), name: z.string(), isHelper: z.boolean() })
const NewUser = z.object({ name: z.string().min(1), password: z.string() })
const Status = z.object({ userId: z.string(), status: z.string().max(100) })

export const contract = extendContract(coreContract, {
  commands: {
    'profile:read': command({ input: none, output: Profile }),
    'status:set': command({ input: z.string(), output: Status, delivery: 'once' }),
  },
  events: { 'status:changed': Status },
  rooms: { 'support:{userId}': room({ message: z.object({ text: z.string() }) }) },
})
type User = z.infer<typeof Profile> & { status: string; passwordHash: string }

const server = await createServer({
  contract,
  port: Number(process.env.PORT ?? 3000),
  databaseUrl: process.env.DATABASE_URL ?? 'sqlite:data/users.db',
  product: { name: 'Users', version: '1.0.0', description: 'A backend with users of its own' },
  tables: tables<{ users: User }>(async ({ schema }) => {
    const users = schema.createTable('users').ifNotExists().addColumn('isHelper', 'boolean')
    const named = users.addColumn('name', 'text', (column) => column.notNull().unique())
    const texts = named.addColumn('status', 'text').addColumn('passwordHash', 'text')
    await texts.addColumn('id', 'text', (column) => column.primaryKey()).execute()
  }),
  authenticate: async ({ username = '', password }, { database }) => {
    const named = database.selectFrom('users').selectAll().where('name', '=', username)
    const user = await named.executeTakeFirst()
    return (await verifyPassword(user?.passwordHash, password)) && user ? user.id : null
  },
  authorize: async ({ userId }, _action, { pattern, params }, { database }) => {
    if (userId === null || pattern !== 'support:{userId}') return false
    const found = database.selectFrom('users').select('isHelper').where('id', '=', userId)
    return params.userId === userId || (await found.executeTakeFirst())?.isHelper === true
  },
  commands: {
    'profile:read': async ({ session, database }) => {
      const found = database.selectFrom('users').select(['id', 'name', 'isHelper'])
      const user = await found.where('id', '=', session.userId ?? '').executeTakeFirst()
      if (!user) throw new CommandError('unauthorized', 'Sign in first')
      return user
    },
    'status:set': async ({ input: status, session: { userId }, transaction, emit }) => {
      if (userId === null) throw new CommandError('unauthorized', 'Sign in first')
      await transaction.updateTable('users').set({ status }).where('id', '=', userId).execute()
      await emit('status:changed', { userId, status }, { to: { room: `support:${userId}` } })
      return { userId, status }
    },
  },
  routes: (app, { database }) => {
    const schema = { body: z.toJSONSchema(NewUser, { target: 'draft-7' }) }
    app.post<{ Body: z.infer<typeof NewUser> }>('/users', { schema }, async ({ body }) => {
      const user = { id: crypto.randomUUID(), name: body.name, isHelper: false, status: '' }
      const row = { ...user, passwordHash: await hashPassword(body.password) }
      const insert = database
        .insertInto('users')
        .values(row)
        .onConflict((on) => on.doNothing())
      if ((await insert.executeTakeFirst()).numInsertedOrUpdatedRows) return user
      throw new CommandError('conflict', 'This name is taken')
    })
  },
})
console.log(`Listening at ${await server.listen()}`)
