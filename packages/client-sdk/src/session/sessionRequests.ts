import { parseToken } from '../shared/options.js'
import type { CallOptions, ResolvedOptions, TokenSource } from '../shared/options.js'
import { resolveSource } from '../shared/resolveSource.js'
import { resolveServerUrl } from '../shared/serverUrl.js'
import type { UrlSource } from '../shared/serverUrl.js'
import { withDeadline } from '../shared/withDeadline.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { SessionRequest } from './sessionApi.js'
import type { Scene, SessionProvider } from './sessionProvider.js'
import { sessionOf } from './storedSession.js'
import type { StoredSession } from './storedSession.js'

/** What a session asks of its client. */
export interface SessionDeps {
  /** Where the connection leads, and with whose token. */
  target(): { url: UrlSource | undefined; token: TokenSource | undefined }
  /** Socket.IO's id of the live connection, which goes on after a sign-in or sign-out. */
  socketId(): string | undefined
  /** Sends `session:renew` over the connection. */
  renew(options: CallOptions): Promise<unknown>
  /** Ends the connection for good. */
  stop(failure: YektaYarError): void
}

/** The way to the server for what an app does with its session: with its token, and in time. */
export class SessionRequests {
  readonly #options: ResolvedOptions
  readonly #deps: SessionDeps
  readonly #provider: SessionProvider
  /** How many sign-ins and sign-outs are under way. */
  #changes = 0

  constructor(options: ResolvedOptions, deps: SessionDeps, provider: SessionProvider) {
    this.#options = options
    this.#deps = deps
    this.#provider = provider
  }

  /** Whether the client is signing in or out. */
  get isChangingUser(): boolean {
    return this.#changes > 0
  }

  /**
   * Changes the session, which only one tab does at a time.
   *
   * @throws {YektaYarError} `invalid_options` for a token of the app's own
   */
  async change(
    what: string,
    options: CallOptions | undefined,
    work: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    if (this.#deps.target().token !== undefined) {
      throw new YektaYarError('invalid_options', `${what}: the token is the app's own`, {
        hint: 'Use the option "acquire" instead of "token"',
      })
    }
    await this.#within(what, options, (scene) =>
      this.#provider.exclusively(scene, () => work(scene)),
    )
  }

  /**
   * Signs in or out: another session, with which the live connection goes on. That may have closed by
   * now, or lead to another process of the server's; then the next one has the new token.
   *
   * @param use gets the session, and whether the connection goes on with it
   */
  async changeUser(
    { path, body }: SessionRequest,
    options: CallOptions | undefined,
    use: (session: StoredSession, isConnected: boolean) => void,
  ): Promise<void> {
    this.#changes++
    try {
      await this.change(path, options, async (scene) => {
        const { token } = await this.#provider.obtain(scene)
        if (!body) this.#provider.leave()
        const send = (socketId?: string): Promise<unknown> =>
          this.#provider.send({ path, token, body: { ...body, socketId } }, scene)
        let socketId = this.#deps.socketId()
        const answer = await send(socketId).catch((error: unknown) => {
          if (!socketId || (error as YektaYarError).code !== 'conflict') throw error
          socketId = undefined
          return send()
        })
        const session = sessionOf(path, answer)
        await this.#provider.keep(session)
        use(session, socketId !== undefined)
      })
    } finally {
      this.#changes--
    }
  }

  /**
   * Asks something with the session's token. It waits for a change that is under way: the token from
   * before may be dead while the one after it is still on its way.
   */
  request(request: SessionRequest, options: CallOptions | undefined): Promise<unknown> {
    return this.#within(request.path, options, async (scene) => {
      const own = this.#deps.target().token
      if (own !== undefined) {
        const token = await resolveSource('token', own, parseToken)
        return this.#provider.send({ ...request, token }, scene)
      }
      return this.#provider.exclusively(scene, async () => {
        const { token } = await this.#provider.obtain(scene)
        return this.#provider.send({ ...request, token }, scene)
      })
    })
  }

  /** Does something on the server that the connection leads to, within the time of a call. */
  #within<Result>(
    what: string,
    options: CallOptions | undefined,
    work: (scene: Scene) => Promise<Result>,
  ): Promise<Result> {
    const { timeoutMs = this.#options.callTimeoutMs, signal } = options ?? {}
    return withDeadline(what, { timeoutMs, signal }, async (signal) => {
      const origin = (await resolveServerUrl(this.#deps.target().url)) + this.#options.basePath
      this.#provider.moveTo(origin)
      return work({ origin, signal })
    })
  }
}
