import type { CallArguments, CallOptions, YektaYarError } from '@yektayar/client'
import { isYektaYarError } from '@yektayar/client'
import type { CommandInput, CommandName, CommandOutput } from '@yektayar/protocol'
import { onScopeDispose, shallowRef, toValue } from 'vue'
import type { MaybeRefOrGetter, Ref } from 'vue'
import { heldWhileHydrating } from './heldWhileHydrating.js'
import { isBrowser, useRealtime } from './realtime.js'
import type { AppContract } from './register.js'

/** What `useCommand` returns. */
export interface UseCommandReturn<Name extends CommandName<AppContract>> {
  /** The newest answer; it stays while the next call is pending. */
  readonly data: Readonly<Ref<CommandOutput<Name, AppContract> | undefined>>
  /** Why the newest call failed. */
  readonly error: Readonly<Ref<YektaYarError | undefined>>
  readonly isPending: Readonly<Ref<boolean>>
  /** Sends the command. Resolves with its answer, or with `undefined` when `error` says why not. */
  execute<Data = CommandInput<Name, AppContract>>(
    this: void,
    ...args: CallArguments<Name, AppContract, Data>
  ): Promise<CommandOutput<Name, AppContract> | undefined>
  /** Cancels the pending call; the command may have run by then. */
  abort(this: void): void
}

/** A command as state. The state is of the newest call; the end of the scope cancels it. */
export function useCommand<Name extends CommandName<AppContract>>(
  name: MaybeRefOrGetter<Name>,
): UseCommandReturn<Name> {
  const { client } = useRealtime()
  const data = shallowRef<CommandOutput<Name, AppContract>>()
  const error = shallowRef<YektaYarError>()
  const isPending = shallowRef(false)
  let current: { abort(): void } | undefined
  // `execute` has checked the input; the tuple of its arguments cannot be rebuilt in types.
  const call = client.call.bind(client) as unknown as (
    name: Name,
    input: unknown,
    options: CallOptions,
  ) => Promise<CommandOutput<Name, AppContract>>

  async function execute<Data>(
    ...[input, options]: CallArguments<Name, AppContract, Data>
  ): Promise<CommandOutput<Name, AppContract> | undefined> {
    if (!isBrowser()) return undefined
    // A template's `@click="execute"` passes its event.
    const payload = typeof Event === 'function' && input instanceof Event ? undefined : input
    const controller = createController()
    const own = {
      abort: () => {
        controller?.abort() // `AbortSignal.any` is missing in browsers before 2024
      },
    }
    current = own
    isPending.value = true
    const { signal }: CallOptions = options ?? {} // the tuple hides it
    // Anything else than a signal goes to the call as it is, which refuses it.
    const followed = typeof signal?.addEventListener === 'function' ? signal : undefined
    followed?.addEventListener('abort', own.abort)
    if (followed?.aborted) own.abort()
    const ownSignal = followed === signal ? controller?.signal : undefined
    const callOptions = { ...options, signal: ownSignal ?? signal }
    let failure: YektaYarError | undefined
    try {
      const answer = await call(toValue(name), payload, callOptions)
      if (current === own) data.value = answer
      return answer
    } catch (cause) {
      if (!isYektaYarError(cause)) throw cause
      failure = cause
      return undefined
    } finally {
      followed?.removeEventListener('abort', own.abort)
      if (current === own) {
        current = undefined
        error.value = failure
        isPending.value = false
      }
    }
  }

  const abort = (): void => {
    current?.abort()
  }
  onScopeDispose(abort, true)
  return {
    data: heldWhileHydrating(data, undefined),
    error: heldWhileHydrating(error, undefined),
    isPending: heldWhileHydrating(isPending, false),
    execute,
    abort,
  }
}

/** `undefined` where the platform has none, or refuses it: a call then ends by itself. */
function createController(): AbortController | undefined {
  try {
    return new AbortController()
  } catch {
    return undefined
  }
}
