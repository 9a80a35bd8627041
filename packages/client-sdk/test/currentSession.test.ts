import { describe, expect, it } from 'vitest'
import { CurrentSession, isReplaced } from '../src/session/sessionState.js'
import type { SessionState } from '../src/session/clientSession.js'
import type { StoredSession } from '../src/session/storedSession.js'
import type { TraceEvent } from '../src/shared/trace.js'

const guest: StoredSession = {
  token: 'guest-token',
  expiresAt: '2030-01-01T00:00:00.000Z',
  userId: null,
  id: 'session-1',
}
const { token, expiresAt, userId } = guest
const withoutId: StoredSession = { token, expiresAt, userId }
const sara: StoredSession = { ...guest, token: 'sara-token', userId: 'sara', id: 'session-2' }

/** A session, and its methods that return what its listeners and the trace have heard. */
function watchSession() {
  const heard: string[] = []
  const session = new CurrentSession((event) => {
    heard.push(describeEvent(event))
  })
  session.onChange(() => heard.push('change'))
  session.onOver((next) => heard.push(`over: ${next}`))
  const hear = <Input extends unknown[]>(work: (...input: Input) => void) => {
    return (...input: Input): string[] => {
      heard.length = 0
      work(...input)
      return [...heard]
    }
  }
  return {
    session,
    use: hear((...input: Parameters<CurrentSession['use']>) => {
      session.use(...input)
    }),
    learn: hear((id: string) => {
      session.learn(id)
    }),
    moveTo: hear((origin: string) => {
      session.moveTo(origin)
    }),
    leave: hear(() => {
      session.leave()
    }),
  }
}

function describeEvent(event: Omit<TraceEvent, 'at'>): string {
  const { type, state, isLoggedIn, expiresAt } = event as Record<string, unknown>
  return [type, state, isLoggedIn, expiresAt].join(' ')
}

describe('the current session', () => {
  it('tells its listeners what changes, and nothing twice', () => {
    const { session, use } = watchSession()
    const traced = (state: string) => [`session ${state} false ${guest.expiresAt}`, 'change']
    expect(use('active', guest)).toEqual(traced('active'))
    expect(use('active', { ...guest })).toEqual([])
    expect(use('renewing', guest)).toEqual(traced('renewing'))
    expect(session.snapshot).toEqual({
      state: 'renewing',
      expiresAt: guest.expiresAt,
      id: 'session-1',
      userId: null,
      isLoggedIn: false,
    })
    const later = { ...guest, expiresAt: '2031-01-01T00:00:00.000Z' }
    const renewed = use('renewing', later)
    expect(renewed).toEqual([`session renewing false ${later.expiresAt}`, 'change'])
    const other = use('renewing', { ...later, token: 'next' })
    expect(other).toEqual([`session renewing false ${later.expiresAt}`, 'change'])
  })

  it('is not over by a sign-in of a guest, nor by a renewal', () => {
    const { session, use } = watchSession()
    session.use('active', guest)
    const signedIn = use('active', sara)
    expect(signedIn).toEqual([`session active true ${sara.expiresAt}`, 'change'])
    expect(session.names).toEqual(['session:session-2', 'user:sara'])
    expect(session.user).toBe('sara')
    expect(use('renewing', sara)).not.toContain('over: renewing')
  })

  it.each<[string, SessionState, StoredSession | undefined, string]>([
    ['a sign-out', 'active', guest, 'over: active'],
    ['another user', 'active', { ...sara, userId: 'mina' }, 'over: active'],
    ['its end', 'ended', undefined, 'over: ended'],
    ['a replacement', 'acquiring', undefined, 'over: acquiring'],
  ])('is over by %s', (_what, state, stored, over) => {
    const { session, use } = watchSession()
    session.use('active', sara)
    expect(use(state, stored)).toContain(over)
  })

  it('that was not in use is not over', () => {
    const { session, use } = watchSession()
    session.use('acquiring', undefined)
    expect(use('ended', undefined)).toEqual(['session ended false ', 'change'])
  })

  it('learns its id once, keeps it while in use, and has none afterwards', () => {
    const { session, learn } = watchSession()
    session.use('active', withoutId)
    expect(session.id).toBeNull()
    expect(learn('session-9')).toEqual(['change'])
    expect(learn('session-9')).toEqual([])
    expect(learn('')).toEqual([])
    session.use('renewing', withoutId)
    expect(session.id).toBe('session-9')
    session.use('ended', undefined)
    expect(session.id).toBeNull()
    expect(session.names).toEqual([])
  })

  it('is left behind with its server, but not with the first', () => {
    const { session, moveTo } = watchSession()
    expect(moveTo('https://one.example')).toEqual([])
    session.use('active', sara)
    expect(moveTo('https://one.example')).toEqual([])
    expect(moveTo('https://two.example')).toEqual(['over: ended', 'change'])
    expect([session.origin, session.id, session.userId]).toEqual([
      'https://two.example',
      null,
      null,
    ])
    expect(session.stored).toBeUndefined()
  })

  it('ends for its listeners before a sign-out', () => {
    const { leave } = watchSession()
    expect(leave()).toEqual(['over: ended'])
  })
})

it('only a session that is acquired again is for the same person', () => {
  const states: SessionState[] = ['none', 'acquiring', 'active', 'renewing', 'ended']
  expect(states.filter(isReplaced)).toEqual(['none', 'acquiring'])
})
