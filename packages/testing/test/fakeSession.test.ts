import { describe, expect, it } from 'vitest'
import { createFakeClient } from '../src/fake.js'
import { connectFake } from './support/connectFake.js'
import { noteContract } from './support/noteContract.js'

describe('the session of a fake', () => {
  it('cannot be signed in where the test gives no way to', async () => {
    await using context = await connectFake()
    await expect(context.fake.session.signIn({ username: 'sara' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('can be one of a token of the app’s own', async () => {
    await using fake = createFakeClient(noteContract)
    await fake.connect({ token: fake.issueToken('sara') })
    expect((await fake.getInfo()).session).toMatchObject({ authenticated: true, userId: 'sara' })
  })

  it('ends while the client is away, too', async () => {
    await using context = await connectFake()
    const { fake } = context
    const token = (await fake.getStatus()).connection.sessionToken
    await fake.drop()
    await fake.endSession()
    fake.restore()
    await fake.whenStatus('connected')
    expect((await fake.getStatus()).connection.sessionToken).not.toBe(token)
  })
})
