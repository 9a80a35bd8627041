import type { InjectionKey } from 'vue'

/** The way to the server, which the page can block for a while. */
export interface LinkCut {
  /** The server’s address, once the way is free; the client asks for it before each attempt. */
  address(this: void): Promise<string>
  /** Lets every attempt to connect wait until `mend()`. */
  block(this: void): void
  mend(this: void): void
}

/** The key under which the page provides its `LinkCut`. */
export const linkCutKey: InjectionKey<LinkCut> = Symbol('link-cut')

/** Creates a way to a server at an address; it is free at first. */
export function createLinkCut(origin: string): LinkCut {
  let whenFree = Promise.resolve()
  let free = (): void => undefined
  return {
    async address() {
      await whenFree
      return origin
    },
    block() {
      free() // what waited so far may pass
      whenFree = new Promise((resolve) => {
        free = resolve
      })
    },
    mend() {
      free()
    },
  }
}
