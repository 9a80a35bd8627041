import { expect, it } from 'vitest'
import { hashPassword, verifyPassword } from '../src/index.js'

it('a password is verified against its hash, which is salted', async () => {
  const [hash, again] = [await hashPassword('correct horse'), await hashPassword('correct horse')]
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(again).not.toBe(hash)
  expect(await verifyPassword(hash, 'correct horse')).toBe(true)
  expect(await verifyPassword(hash, 'correct hoarse')).toBe(false)
})

it.each([
  ['no user', undefined, 'correct horse'],
  ['no hash', null, 'correct horse'],
  ['an empty hash', '', ''],
  ['what is no hash', 'correct horse', 'correct horse'],
  ['a hash that is broken', '$argon2id$v=19$m=19456,t=2,p=1$broken', 'correct horse'],
  ['no password', undefined, undefined],
  ['a password without end', undefined, 'x'.repeat(100_000)],
])('%s is refused', async (_why, hash, password) => {
  expect(await verifyPassword(hash, password)).toBe(false)
})

it.each(['', 'x'.repeat(1_025), 5])('%# is not hashed', async (password) => {
  const refused = { code: 'invalid_input', message: 'A password has 1 to 1024 characters' }
  await expect(hashPassword(password as string)).rejects.toMatchObject(refused)
})

it('a password without a hash takes as long as one with', async () => {
  const hash = await hashPassword('correct horse')
  const timeOf = async (known: string | undefined): Promise<number> => {
    const startedAt = performance.now()
    for (let count = 0; count < 5; count++) await verifyPassword(known, 'wrong')
    return performance.now() - startedAt
  }
  await timeOf(hash) // loads the library
  expect(await timeOf(undefined)).toBeGreaterThan((await timeOf(hash)) / 5)
})
