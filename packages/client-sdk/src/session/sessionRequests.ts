import { parseToken } from '../shared/checkOptions.js'
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

/** What a session needs from its client. */
export interface SessionDeps {
  /** The server address and the token of the connection. */
  target(): { url: UrlSource | undefined; token: TokenSource | undefined }
  /** The Socket.IO id of the open connection, which continues after a sign-in or sign-out. */
  socketId(): string | undefined
  /** Sends `session:renew` over the connection. */
  renew(options: CallOptions): Promise<unknown>
  /** Ends the connection for good. */
  stop(failure: YektaYarError): void
  /** Connects again, if the connection has ended for good. */
  resume(): void
}

/** Sends an app's requests about its session, with the session's token and within a timeout. */
export class SessionRequests {
  readonly #options: ResolvedOptions
  readonly #deps: SessionDeps
  readonly #provider: SessionProvider
  /** How many sign-ins and sign-outs are running. */
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
   * Changes the session; only one tab does that at a time.
   *
   * @throws {YektaYarError} `invalid_options` if the app provides the token
   */
  async change(
    what: string,
    options: CallOptions | undefined,
    work: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    if (this.#deps.target().token !== undefined) {
      throw new YektaYarError('invalid_options', `${what}: the token is the app's own`, {
        hint: 'Use "acquire" instead of "token"',
      })
    }
    await this.#within(what, options, (scene) =>
      this.#provider.exclusively(scene, () => work(scene)),
    )
  }

  /**
   * Signs in or out. The open connection continues with the new session, unless it has closed or
   * leads to another server process; then the next connection uses the new token.
   *
   * @param use gets the session, and whether the connection continues with it
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
   * Sends a request with the session's token. It waits for a running change of the session, since
   * the old token may be invalid before the new one has arrived.
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

  /** Runs work on the server of the connection, within the timeout of a call. */
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
