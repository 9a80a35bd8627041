import type { SessionSummary } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { startLife } from './support/sessionLife.js'

describe('listing', () => {
  it('shows the sessions of the same user, and lets any of them be ended', async () => {
    await using context = await startLife()
    const phone = await context.acquire()
    const laptop = await context.acquire()
    const first = (await context.signIn(phone.token)).body
    const second = (await context.signIn(laptop.token)).body
    const list = await context.call('GET', '/all', second.token)
    const body = list.body as unknown as SessionSummary[]
    expect(body).toHaveLength(2)
    expect(body.filter(({ isCurrent }) => isCurrent)).toHaveLength(1)
    expect(JSON.stringify(body)).not.toContain(first.token)

    const other = body.find(({ isCurrent }) => !isCurrent)?.id ?? ''
    const stranger = await context.acquire()
    expect((await context.call('DELETE', `/${other}`, stranger.token)).status).toBe(404)
    expect((await context.call('GET', '', first.token)).status).toBe(200)
    expect((await context.call('DELETE', `/${other}`, second.token)).status).toBe(204)
    expect((await context.call('GET', '', first.token)).status).toBe(401)
  })

  it('shows an anonymous session itself alone', async () => {
    await using context = await startLife()
    await context.acquire()
    const { token } = await context.acquire()
    const { body } = await context.call('GET', '/all', token)
    expect(body).toMatchObject([{ isCurrent: true }])
  })
})
