import { isVNode } from 'vue'
import type { App, SuspenseBoundary, VNode } from 'vue'

/** How long to wait for a part of a page whose setup does not end, in milliseconds. */
const MAX_WAIT_MS = 5_000

/**
 * Runs once an app that was mounted has hydrated what a server has rendered: at once, unless a setup
 * below a `<Suspense>` still waits for something.
 */
export function onceHydrated(app: App, run: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = (): void => {
    clearTimeout(timer)
    timer = undefined
  }
  const finish = (): void => {
    end()
    run()
  }
  const look = (): void => {
    const pending = app._instance && hydratingIn(app._instance.subTree)
    if (!pending) {
      finish()
      return
    }
    pending.effects.push(() => {
      if (timer !== undefined) look()
    })
    timer ??= setTimeout(finish, MAX_WAIT_MS)
  }
  app.onUnmount(end)
  look()
}

/** The first `<Suspense>` that waits for a setup in what it hydrates. */
function hydratingIn({ suspense, component, children }: VNode): SuspenseBoundary | undefined {
  if (suspense?.isHydrating && suspense.deps > 0) return suspense
  const within = suspense?.activeBranch ?? component?.subTree
  if (within) return hydratingIn(within)
  if (!Array.isArray(children)) return undefined
  for (const child of children) {
    const found = isVNode(child) ? hydratingIn(child) : undefined
    if (found) return found
  }
  return undefined
}
