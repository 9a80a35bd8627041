import { describe, expect, it, vi } from 'vitest'
import { ListApp, OUT, signedIn, WARD } from './support/listApp.js'
import { startServer, temporaryDirectory } from './support/server.js'

describe('two processes', () => {
  async function startTwo(directory: { databaseUrl: string }, app: ListApp, storePollMs = 10) {
    const { databaseUrl } = directory
    const options = { databaseUrl, authorize: app.authorize, limits: { storePollMs } }
    const first = await startServer(options)
    const second = await startServer(options)
    return { first, second }
  }

  it('tell each other of a member who was removed, before what was said after it', async () => {
    const app = new ListApp()
    app.allowed.add('sara')
    await using directory = await temporaryDirectory()
    const { first, second } = await startTwo(directory, app)
    await using _first = first
    await using _second = second
    const sara = await signedIn(second, 'sara')
    await sara.join(WARD)
    await first.server.rooms.remove(WARD, 'user:sara')
    await first.server.publish(WARD, 'not for Sara')
    await vi.waitFor(() => {
      expect(sara.left).toEqual([OUT])
    })
    await first.server.publish(WARD, 'nor this')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sara.heard()).toEqual([])
  })

  it('ask again about those at the other one', async () => {
    const app = new ListApp()
    app.allowed.add('sara').add('omid')
    await using directory = await temporaryDirectory()
    const { first, second } = await startTwo(directory, app)
    await using _first = first
    await using _second = second
    const [sara, omid] = [await signedIn(second, 'sara'), await signedIn(second, 'omid')]
    for (const one of [sara, omid]) await one.join(WARD)
    app.allowed.delete('sara')
    await first.server.rooms.review({ userId: 'sara' })
    await vi.waitFor(() => {
      expect(sara.left).toEqual([OUT])
    })
    expect(omid.left).toEqual([])
  })
})
