import type { Globals } from './clientRealm.js'

/** A way in which a facility of the platform can fail. */
export type Fault = 'absent' | 'getter' | 'constructor' | 'call' | 'silent'

/** Breaks one facility of a page, given as a path such as `navigator.locks`. */
export function breakFacility(page: Globals, path: string, fault: Fault): void {
  const names = path.split('.')
  const name = names.pop() ?? ''
  const owner = names.reduce((object, key) => object[key] as Globals, page)
  const facility = owner[name]
  if (fault === 'absent') {
    Reflect.deleteProperty(owner, name)
    return
  }
  Object.defineProperty(owner, name, {
    configurable: true,
    get: () => {
      if (fault === 'getter') throw refusal(path)
      return broken(facility, path, fault)
    },
  })
}

/** Breaks several facilities of a page in the same way. */
export function breakAll(page: Globals, fault: Fault, paths: readonly string[]): void {
  for (const path of paths) breakFacility(page, path, fault)
}

function broken(facility: unknown, path: string, fault: Fault): unknown {
  if (typeof facility !== 'function') return brokenMethods(facility, path, fault)
  return new Proxy(Object, {
    construct() {
      if (fault === 'constructor') throw refusal(path)
      return brokenMethods(Reflect.construct(facility, ['page']), path, fault) as object
    },
    apply() {
      return answer(path, fault)
    },
    get: (_target, key) =>
      (key === 'prototype' ? facility.prototype : Reflect.get(facility, key)) as unknown,
  })
}

function brokenMethods(object: unknown, path: string, fault: Fault): unknown {
  return new Proxy(Object(object) as object, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      return typeof member === 'function' ? () => answer(path, fault) : member
    },
  })
}

function answer(path: string, fault: Fault): unknown {
  if (fault === 'silent') return new Promise(() => undefined)
  throw refusal(path)
}

function refusal(path: string): DOMException {
  return new DOMException(`${path} is refused to this page`, 'SecurityError')
}
