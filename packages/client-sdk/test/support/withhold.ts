import { vi } from 'vitest'

/** Holds the next call of a method back until the test releases it. */
export function withhold(target: SubtleCrypto, method: 'encrypt') {
  const real = target[method].bind(target)
  const { promise: asked, resolve: ask } = deferred()
  const { promise: released, resolve: release } = deferred()
  vi.spyOn(target, method).mockImplementationOnce(async (...args) => {
    ask()
    await released
    return real(...args)
  })
  return { asked, release }
}

function deferred() {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
