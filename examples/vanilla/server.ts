import { createServer } from '@yektayar/server'
import { contract } from './contract.js'

/** Who may sign in. A real app looks into its table of users, as in `../fastify-users`. */
const passwords = new Map([['sara', 'sara-password']])

const server = await createServer({
  port: Number(process.env.PORT ?? 3000),
  contract,
  databaseUrl: process.env.DATABASE_URL ?? 'sqlite:chat.db',
  authenticate: ({ username = '', password }) =>
    password !== undefined && passwords.get(username) === password ? username : null,
  authorize: (_session, _action, { pattern }) => pattern === 'support:{caseId}',
})
console.log(`The server listens at ${await server.listen()}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())
